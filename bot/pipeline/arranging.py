"""An edition as editors work on it: its words and order, held, released, given another time, tried on oneself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from bot.domain.edition import Edition, EditionState
from bot.domain.errors import BotError, NotFound, Refused
from bot.domain.newsletter import Contents, Section, picks_out, sections_in
from bot.domain.person import Actor
from bot.domain.ports import Now
from bot.domain.say import Say
from bot.domain.signup import Address
from bot.pipeline.edition import UNBEGUN
from bot.pipeline.office import Conflict, Log

LONGEST = {"subject": 150, "preheader": 150, "intro": 3000}
LONGEST_TITLE, MOST_SECTIONS, MOST_ARTICLES = 80, 20, 60
LATEST = timedelta(days=60)
HELD = Say("Held by an editor.", "أوقفه محرر.")
UNMADE = Say("Its letter cannot be made: ", "تعذر إعداد رسالته: ")


class EditionRows(Protocol):
    """The editions that are kept."""

    def get(self, id_: int) -> Edition: ...
    def rewrite(self, id_: int, version: int, states: Sequence[EditionState], **values: Any) -> bool: ...
    def move(
        self, id_: int, states: tuple[EditionState, ...], to: EditionState, now: datetime, reason: Say | None = None
    ) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Arranging:
    """What editors do with an edition before it goes."""

    rows: EditionRows
    is_article: Callable[[str], bool]
    approval_of: Callable[[str], str]  # of a newsletter
    public: Callable[[Sequence[str], datetime], None]  # raises Refused where one is under embargo then
    try_on: Callable[[Edition, Address], None]  # send a test; raises BotError
    read: Callable[[str], Address]
    allow: Callable[[Actor, str], None]
    log: Log
    now: Now
    hurry: Callable[[], None] = field(default=lambda: None)

    def change(
        self,
        actor: Actor,
        id_: int,
        version: int,
        *,
        subject: str | None = None,
        preheader: str | None = None,
        intro: str | None = None,
        lead: str | None = None,
        sections: Sequence[Section] | None = None,
    ) -> Edition:
        """Other words, another order; None leaves what is. Raises NotAllowed, NotFound, Refused, Conflict."""
        self.allow(actor, "edit")
        edition = self._unbegun(id_)
        given = {"subject": subject, "preheader": preheader, "intro": intro}
        values: dict[str, Any] = {k: self._fit(k, text) for k, text in given.items() if text is not None}
        if lead is not None or sections is not None:
            kept = tuple(sections) if sections is not None else sections_in(edition.picks)
            top = lead if lead is not None else edition.picks.get("lead", "")
            values["picks"] = self._picks(edition, top, kept)
        if not self.rows.rewrite(id_, version, UNBEGUN, letter=None, **values):
            raise self._conflict(id_)
        self.log.note(actor, "edit", f"edition:{id_}", self.now(), detail={"fields": sorted(values)})
        return self.rows.get(id_)

    def hold(self, actor: Actor, id_: int) -> None:
        """It does not go by itself; raises NotAllowed, NotFound, Refused."""
        self.allow(actor, "hold")
        states = (EditionState.DRAFT, EditionState.QUEUED)
        self.rows.move(id_, states, EditionState.HELD, self.now(), HELD)
        self.log.note(actor, "hold", f"edition:{id_}", self.now())

    def release(self, actor: Actor, id_: int, at: datetime | None = None) -> None:
        """It goes at its time, or at another one; raises NotAllowed, NotFound, Refused."""
        edition = self._unbegun(id_)
        self.allow(actor, "send_edition" if self.approval_of(edition.newsletter) == "chief" else "release")
        now = self.now()
        due = max(at or edition.due_at or now, now)  # of one whose time has passed: it goes at once
        if at and not now <= at <= now + LATEST:
            raise Refused(
                "That time has passed, or is more than 60 days ahead.", "هذا الموعد فات أو بعد أكثر من 60 يوما."
            )
        self.public(_carried(edition), due)
        if due <= now or (edition.due_at and due < edition.due_at):  # it would go at once, or sooner than was meant
            self.allow(actor, "send_edition")
        if not self.rows.rewrite(id_, edition.version, UNBEGUN, state=EditionState.QUEUED, reason=None, due_at=due):
            raise self._conflict(id_)
        self.log.note(actor, "release", f"edition:{id_}", now, detail={"due": due.isoformat()})
        self.hurry()

    def send(self, actor: Actor, id_: int) -> None:
        """It goes at once: the clock begins it within a second. Raises NotAllowed, NotFound, Refused."""
        self.allow(actor, "send_edition")
        edition, now = self._unbegun(id_), self.now()
        self.public(_carried(edition), now)
        if not self.rows.rewrite(id_, edition.version, UNBEGUN, state=EditionState.QUEUED, reason=None, due_at=now):
            raise self._conflict(id_)
        self.log.note(actor, "send_edition", f"edition:{id_}", now)
        self.hurry()

    def test(self, actor: Actor, id_: int, to: str) -> Address:
        """One mail of it to one address, which says of itself that it is a test. Raises NotAllowed, BotError."""
        self.allow(actor, "test")
        address, edition = self.read(to), self.rows.get(id_)
        self.try_on(edition, address)
        self.log.note(actor, "test_edition", f"edition:{id_}", self.now())
        return address

    def unmade(self, id_: int, error: BotError) -> None:
        """It was due, and its letter could not be made: it waits for somebody."""
        reason = Say(UNMADE.en + error.say.en, UNMADE.ar + error.say.ar)
        self.rows.move(id_, (EditionState.QUEUED,), EditionState.HELD, self.now(), reason)

    def _unbegun(self, id_: int) -> Edition:
        edition = self.rows.get(id_)
        if edition.state not in UNBEGUN:
            raise Refused(f"Edition {id_} has begun or ended.", f"العدد {id_} بدأ أو انتهى.")
        return edition

    def _picks(self, edition: Edition, lead: str, sections: Sequence[Section]) -> dict[str, Any]:
        tidy = [replace(each, title=" ".join(each.title.split())[:LONGEST_TITLE]) for each in sections]
        listed = [id_ for section in tidy for id_ in section.articles]
        contents = Contents(day=date.fromisoformat(edition.day), lead=lead, sections=tidy)
        if len(tidy) > MOST_SECTIONS or len(contents.articles) > MOST_ARTICLES:
            raise Refused(
                f"An edition has {MOST_SECTIONS} sections and {MOST_ARTICLES} articles at most.",
                f"في العدد {MOST_SECTIONS} قسما و{MOST_ARTICLES} مادة على الأكثر.",
            )
        if not contents.articles:
            raise Refused("An edition needs an article.", "لا بد للعدد من مادة.")
        if len(set(listed)) != len(listed):
            raise Refused("An article stands in it twice.", "مادة مكررة في العدد.")
        known = {id_ for section in sections_in(edition.picks) for id_ in section.articles}
        for id_ in contents.articles:
            if id_ not in known and not self.is_article(id_):
                raise NotFound(f"There is no article {id_}.", f"لا مادة رقمها {id_}.")
        if edition.due_at:
            self.public(contents.articles, max(edition.due_at, self.now()))
        return picks_out(contents)

    @staticmethod
    def _fit(field_: str, text: str) -> str:
        text = text.strip() if field_ == "intro" else " ".join(text.split())
        if len(text) > LONGEST[field_]:
            most = LONGEST[field_]
            raise Refused(f"That is longer than {most} letters.", f"هذا أطول من {most} حرفا.")
        return text

    def _conflict(self, id_: int) -> Refused:
        edition = self.rows.get(id_)
        if edition.state not in UNBEGUN:
            return Refused(f"Edition {id_} has begun meanwhile.", f"بدأ العدد {id_} في أثناء ذلك.")
        return Conflict(
            "Somebody else changed this edition meanwhile; load it again. Nothing was written.",
            "غيّر زميل هذا العدد في أثناء ذلك؛ أعد تحميله. لم يُكتب شيء.",
        )


def _carried(edition: Edition) -> Sequence[str]:
    picks = edition.picks
    lead, sections = picks.get("lead", ""), sections_in(picks)
    return Contents(day=date.fromisoformat(edition.day), lead=lead, sections=sections).articles
