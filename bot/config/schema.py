"""The keys that config/ may hold, with their types and defaults."""

import re
from collections.abc import Sequence
from datetime import timedelta
from difflib import get_close_matches
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from bot.domain.style import Digits, LinkPlace, Numbering, Quotes

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = f"(?:{'|'.join(DAYS)}|weekdays|weekend)"
_DAYS = f"{_DAY}(?:,{_DAY})*"
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d"
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def wanted(en: str, ar: str) -> PydanticCustomError:
    """What the key takes instead, in both languages."""
    return PydanticCustomError("wanted", "{en}", {"en": en, "ar": ar})


def duration(value: object) -> timedelta:
    """Read "90s", "15m", "6h" or "2d"."""
    match = re.fullmatch(r"(\d{1,6})\s*([smhd])", value) if isinstance(value, str) else None
    if not match:
        raise wanted('a time span such as "90s", "15m", "6h" or "2d"', 'مدة مثل "90s" أو "15m" أو "6h" أو "2d"')
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def _positive(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise wanted("a time span longer than zero", "مدة أطول من الصفر")
    return value


def _backfill(value: object) -> str | int | timedelta:
    if value == "none":
        return "none"
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{1,6}\s*[smhd]", value):
        return duration(value)
    raise wanted('"none", a number of articles, or an age such as "6h"', '"none" أو عدد من المواد أو عمر مثل "6h"')


def _slot_time(value: str) -> str:
    if not re.fullmatch(rf"(?:{_DAYS} )?{_CLOCK}", value):
        raise wanted(
            'a time of day such as "07:30", perhaps after days: "fri,sat 09:00", "weekdays 08:00"',
            'ساعة مثل "07:30"، وقد تسبقها أيام: "fri,sat 09:00" أو "weekdays 08:00"',
        )
    return value


def _quiet(value: str) -> str:
    if not re.fullmatch(rf"(?:{_DAYS} )?{_CLOCK}-{_CLOCK}", value):
        raise wanted(
            'a range of times such as "23:00-06:30", perhaps after days: "fri 12:30-14:00"',
            'مدة بين ساعتين مثل "23:00-06:30"، وقد تسبقها أيام: "fri 12:30-14:00"',
        )
    return value


def days_of(text: str, weekend: Sequence[str]) -> frozenset[int]:
    """The days that stand before a time, as date.weekday() numbers them; all where none stand there."""
    names = set()
    for word in text.split(" ")[0].split(",") if " " in text else DAYS:
        names |= set(weekend) if word == "weekend" else set(DAYS) - set(weekend) if word == "weekdays" else {word}
    return frozenset(DAYS.index(name) for name in names)


def _time_zone(value: str) -> str:
    if value not in available_timezones():
        near = get_close_matches(value, sorted(available_timezones()), 1)
        hint = near[0] if near else "Africa/Casablanca"
        raise wanted(f'a time zone such as "{hint}"', f'منطقة زمنية مثل "{hint}"')
    return value


def _language(value: str) -> str:
    if not re.fullmatch(r"ar(-[A-Z]{2})?", value):
        raise wanted('the language of what is published, "ar" or such as "ar-MA"', 'لغة النشر: "ar" أو مثل "ar-MA"')
    return value


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise wanted(
            'an address such as "https://example.org/feed.xml", without a password in it',
            'عنوان مثل "https://example.org/feed.xml" لا كلمة سر فيه',
        )
    return value


def _public_url(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment):
        raise wanted(
            'an https address such as "https://desk.example.org", or ""',
            'عنوان https مثل "https://desk.example.org" أو ""',
        )
    return value.rstrip("/")


def _env_name(value: str) -> str:
    if not re.fullmatch(r"[A-Z_][A-Z0-9_]*", value):
        raise wanted(
            "the NAME of an environment variable in capitals; the secret itself belongs in .env",
            "اسم متغير بيئة بأحرف كبيرة، أما السر نفسه فمكانه ملف .env",
        )
    return value


def _one_address(value: str) -> str:
    if not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+", value):
        raise wanted(
            "exactly one e-mail address (a list alias reaches a list)",
            "عنوان بريد واحد فقط (عنوان القائمة يوصل إلى القائمة)",
        )
    return value


Duration = Annotated[timedelta, BeforeValidator(duration)]
Poll = Annotated[timedelta, BeforeValidator(duration), AfterValidator(_positive)]
Backfill = Annotated[str | int | timedelta, BeforeValidator(_backfill)]
SlotTime = Annotated[str, AfterValidator(_slot_time)]
QuietTime = Annotated[str, AfterValidator(_quiet)]
EnvName = Annotated[str, AfterValidator(_env_name)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
Address = Annotated[str, AfterValidator(_one_address)]
Name = Annotated[str, Field(pattern=r"^\w[\w.-]*$", max_length=60)]
Count = Annotated[int, Field(ge=0, le=30)]


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


class FolderTable(SourceTable):
    """A folder of text, Markdown and JSON files."""

    path: str
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
    keywords: list[str] = []
    exclude: list[str] = []
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


class AlertsTable(Table):
    """Who is told what is broken; with neither a chat nor a webhook nobody is."""

    telegram_chat: str = ""
    token_env: EnvName = "TELEGRAM_BOT_TOKEN"  # noqa: S105 - the name of a variable
    api_base: HttpUrl = "https://api.telegram.org"
    webhook_env: EnvName = "ALERT_WEBHOOK"  # its address may hold a secret
    oldest_due: Poll = timedelta(minutes=10)
    source_failures: Annotated[int, Field(ge=1)] = 3


class NewsroomFile(Table):
    """newsroom.toml"""

    name: str
    language: Annotated[str, AfterValidator(_language)] = "ar"
    time_zone: Annotated[str, AfterValidator(_time_zone)] = "Africa/Casablanca"
    public_url: Annotated[str, AfterValidator(_public_url)] = ""
    fresh_for: Poll = timedelta(hours=12)
    weekend: list[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]] = ["sat", "sun"]
    breaking: list[str] = ["عاجل"]
    sources: list[FolderTable | FeedTable] = []
    rules: list[RuleTable] = []
    slots: list[SlotTable] = []
    by_hand: ByHandTable = ByHandTable()
    web: WebTable = WebTable()
    alerts: AlertsTable = AlertsTable()

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
    utm: dict[Annotated[str, Field(pattern=r"^utm_[a-z_]+$")], str] = {}


class TelegramTable(ChannelTable):
    """A Telegram channel or group, through a bot."""

    account: str = ""
    token_env: EnvName = "TELEGRAM_BOT_TOKEN"  # noqa: S105
    api_base: HttpUrl = "https://api.telegram.org"


class XTable(ChannelTable):
    """An account on X, with OAuth 1.0a keys of its own."""

    account: str = ""
    mode: Literal["thread", "short"] = "thread"
    api_key_env: EnvName = "X_API_KEY"
    api_secret_env: EnvName = "X_API_SECRET"  # noqa: S105
    access_token_env: EnvName = "X_ACCESS_TOKEN"  # noqa: S105 - the name of a variable
    access_secret_env: EnvName = "X_ACCESS_SECRET"  # noqa: S105
    api_base: HttpUrl = "https://api.twitter.com"  # REST and media


class EmailTable(ChannelTable):
    """One address that gets each article by mail."""

    sender: Annotated[str, Field(alias="from")] = ""
    to: Address | Literal[""] = ""
    host: str = "localhost"
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    tls: Literal["none", "starttls", "implicit"] = "starttls"
    user: str = ""
    password_env: EnvName = "SMTP_PASSWORD"  # noqa: S105


class HashtagTable(Table):
    """How many tags a post carries."""

    x: Count = 2
    telegram: Count = 4
    email: Count = 0


class StyleFile(Table):
    """style.toml"""

    digits: Digits = "western"
    quotes: Quotes = "keep"
    link: LinkPlace = "first"
    numbering: Numbering = "none"
    max_segments: Annotated[int, Field(ge=1, le=25)] = 5
    more: str = "التفاصيل"
    read_on_site: str = "اقرأ على الموقع"
    furniture: list[str] = []
    hashtags: HashtagTable = HashtagTable()


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
