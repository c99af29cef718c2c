"""Builds what newsletters need: letters, jobs of sending processes, what comes back; app.py hands it its parts."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from bot.config.newsletters import NewsletterTable
from bot.domain.edition import Edition, EditionState, Letter, page_of
from bot.domain.errors import BotError, ChannelError, ConfigError, FormatError, NotFound, Refused
from bot.domain.newsletter import Contents, Newsletter, sections_in
from bot.domain.person import Actor, Role
from bot.domain.posting import Job
from bot.editorial import Editorial
from bot.engine.shards import Shards
from bot.formats.copy import prepare
from bot.formats.newsletter import letter as compose
from bot.mail import dkim, reports
from bot.mail.headers import domain_of
from bot.mail.links import Signer
from bot.mail.mailbox import Mailbox
from bot.mail.message import Dkim, check
from bot.mail.wire import Server, Wire
from bot.parts import Parts
from bot.pipeline.edition import EditionDesk
from bot.pipeline.returns import Returns
from bot.readership import Readership
from bot.store.database import DatabaseError
from bot.store.editions import EditionStore
from bot.store.mail_ledger import lease_name
from bot.store.returns import ReturnStore

log = logging.getLogger(__name__)

CLOCK = Actor(name="nashir", role=Role.OWNER, door="nashir")
BEGINNING = timedelta(minutes=10)  # as long as one process may take to write recipients down


class Newsletters:
    """Editions and their sending."""

    def __init__(self, parts: Parts) -> None:
        self._of = parts
        self.editions = EditionStore(parts.database)
        self.shards = Shards(lambda say: log.warning(say.en))
        self._looked_at: datetime | None = None

    @property
    def processes(self) -> int:
        """That send at once on this machine."""
        return self._of.config.newsletters.mail.processes

    @cached_property
    def desk(self) -> EditionDesk:
        """What people do with editions."""
        return EditionDesk(
            rows=self.editions,
            letter_of=self._checked,
            processes=self.processes,
            allow=self._of.office.allow,
            log=self._of.acts,
            now=self._of.now,
            hurry=lambda: self._of.on_due(),
        )

    @cached_property
    def readership(self) -> Readership:
        """What readers do, and the mails that answer them."""
        return Readership(self._of, self)

    @cached_property
    def editorial(self) -> Editorial:
        """Editions before they go."""
        return Editorial(self._of, self, self.readership.rolls.readers)

    @property
    def key(self) -> bytes:
        """From which links and return paths are signed."""
        return self._of.config.secrets.own_key(self._of.config.var)

    @cached_property
    def signer(self) -> Signer:
        """Reads and makes the tokens of links and return paths."""
        return Signer(self.key)

    def table(self, key: str) -> NewsletterTable:
        """The settings of a newsletter; raises NotFound."""
        if found := self._of.config.newsletters.of(key):
            return found
        raise NotFound(
            f"There is no newsletter {key} in newsletters.toml.", f"لا نشرة اسمها {key} في newsletters.toml."
        )

    def newsletter(self, key: str) -> Newsletter:
        """A newsletter; raises NotFound."""
        table = self.table(key)
        return Newsletter(
            key=key,
            name=table.name,
            sender=table.sender,
            list_id=table.list_id or f"{key}.{domain_of(table.sender)}",
            reply_to=table.reply_to,
            template=table.template,
            greeting=table.greeting,
            greeting_nameless=table.greeting_nameless,
        )

    def contents(self, edition: Edition) -> Contents:
        """What an edition carries."""
        return Contents(
            day=date.fromisoformat(edition.day),
            subject=edition.subject,
            preheader=edition.preheader,
            intro=edition.intro,
            lead=edition.picks.get("lead", ""),
            sections=sections_in(edition.picks),
        )

    def letter(self, edition: Edition, counted: Callable[[str], str] = lambda url: url) -> Letter:
        """The letter of an edition as it would go now; `counted` makes links that count. Raises BotError."""
        contents, config = self.contents(edition), self._of.config
        found = {id_: self._of.articles.get(id_) for id_ in contents.articles}
        return compose(
            self.newsletter(edition.newsletter),
            contents,
            {
                id_: prepare(article, config.style)
                for id_, article in found.items()
                if article and not article.withdrawn
            },
            config.style,
            self._of.templates,
            public_url=config.newsroom.public_url,
            archive_url=config.newsroom.public_url + page_of(edition),
            now=self._of.now(),
            counted=counted,
        )

    def _checked(self, edition: Edition) -> Letter:
        """The letter of an edition; what would stop a sending process stops it here. Raises BotError."""
        try:
            self.editorial.public(self.contents(edition).articles, self._of.now())
        except Refused as error:  # by what it is, not by an editor: it waits for one
            raise FormatError(error.say.en, error.say.ar) from None
        found = self.editorial.counted(edition)
        check(found, self._of.config.newsroom.public_url)
        if pem := self.dkim_key():
            dkim.private_key(pem.encode(), where="[mail.dkim]")
        return found

    def job(self, edition: int, shard: int | None = None) -> Job:
        """What a process needs to send an edition; raises NotFound, ConfigError."""
        table = self.table(self.editions.get(edition).newsletter)
        mail, home = self._of.config.newsletters.mail, domain_of(table.sender)
        return Job(
            database_url=self._of.config.database_url,
            edition=edition,
            shard=shard,
            server=self._server(home),
            public_url=self._of.config.newsroom.public_url,
            return_domain=self.returns_to(table),
            key=self.key.hex(),
            dkim_domain=mail.dkim.domain or home,
            dkim_selector=mail.dkim.selector,
            dkim_key=self.dkim_key(),
            connections=mail.connections,
            again=table.unsure == "again",
            retry_hours=mail.retry_for.total_seconds() / 3600,
            total_per_minute=mail.per_minute,
            domain_per_minute=mail.per_minute_domain,
            domains=mail.domains,
        )

    def _server(self, home: str) -> dict[str, Any]:
        mail = self._of.config.newsletters.mail
        return {
            "host": mail.host,
            "port": mail.port,
            "tls": mail.tls,
            "user": mail.user,
            "password": self._of.config.secrets.get(mail.password_env) if mail.user else "",
            "timeout": mail.timeout.total_seconds(),
            "name": mail.hello or home,
        }

    def server(self, table: NewsletterTable) -> Server:
        """Where the mails of a newsletter go."""
        return Server(**self._server(domain_of(table.sender)))

    def returns_to(self, table: NewsletterTable) -> str:
        """The domain to which mails of a newsletter come back."""
        return self._of.config.newsletters.mail.return_domain or domain_of(table.sender)

    def signing(self, table: NewsletterTable) -> Dkim | None:
        """With what the mails of a newsletter are signed; raises ConfigError."""
        pem, given = self.dkim_key(), self._of.config.newsletters.mail.dkim
        if not pem:
            return None
        key = dkim.private_key(pem.encode(), where="[mail.dkim]")
        return Dkim(domain=given.domain or domain_of(table.sender), selector=given.selector, key=key)

    def dkim_key(self) -> str:
        """The PEM of the key that signs, from the environment or a file, or nothing; raises ConfigError."""
        table = self._of.config.newsletters.mail.dkim
        if given := self._of.config.secrets.get(table.key_env):
            return given.replace("\\n", "\n")  # as hosts keep several lines in one variable
        if not table.key_file:
            return ""
        path = self._of.config.root / Path(table.key_file)
        try:
            return path.read_text("ascii")
        except (OSError, UnicodeDecodeError):
            raise ConfigError(
                f"newsletters.toml: mail.dkim.key_file: {path} cannot be read.",
                f"newsletters.toml: mail.dkim.key_file: تعذرت قراءة {path}.",
            ) from None

    def greet(self) -> None:
        """Open a connection to the mail server, sign in and leave; raises ChannelError."""
        first = next(iter(self.by_domain.values()), "localhost")
        Wire(Server(**self._server(first))).leave()

    def due(self, now: datetime) -> Sequence[tuple[int, int]]:
        """Make what is to be made; edition and shard of all that is to begin or to be sent now, and nobody is at."""
        try:
            self.editorial.making.look(now)
        except BotError as error:  # one newsletter's fault is none of the clock's: the next tick tries again
            log.error("editions could not be made: %s", error)
        if None in self._of.lanes.pauses():  # all is stopped
            return []
        due = [*((number, 0) for number in self.editions.to_begin(now)), *self.editions.due(now)]
        held = self._of.leases.held("edition", now) if due else set()
        return [(edition, n) for edition, n in due if lease_name(edition, n) not in held]

    def send(self, edition: int, shard: int | None = None) -> None:
        """Send what is due of an edition, in a process of its own; back when that has ended. Raises BotError."""
        self._begin(edition)
        if self.editions.get(edition).state is EditionState.SENDING:
            self.shards.run(self.job(edition, shard))

    def _begin(self, edition: int) -> None:
        """Freeze one whose time has come; one process does."""
        if edition not in self.editions.to_begin(self._of.now()):
            return
        name = f"{edition}:begin"
        token = self._of.leases.claim("edition", name, BEGINNING, self._of.now())
        if token is None:
            return
        try:
            self.desk.begin(CLOCK, edition, states=(EditionState.QUEUED,))
        except Refused as error:  # an editor was quicker
            log.info("edition %s: %s", edition, error)
        except DatabaseError:  # no fault of the edition: the next tick begins it
            raise
        except BotError as error:
            log.error("edition %s: %s", edition, error)
            self.editorial.arranging.unmade(edition, error)
        finally:
            self._of.leases.release("edition", name, token)

    @cached_property
    def returns(self) -> Returns:
        """Takes in bounces and complaints."""
        return Returns(
            read=reports.read,
            whose=self.signer.returned,
            rows=ReturnStore(self._of.database),
            soft_limit=self._of.config.newsletters.mail.bounces.soft_limit,
            now=self._of.now,
        )

    def look(self, after: Callable[[datetime], None] = lambda _: None) -> None:
        """Take in what came back to the mailbox, where there is one and its time has come.

        `after` is called first: it is what a mailbox that fails must not keep from happening.
        """
        table, at = self._of.config.newsletters.mail.bounces, self._of.now()
        after(at)
        self.readership.work()
        if not table.host or (self._looked_at and at - self._looked_at < table.poll):
            return
        self._looked_at = at
        try:
            self.mailbox.look(self.returns.take)
        except ChannelError as error:  # `doctor` says it, too; the next look tries again
            log.warning("bounces: %s", error)

    @property
    def mailbox(self) -> Mailbox:
        """To which mails come back; without a host there is none."""
        table = self._of.config.newsletters.mail.bounces
        return Mailbox(
            host=table.host,
            port=table.port,
            tls=table.tls,
            user=table.user,
            password=self._of.config.secrets.get(table.password_env),
            folder=table.folder,
        )

    def stop(self) -> None:
        """Let what is being sent come to an end soon: each process ends the claims that it is at."""
        self.shards.hasten()

    @property
    def by_domain(self) -> Mapping[str, str]:
        """The sender's domain of each newsletter, by key."""
        return {each.key: domain_of(each.sender) for each in self._of.config.newsletters.newsletters}
