"""Builds what readers of newsletters meet: sign-ups, their mails, preferences, leaving."""

import logging
import threading
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Protocol

from bot.config.newsletters import NewsletterTable
from bot.domain.edition import End, Recipient
from bot.domain.errors import BotError, LeaseLost, NotFound
from bot.domain.importing import Import
from bot.domain.signup import CHOICES, Offer, Signup
from bot.domain.subscriber import Subscriber
from bot.formats.confirmation import confirmation
from bot.mail import addresses
from bot.mail.links import Signer
from bot.mail.message import Dkim, Mail
from bot.mail.notice import notice
from bot.mail.stream import Stream
from bot.mail.wire import Server
from bot.parts import Parts
from bot.pipeline.confirming import Confirming
from bot.pipeline.importing import Importing
from bot.pipeline.lists import Lists
from bot.pipeline.subscribing import CONFIRM_WITHIN, Subscribing
from bot.store.editions import EditionStore
from bot.store.imports import ImportStore
from bot.store.lists import ListStore
from bot.store.signups import SignupStore
from bot.store.subscribers import SubscriberStore

log = logging.getLogger(__name__)


class Outgoing(Protocol):
    """How mail leaves."""

    @property
    def signer(self) -> Signer: ...
    def server(self, table: NewsletterTable) -> Server: ...
    def signing(self, table: NewsletterTable) -> Dkim | None: ...


class Readership:
    """What readers do, and the mails that answer them."""

    def __init__(self, parts: Parts, outgoing: Outgoing) -> None:
        self._of, self._outgoing = parts, outgoing
        self.signups, self.subscribers = SignupStore(parts.database), SubscriberStore(parts.database)
        self.rolls, self.imports = ListStore(parts.database), ImportStore(parts.database)
        self._working, self._lock = threading.Lock(), threading.Lock()
        self._wanted, self._importing = threading.Event(), set[int]()

    def offers(self) -> Mapping[str, Offer]:
        """What readers may choose."""
        tables = self._of.config.newsletters.newsletters
        return {each.key: Offer(key=each.key, name=each.name, frequencies=CHOICES[each.schedule]) for each in tables}

    @cached_property
    def subscribing(self) -> Subscribing:
        """What readers do themselves."""
        return Subscribing(
            offers=self.offers,
            signups=self.signups,
            readers=self.subscribers,
            links=self._outgoing.signer,
            read=addresses.read,
            newsletter_of=self._newsletter_of,
            knock=self._of.people.knock,
            now=self._of.now,
            hurry=self.hurry,
        )

    @cached_property
    def lists(self) -> Lists:
        """What the desk does with lists."""
        return Lists(
            rolls=self.rolls,
            readers=self.subscribers,
            offers=self.offers,
            read=addresses.read,
            allow=self._of.office.allow,
            log=self._of.acts,
            now=self._of.now,
        )

    @cached_property
    def importing(self) -> Importing:
        """Takes files of addresses in."""
        return Importing(
            rows=self.imports,
            offers=self.offers,
            read=addresses.read,
            allow=self._of.office.allow,
            log=self._of.acts,
            now=self._of.now,
        )

    @cached_property
    def confirming(self) -> Confirming:
        """The mails that sign-ups wait for."""
        return Confirming(signups=self.signups, readers=self.subscribers, post=self._post, now=self._of.now)

    def hurry(self) -> None:
        """Send them now, in a thread of its own: who asked does not wait for it."""
        threading.Thread(target=self.work, name="confirming", daemon=True).start()

    def work(self) -> None:
        """Send what waits. One thread of this process does; who comes meanwhile leaves it to that one."""
        self._wanted.set()
        while self._wanted.is_set() and self._working.acquire(blocking=False):
            try:
                self._wanted.clear()
                self.confirming.work()
            except BotError as error:  # the clock's next look tries again
                log.warning("confirming: %s", error)
            finally:
                self._working.release()

    def take_in(self, import_: Import) -> None:
        """Go on with an import whose file is kept here, in a thread of its own, unless one is at it."""
        path = self.kept(import_)
        with self._lock:
            if import_.id in self._importing or not path.exists():
                return
            self._importing.add(import_.id)
        threading.Thread(target=self._take_in, args=[import_, path], name="import", daemon=True).start()

    def _take_in(self, import_: Import, path: Path) -> None:
        try:
            self.importing.go_on(import_, path)
            path.unlink(missing_ok=True)
        except LeaseLost:  # another process has it
            log.info("import %s goes on elsewhere", import_.id)
        except Exception:  # it stands as running, and the next look at the page goes on with it
            log.exception("import %s", import_.id)
        finally:
            with self._lock:
                self._importing.discard(import_.id)

    def kept(self, import_: Import) -> Path:
        """Where the file of an import that the desk was given is kept until it is in."""
        return self._of.config.var / "imports" / f"{import_.newsletter}-{import_.digest}.csv"

    def preferences(self, subscriber: Subscriber) -> str:
        """The address of somebody's own preferences."""
        token = self._outgoing.signer.tokens(subscriber.id, 0)[1]
        return f"{self._of.config.newsroom.public_url}/p/{token}"

    def _newsletter_of(self, edition: int) -> str:
        try:
            return EditionStore(self._of.database).get(edition).newsletter
        except NotFound:
            return ""

    def _post(self, signup: Signup, known: int) -> End:
        table = self._of.config.newsletters.of(next(iter(signup.wanted)))
        if table is None:  # taken out of the settings meanwhile
            return End.REFUSED
        mail = self._mail(table, signup, known)
        stream = Stream(self._outgoing.server(table), lambda _: mail, size=len(mail.content))
        try:
            (answer,) = stream.send([Recipient(id=signup.id, address=signup.address, name="")])
        finally:
            stream.leave()
        return answer.end

    def _mail(self, table: NewsletterTable, signup: Signup, known: int) -> Mail:
        offers, config = self.offers(), self._of.config
        until = signup.at + CONFIRM_WITHIN
        link = f"{config.newsroom.public_url}/s/{self._outgoing.signer.confirming(signup.id, until)}"
        if known and (subscriber := self.subscribers.get(known)):
            link = self.preferences(subscriber)
        made = confirmation(
            self._of.templates,
            newsroom=config.newsroom.name,
            names=[offers[key].name for key in signup.wanted if key in offers],
            language=signup.language,
            link=link,
            known=bool(known),
            days=CONFIRM_WITHIN.days,
        )
        return notice(
            id_=signup.id,
            sender=table.sender,
            to=signup.address,
            reply_to=table.reply_to,
            subject=made.subject,
            text=made.text,
            html=made.html,
            at=self._of.now(),
            unique=f"signup {signup.id} {signup.attempts} {signup.digest}",
            signing=self._outgoing.signing(table),
        )
