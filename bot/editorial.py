"""Builds what editions are made and arranged by; newsletters.py hands it its parts."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time
from functools import cached_property
from html import escape
from typing import Protocol, get_args

from bot.config.newsletters import NewsletterTable
from bot.config.values import Day
from bot.domain.edition import Edition, End, Letter, Recipient
from bot.domain.errors import Refused, RetryLater
from bot.domain.recurring import Recurring
from bot.domain.signup import Address
from bot.mail import addresses, marks
from bot.mail.links import Signer
from bot.mail.message import Dkim, Mailing
from bot.mail.stream import Stream
from bot.mail.wire import Server
from bot.parts import Parts
from bot.pipeline.arranging import Arranging
from bot.pipeline.making import Making
from bot.store.editions import EditionStore
from bot.store.links import LinkStore
from bot.store.picks import PickStore

NOBODY = 1 << 39  # numbers from here on are no subscriber's: those of tests, each with a Message-ID of its own
TITLE = 80  # letters of a title in a sentence
DAYS = get_args(Day)


class Outgoing(Protocol):
    """How mail leaves, and what it says."""

    @property
    def editions(self) -> EditionStore: ...
    @property
    def signer(self) -> Signer: ...
    def table(self, key: str) -> NewsletterTable: ...
    def letter(self, edition: Edition, counted: Callable[[str], str] = ...) -> Letter: ...
    def server(self, table: NewsletterTable) -> Server: ...
    def signing(self, table: NewsletterTable) -> Dkim | None: ...
    def returns_to(self, table: NewsletterTable) -> str: ...


class Editorial:
    """Editions before they go."""

    def __init__(self, parts: Parts, outgoing: Outgoing, readers: Callable[[], Mapping[tuple[str, str], int]]) -> None:
        self._of, self._outgoing, self._readers = parts, outgoing, readers
        self.links = LinkStore(parts.database)

    def recurring(self) -> Sequence[Recurring]:
        """When each newsletter comes out."""
        return [
            Recurring(
                key=each.key,
                name=each.name,
                schedule=each.schedule,
                at=time.fromisoformat(each.time),
                weekday=DAYS.index(each.day),
                delay=each.delay,
                sections=tuple(each.sections),
                articles=each.articles,
                approval=each.approval,
            )
            for each in self._of.config.newsletters.newsletters
        ]

    @cached_property
    def making(self) -> Making:
        """Makes editions when their time has come."""
        room = self._of.config.newsroom
        return Making(
            letters=self.recurring,
            rules=lambda: self._of.config.rules,
            breaking=lambda: self._of.config.newsroom.breaking,
            not_from=lambda: frozenset(each.name for each in room.sources if each.preview_only),
            zone=room.zone,
            articles=self._of.articles,
            rows=self._outgoing.editions,
            picked=PickStore(self._of.database),
            readers=self._readers,
            allow=self._of.office.allow,
            log=self._of.acts,
            now=self._of.now,
        )

    @cached_property
    def arranging(self) -> Arranging:
        """What editors do with editions before they go."""
        return Arranging(
            rows=self._outgoing.editions,
            is_article=lambda id_: self._of.articles.get(id_) is not None,
            approval_of=lambda key: self._outgoing.table(key).approval,
            public=self.public,
            try_on=self._try_on,
            read=addresses.read,
            allow=self._of.office.allow,
            log=self._of.acts,
            now=self._of.now,
            hurry=lambda: self._of.on_due(),
        )

    def _try_on(self, edition: Edition, to: Address) -> None:
        """One mail; its links to unsubscribe are nobody's. Raises BotError."""
        table = self._outgoing.table(edition.newsletter)
        letter = self._outgoing.letter(edition)
        mailing = Mailing(
            replace(letter, subject=f"تجربة: {letter.subject}"),
            edition=0,
            public_url=self._of.config.newsroom.public_url,
            return_domain=self._outgoing.returns_to(table),
            signer=self._outgoing.signer,
            dkim_=self._outgoing.signing(table),
        )
        someone = Recipient(id=NOBODY + secrets.randbelow(NOBODY), address=to.ascii, name="")
        stream = Stream(
            self._outgoing.server(table), lambda r: mailing.mail(r.id, r.address, r.name), size=mailing.size
        )
        try:
            (answer,) = stream.send([someone])
        finally:
            stream.leave()
        if answer.end is not End.SENT:
            words = f"{answer.code} {answer.words}".strip()[:200]
            raise RetryLater(
                f"The mail server did not take the test: {words or answer.end}.",
                f"لم يقبل خادم البريد التجربة: {words or answer.end}.",
            )

    def public(self, ids: Sequence[str], at: datetime) -> None:
        """Raises Refused where an article is under embargo then: a mail cannot be called back."""
        for article in filter(None, map(self._of.articles.get, ids)):
            if article.embargoed_until and at < article.embargoed_until:
                until = f"{article.embargoed_until.astimezone(self._of.config.newsroom.zone):%Y-%m-%d %H:%M}"
                title = " ".join(article.title.split())[:TITLE]
                raise Refused(
                    f"“{title}” is under embargo until {until}: take it out of the edition, or let that go later.",
                    f"«{title}» محظورة النشر حتى {until}: أخرجها من العدد أو أخّره.",
                )

    def counted(self, edition: Edition) -> Letter:
        """The letter to be frozen: its links count who follows them, where the newsletter wants that."""
        if not self._outgoing.table(edition.newsletter).clicks:
            return self._outgoing.letter(edition)
        urls: dict[str, int] = {}
        start = f"{self._of.config.newsroom.public_url}/c/"

        def counted(url: str) -> str:
            return start + self._outgoing.signer.click(edition.id, urls.setdefault(url, len(urls) + 1))

        letter = self._outgoing.letter(edition, counted)
        return replace(letter, links=tuple(urls))

    def followed(self, token: str) -> str:
        """Count one who follows a link of an edition; where it leads, or nothing where the token is not ours."""
        found = self._outgoing.signer.clicked(token)
        return self.links.follow(*found) if found else ""

    def archived(self, edition: Edition) -> str:
        """The HTML of an edition that is out, with nothing of a reader in it; nothing of one that is not."""
        if edition.letter is None or edition.began_at is None:
            return ""
        return self.readerless(edition.letter)

    def readerless(self, letter: Letter) -> str:
        """The HTML of a letter, with nothing of a reader in it."""
        return self._without_marks(letter, letter.html, escape(letter.nameless))

    def plain(self, letter: Letter) -> str:
        """The text part of a letter, with nothing of a reader in it."""
        return self._without_marks(letter, letter.text, letter.nameless)

    def _without_marks(self, letter: Letter, text: str, greeting: str) -> str:
        public = self._of.config.newsroom.public_url
        here = f"{public}/newsletters/{letter.newsletter}"
        for path, mark in (("/u/", marks.UNSUBSCRIBE), ("/p/", marks.PREFERENCES)):
            text = text.replace(f"{public}{path}{mark}", here)
        return text.replace(marks.GREETING, greeting).replace(marks.ADDRESS, "")
