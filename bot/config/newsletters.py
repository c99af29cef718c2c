"""The keys of newsletters.toml: the newsletters, and the mail server that carries them. The file may be missing."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from bot.config.reading import read_toml, validate, wrong
from bot.config.schema import Count1, Table
from bot.config.secrets import Secrets
from bot.config.tables import no_twins
from bot.config.values import Day, Duration, EnvName, Name, Poll, ReplyTo, Sender, wanted

Port = Annotated[int, Field(ge=1, le=65535)]
Domain = Annotated[str, Field(pattern=r"^([A-Za-z0-9-]+\.)*[A-Za-z0-9-]+$|^$", max_length=200)]
Label = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]*$", max_length=60)]
ListId = Annotated[Domain, Field(alias="list")]
Many = Annotated[int, Field(ge=0)]
Origin = Annotated[str, Field(pattern=r"^https?://[A-Za-z0-9.:\[\]-]+$")]
LONGEST_URL = 43  # of public_url: with "/u/" and a token it makes the longest link of bot/mail/links.py


def _time(value: str) -> str:
    hour, _, minute = value.partition(":")
    if not (hour.isdigit() and minute.isdigit() and len(value) == 5 and int(hour) < 24 and int(minute) < 60):
        raise wanted('a time of day such as "07:00"', 'ساعة مثل "07:00"')
    return value


def _small(value: dict[str, int]) -> dict[str, int]:
    return {domain.lower(): most for domain, most in value.items()}


class DkimTable(Table):
    """With what mails are signed; without a key they are not."""

    domain: Domain = ""  # empty: that of the sender
    selector: Label = "nashir"
    key_file: str = ""
    key_env: EnvName = "DKIM_PRIVATE_KEY"  # the PEM itself


class BouncesTable(Table):
    """The mailbox to which mails come back, read over IMAP; without a host it is brought by a pipe, or not at all."""

    host: str = ""
    port: Port = 993
    tls: Literal["none", "starttls", "implicit"] = "implicit"
    user: str = ""
    password_env: EnvName = "BOUNCES_PASSWORD"  # noqa: S105 - the name of a variable
    folder: Annotated[str, Field(min_length=1)] = "INBOX"
    poll: Poll = timedelta(minutes=5)
    soft_limit: Count1 = 5  # soft bounces of different editions, after which nothing more is sent


class MailTable(Table):
    """The mail server of all newsletters."""

    host: str = "localhost"
    port: Port = 25
    tls: Literal["none", "starttls", "implicit"] = "none"
    user: str = ""
    password_env: EnvName = "NEWSLETTER_SMTP_PASSWORD"  # noqa: S105 - the name of a variable
    timeout: Poll = timedelta(seconds=60)
    hello: Domain = ""  # how this machine calls itself; empty: the domain of the sender
    connections: Annotated[int, Field(ge=1, le=64)] = 2  # of each process
    processes: Annotated[int, Field(ge=1, le=64)] = 1  # at once on this machine
    per_minute: Many = 0  # mails in all; 0: no limit
    per_minute_domain: Many = 0  # to any one domain
    # to these, in the place of per_minute_domain
    domains: Annotated[dict[str, Count1], AfterValidator(_small)] = Field(default_factory=dict)
    return_domain: Domain = ""  # to which mails come back; empty: the domain of the sender
    retry_for: Poll = timedelta(hours=24)
    dkim: DkimTable = DkimTable()
    bounces: BouncesTable = BouncesTable()


class NewsletterTable(Table):
    """One newsletter."""

    key: Name  # its name in addresses, links and the database: never changed
    name: Annotated[str, Field(min_length=1)]
    sender: Sender
    reply_to: ReplyTo = ""
    list_id: ListId = ""  # empty: the key and the sender's domain
    schedule: Literal["daily", "weekly", "each"] = "daily"
    time: Annotated[str, AfterValidator(_time)] = "07:00"  # on the newsroom's clock
    day: Day = "sun"  # of a weekly one
    template: Label = "edition"  # templates/email/NAME.html.j2 and .txt.j2
    sections: list[str] = Field(default_factory=list)  # in this order; empty: all, as they come
    articles: Annotated[int, Field(ge=1, le=60)] = 12  # of one edition, at most
    approval: Literal["none", "editor", "chief"] = "none"
    delay: Duration = timedelta(0)  # between the making and the sending, for a look
    unsure: Literal["leave", "again"] = "leave"
    clicks: bool = False  # links lead over public_url and are counted, never by reader
    greeting: str = "مرحبا {name}،"
    greeting_nameless: str = "مرحبا،"


class NewslettersFile(Table):
    """newsletters.toml"""

    embed: list[Origin] = Field(default_factory=list)  # sites that may show the sign-up form in a frame
    mail: MailTable = MailTable()
    newsletters: list[NewsletterTable] = Field(default_factory=list)

    def of(self, key: str) -> NewsletterTable | None:
        """A newsletter by its key."""
        return next((each for each in self.newsletters if each.key == key), None)


def read_newsletters(path: Path, public_url: str, secrets: Secrets) -> NewslettersFile:
    """The file, or no newsletters where there is none; raises ConfigError."""
    doc, text = read_toml(path) if path.exists() else ({}, "")
    found = validate(NewslettersFile, doc, path, text)
    no_twins(path, text, "newsletters", [each.key for each in found.newsletters])
    for index, each in enumerate(found.newsletters):
        if not each.sender:
            en, ar = "write the address that it comes from.", "اكتب العنوان الذي ترسل منه."
            raise wrong(path, text, ("newsletters", index, "from"), en, ar)
        if not public_url:
            raise wrong(
                path,
                text,
                ("newsletters", index, "key"),
                "a newsletter needs `public_url` in newsroom.toml: its links to unsubscribe lead there.",
                "تحتاج النشرة إلى `public_url` في newsroom.toml: إليه تقود روابط إلغاء الاشتراك.",
            )
        if len(public_url) > LONGEST_URL:
            size, most = len(public_url), LONGEST_URL
            raise wrong(
                path,
                text,
                ("newsletters", index, "key"),
                f"`public_url` in newsroom.toml has {size} letters and newsletters take {most} at most: mailers break "
                "longer links to unsubscribe.",
                f"طول `public_url` في newsroom.toml {size} حرفا، وأقصى ما تقبله النشرات {most}: "
                "خوادم البريد تكسر روابط إلغاء الاشتراك الأطول.",
            )
    mail = found.mail
    secrets.guard([mail.password_env, mail.bounces.password_env, mail.dkim.key_env])
    return found


def variables(mail: MailTable) -> Mapping[str, str]:
    """The variables that must be set, by key."""
    wanted_ = {"password_env": mail.password_env} if mail.user else {}
    return wanted_ | ({"bounces.password_env": mail.bounces.password_env} if mail.bounces.user else {})
