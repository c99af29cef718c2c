"""The keys that config/ may hold, with their types and defaults."""

from datetime import timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from bot.config.values import (
    Address,
    ApiBase,
    Backfill,
    Count,
    Day,
    Duration,
    EnvName,
    HttpUrl,
    LanguageTag,
    Name,
    Phrase,
    Poll,
    PublicUrl,
    QuietTime,
    Sender,
    SlotTime,
    TelegramAccount,
    TimeZone,
    UtmName,
)
from bot.domain.style import Digits, HouseTags, LinkPlace, Months, Numbering, Quotes, TagPlace

Count1 = Annotated[int, Field(ge=1)]
Usd = Annotated[float, Field(ge=0)]


class Table(BaseModel):
    """A table of a file in config/: no key but these, no loose types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SourceTable(Table):
    """What every source has."""

    name: Name
    kind: Literal["folder", "feed"]
    poll: Poll = timedelta(seconds=60)
    backfill: Backfill = "none"
    section: str = ""  # for articles that name none
    preview_only: bool = False  # nothing of it goes to a live channel by itself


class FolderTable(SourceTable):
    """A folder of text, Markdown and JSON files."""

    path: Annotated[str, Field(min_length=1)]
    dated: Literal["as-given", "first-seen"] = "as-given"


class FeedTable(SourceTable):
    """An RSS, Atom, JSON or ninjs feed."""

    url: HttpUrl
    timeout: Poll = timedelta(seconds=20)  # of each read, redirects included
    allow_private: bool = False  # for a feed of one's own network
    full_text: Literal["auto", "feed", "page"] = "auto"


class ByHandTable(Table):
    """Pages and files that an editor gives one by one."""

    section: str = ""
    timeout: Poll = timedelta(seconds=20)
    allow_private: bool = False


class RuleTable(Table):
    """Which articles go to which channels; an empty list means any."""

    name: str = ""
    sources: list[str] = []
    sections: list[str] = []
    channels: list[str] = []
    keywords: list[Phrase] = []
    exclude: list[Phrase] = []
    fresh_for: Poll | None = None


class SlotTable(Table):
    """When channels may speak; no times means at any time."""

    channels: list[str] = []
    times: list[SlotTime] = []
    spacing: Duration = timedelta(0)
    max_per_hour: Annotated[int, Field(ge=0)] = 0
    quiet: list[QuietTime] = []
    quiet_breaking: bool = False
    fresh_for: Poll | None = None
    breaking_fresh_for: Poll = timedelta(hours=2)
    balance: bool = False


class WebTable(Table):
    """Where the web process listens; PORT of the environment stands over it."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8480  # 0: any that is free
    allow_private: bool = False  # for webhooks of one's own network


class DeskTable(Table):
    """The desk in Telegram, through a bot of its own; without its token there is none."""

    telegram_chat: TelegramAccount = ""  # the group where cards go; empty: to each editor's own chat
    token_env: EnvName = "TELEGRAM_DESK_TOKEN"  # noqa: S105 - the name of a variable
    mode: Literal["polling", "webhook"] = "polling"
    api_base: ApiBase = "https://api.telegram.org"


class AlertsTable(Table):
    """Who is told what is broken; with neither a chat nor a webhook nobody is."""

    telegram_chat: str = ""
    token_env: EnvName = "TELEGRAM_BOT_TOKEN"  # noqa: S105 - the name of a variable
    api_base: ApiBase = "https://api.telegram.org"
    webhook_env: EnvName = "ALERT_WEBHOOK"  # its address may hold a secret
    oldest_due: Poll = timedelta(minutes=10)
    source_failures: Annotated[int, Field(ge=1)] = 3


class RetentionTable(Table):
    """How long what is no proof is kept; deliveries and receipts stay for ever."""

    texts: Poll = timedelta(days=180)
    previews: Poll = timedelta(days=14)
    reasons: Poll = timedelta(days=60)
    attempts: Poll = timedelta(days=90)
    acts: Duration = timedelta(0)  # the log of who did what; 0: for ever

    def spans(self) -> dict[str, timedelta]:
        """By kind."""
        return {kind: getattr(self, kind) for kind in type(self).model_fields}


class NewsroomFile(Table):
    """newsroom.toml"""

    name: Annotated[str, Field(min_length=1)]
    language: LanguageTag = "ar"
    time_zone: TimeZone = "Africa/Casablanca"
    public_url: PublicUrl = ""
    engine: Literal["embedded", "procrastinate"] = "embedded"
    fresh_for: Poll = timedelta(hours=12)
    weekend: list[Day] = ["sat", "sun"]
    breaking: list[str] = ["عاجل"]
    sources: list[FolderTable | FeedTable] = []
    rules: list[RuleTable] = []
    slots: list[SlotTable] = []
    by_hand: ByHandTable = ByHandTable()
    web: WebTable = WebTable()
    alerts: AlertsTable = AlertsTable()
    desk: DeskTable = DeskTable()
    retention: RetentionTable = RetentionTable()

    @property
    def zone(self) -> ZoneInfo:
        """The newsroom's clock."""
        return ZoneInfo(self.time_zone)


class ChannelTable(Table):
    """What every channel has."""

    name: Name
    service: Literal["telegram", "x", "email"]
    live: bool = False
    timeout: Poll = timedelta(seconds=20)
    resolve_after: Poll = timedelta(seconds=60)  # beyond the time-out, until "not there" is believed
    utm: dict[UtmName, str] = {}
    approval: Literal["none", "editor", "chief"] = "none"  # who must release what selection picks


class TelegramTable(ChannelTable):
    """A Telegram channel or group, through a bot."""

    account: TelegramAccount = ""
    mode: Literal["message", "expandable", "messages", "caption", "rich"] = "message"
    card: Literal["picture", "link", "none"] = "picture"
    token_env: EnvName = "TELEGRAM_BOT_TOKEN"  # noqa: S105  # the name of a variable
    desk_chat: TelegramAccount = ""  # private: where unsure messages are looked for
    per_minute: Count1 = 18  # messages in the chat; Telegram takes about 20 (read 2026-11-24)
    bot_per_second: Count1 = 25  # of all channels of the bot; Telegram takes about 30 (read 2026-11-24)
    api_base: ApiBase = "https://api.telegram.org"


class PriceTable(Table):
    """What X takes for a call, in dollars (pay per use, read 2026-11-24)."""

    post: Usd = 0.015
    post_with_link: Usd = 0.200
    delete: Usd = 0.010
    read: Usd = 0.001  # of one of the account's own posts


class XTable(ChannelTable):
    """An account on X, with OAuth 1.0a keys of its own."""

    account: str = ""
    mode: Literal["thread", "short", "long"] = "thread"
    api_key_env: EnvName = "X_API_KEY"
    api_secret_env: EnvName = "X_API_SECRET"  # noqa: S105  # the name of a variable
    access_token_env: EnvName = "X_ACCESS_TOKEN"  # noqa: S105 - the name of a variable
    access_secret_env: EnvName = "X_ACCESS_SECRET"  # noqa: S105  # the name of a variable
    api_base: ApiBase = "https://api.twitter.com"  # REST and media
    price: PriceTable = PriceTable()
    monthly_budget_usd: Usd = 0  # 0: none
    per_day: Annotated[int, Field(ge=0)] = 0  # posts in 24 hours; 0: only what X itself says
    on_refused_reply: Literal["short", "thread"] = "short"  # how later posts go, once X has refused a thread
    correction: Literal["reply", "repost"] = "reply"


class EmailTable(ChannelTable):
    """One address that gets each article by mail."""

    sender: Sender = ""
    to: Address | Literal[""] = ""
    host: str = "localhost"
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    tls: Literal["none", "starttls", "implicit"] = "starttls"
    user: str = ""
    password_env: EnvName = "SMTP_PASSWORD"  # noqa: S105  # the name of a variable
    per_minute: Count1 = 60  # mails to the domain of `to`


class HashtagTable(Table):
    """How many tags a post carries."""

    x: Count = 2
    telegram: Count = 4
    email: Count = 0
    place: TagPlace = "end"


class StyleFile(Table):
    """style.toml"""

    digits: Digits = "western"
    quotes: Quotes = "keep"
    months: Months = "keep"
    link: LinkPlace = "first"
    numbering: Numbering = "none"
    max_segments: Annotated[int, Field(ge=1, le=25)] = 5
    more: str = "التفاصيل"
    correction: str = "تصحيح"
    read_on_site: str = "اقرأ على الموقع"
    furniture: list[str] = []
    hashtags: HashtagTable = HashtagTable()


class GlossaryFile(Table):
    """glossary.toml"""

    banned: list[Phrase] = []
    places: list[Phrase] = []
    always: list[Phrase] = []
    sections: dict[str, list[Phrase]] = {}
    alias: dict[str, Phrase] = {}

    def tags(self) -> HouseTags:
        """As the formatters take it."""
        return HouseTags(
            aliases=self.alias,
            banned=tuple(self.banned),
            always={"": tuple(self.always)} | {name: tuple(tags) for name, tags in self.sections.items()},
            places=tuple(self.places),
        )


KINDS: dict[str, type[SourceTable]] = {"folder": FolderTable, "feed": FeedTable}
SERVICES: dict[str, type[ChannelTable]] = {"telegram": TelegramTable, "x": XTable, "email": EmailTable}


def channel_secrets(channel: ChannelTable) -> dict[str, str]:
    """The keys of a channel's table that name a variable, with those names."""
    if isinstance(channel, EmailTable) and not channel.user:
        return {}
    return {key: getattr(channel, key) for key in type(channel).model_fields if key.endswith("_env")}


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys as they are written in a file."""
    return [field.alias or name for name, field in model.model_fields.items()]


def plain(value: Any) -> Any:
    """A setting as a file would hold it, for `nashir config show`."""
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
            if seconds and seconds % size == 0:
                return f"{seconds // size}{unit}"
        return f"{seconds}s"
    if isinstance(value, BaseModel):
        return {field.alias or key: plain(getattr(value, key)) for key, field in type(value).model_fields.items()}
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


def called_at(table: ChannelTable) -> str:
    """The settings that say where a channel's service is called, for a sentence."""
    if isinstance(table, EmailTable):
        return f'host = "{table.host}", port = {table.port}'
    return f'api_base = "{getattr(table, "api_base", "")}"'
