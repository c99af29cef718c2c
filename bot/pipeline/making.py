"""Editions made when their time has come, of what the rules pick for any channel; never two for one date."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Protocol

from bot.domain.channel import Channel
from bot.domain.edition import EditionState
from bot.domain.errors import Refused
from bot.domain.newsletter import Contents, Section, picks_out
from bot.domain.person import Actor
from bot.domain.ports import Articles, Now
from bot.domain.recurring import Recurring
from bot.domain.say import Say
from bot.domain.schedule import Candidate, Contact, Plan, Rule
from bot.domain.subscriber import Frequency
from bot.pipeline.dates import coming, missed, next_date
from bot.pipeline.office import Log
from bot.pipeline.selection import is_breaking, why_not

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
LOOKS_BACK = {  # a little more than the time between two: a day may have 25 hours; nothing is carried twice
    Frequency.DAILY: timedelta(hours=30),
    Frequency.WEEKLY: timedelta(days=7, hours=6),
    Frequency.EACH: timedelta(hours=12),
}
AGAIN = timedelta(seconds=30)
NOTHING_NEW = Say(
    "Skipped: nothing that the rules pick has come since the last edition.",
    "تُخطي: لم يصل منذ العدد السابق شيء تختاره القواعد.",
)
MISSED = Say("Skipped: its time passed while nothing ran.", "تُخطي: فات وقته والجهاز متوقف.")
TOO_LATE = Say(
    "Its time passed more than six hours ago, and it had not gone out: an editor decides whether it still goes.",
    "فات وقته قبل أكثر من ست ساعات ولم يخرج؛ المحرر يقرر هل يخرج.",
)
ASKS = Say("It waits for an editor to release it.", "ينتظر أن يطلقه محرر.")


class EditionRows(Protocol):
    """Where editions are kept."""

    def add(
        self, newsletter: str, day: str, occasion: str, *, state: EditionState, now: datetime, **values: Any
    ) -> int | None:
        """The id of a new edition, or None where there is one of this newsletter, date and occasion."""

    def hold_late(self, now: datetime, reason: Say) -> int:
        """Those that wait for a time that is long past no longer go by themselves; how many."""


class Picked(Protocol):
    """What was picked before, and where."""

    def since(self, newsletter: str, now: datetime) -> datetime: ...
    def carried(self, newsletter: str, occasion: str, since: datetime) -> set[str]: ...
    def occasions(self, newsletter: str, since: datetime) -> set[str]: ...
    def made(self, newsletter: str, day: str, occasion: str) -> bool: ...
    def first_days(self, newsletter: str) -> Mapping[str, str]: ...
    def elsewhere(self, ids: Collection[str]) -> tuple[dict[str, int], set[str]]: ...


@dataclass(kw_only=True)
class Making:
    """Makes editions; several processes may, for one date there is one edition."""

    letters: Callable[[], Sequence[Recurring]]
    rules: Callable[[], Sequence[Rule]]
    breaking: Callable[[], Sequence[str]]
    not_from: Callable[[], frozenset[str]]  # sources for previews only
    zone: tzinfo
    articles: Articles
    rows: EditionRows
    picked: Picked
    readers: Callable[[], Mapping[tuple[str, str], int]]  # by newsletter and frequency
    allow: Callable[[Actor, str], None]
    log: Log
    now: Now
    _since: dict[str, datetime] = field(default_factory=dict)
    _done: set[tuple[str, str, str]] = field(default_factory=set)
    _newest: datetime | None = None
    _looked_at: datetime | None = None

    def look(self, now: datetime) -> None:
        """Make what is to be made; what could not be, or did not go at its time, gets the reason why."""
        self.rows.hold_late(now, TOO_LATE)
        letters = self.letters()
        if not letters:
            return
        newest, waited = self.articles.newest_at(), self._looked_at is None or now - self._looked_at >= AGAIN
        fresh = waited or newest != self._newest  # an embargo ends, or a rule changes, without any news
        for letter in letters:
            since = self._known_since(letter.key, now)
            for day, frequency, due in coming(letter, self.zone, now):
                if due - letter.delay > since:  # what was due before anybody wanted it is not made up for
                    self._once(letter, day, frequency, due, now)
            for day, frequency, due in missed(letter, self.zone, now):
                if due - letter.delay > since:
                    self._missed(letter, day, frequency, due, now)
            if letter.schedule == "each" and fresh:
                self._articles(letter, since, now)
        if fresh:
            self._newest, self._looked_at = newest, now

    def _known_since(self, key: str, now: datetime) -> datetime:
        if key not in self._since:
            self._since[key] = self.picked.since(key, now)
        return self._since[key]

    def make(self, actor: Actor, key: str) -> int:
        """The next edition of a newsletter ahead of its time, to be worked on; raises NotAllowed, Refused."""
        self.allow(actor, "edit")
        letter = next((each for each in self.letters() if each.key == key), None)
        if letter is None:
            raise Refused(f"There is no newsletter {key}.", f"لا نشرة اسمها {key}.")
        now = self.now()
        day, frequency, due = next_date(letter, self.zone, now)
        contents = self.choose(letter, frequency, day, due, now)
        if not contents.articles:
            raise Refused(NOTHING_NEW.en, NOTHING_NEW.ar)
        id_ = self._add(letter, contents, frequency, due, now)
        if id_ is None:
            raise Refused(f"The edition of {day} is there already.", f"عدد {day} موجود من قبل.")
        self.log.note(actor, "make_edition", f"edition:{id_}", now)
        return id_

    def choose(self, letter: Recurring, frequency: Frequency, day: date, due: datetime, now: datetime) -> Contents:
        """What an edition carries: breaking news first, then what most channels carry, then the newest."""
        found = self._candidates(letter, frequency, due, now)
        out, back = self.picked.elsewhere([each.article.id for each in found])
        words = self.breaking()
        ranked = sorted(
            (each for each in found if each.article.id not in back),
            key=lambda c: (
                not is_breaking(c.article, words),
                -out.get(c.article.id, 0),
                -c.dated.timestamp(),
                c.article.id,
            ),
        )
        best = ranked[: letter.articles]
        titles = letter.sections or list(dict.fromkeys(each.article.section for each in best))
        sections = [
            Section(title=title, articles=tuple(c.article.id for c in best if c.article.section == title))
            for title in titles
        ]
        lead = best[0].article.id if best else ""
        return Contents(day=day, lead=lead, sections=tuple(each for each in sections if each.articles))

    def _once(self, letter: Recurring, day: date, frequency: Frequency, due: datetime, now: datetime) -> None:
        key = (letter.key, day.isoformat(), str(frequency))
        if key in self._done:
            return
        if not self.picked.made(*key) and self._is_wanted(letter, frequency):
            contents = self.choose(letter, frequency, day, due, now)
            if contents.articles:
                self._add(letter, contents, frequency, due, now)
            elif now < due:  # something may come yet
                return
            else:
                self._skip(key, NOTHING_NEW, due, now)
        self._done.add(key)

    def _missed(self, letter: Recurring, day: date, frequency: Frequency, due: datetime, now: datetime) -> None:
        """Say that there was none, unless this newsletter has only come out on such dates since."""
        key = (letter.key, day.isoformat(), str(frequency))
        if key in self._done:
            return
        if not self.picked.made(*key) and self._is_wanted(letter, frequency):
            first = self.picked.first_days(letter.key)
            if not first or first.get(key[2], key[1]) < key[1]:
                self._skip(key, MISSED, due, now)
        self._done.add(key)

    def _is_wanted(self, letter: Recurring, frequency: Frequency) -> bool:
        return frequency == letter.schedule or bool(self.readers().get((letter.key, frequency)))

    def _skip(self, key: tuple[str, str, str], reason: Say, due: datetime, now: datetime) -> None:
        values: dict[str, Any] = {"due_at": due, "reason": {"en": reason.en, "ar": reason.ar}, "ended_at": now}
        self.rows.add(*key, state=EditionState.SKIPPED, now=now, **values)

    def _add(self, letter: Recurring, contents: Contents, occasion: str, due: datetime, now: datetime) -> int | None:
        asks = letter.approval != "none"
        return self.rows.add(
            letter.key,
            contents.day.isoformat(),
            str(occasion),
            state=EditionState.HELD if asks else EditionState.QUEUED,
            now=now,
            due_at=due,
            picks=picks_out(contents),
            reason={"en": ASKS.en, "ar": ASKS.ar} if asks else None,
        )

    def _articles(self, letter: Recurring, since: datetime, now: datetime) -> None:
        """An edition for each article, of the date on which it was first seen: that is the same in all processes."""
        known = self.picked.occasions(letter.key, now - 2 * LOOKS_BACK[Frequency.EACH])
        for each in self._candidates(letter, Frequency.EACH, now, now):
            occasion = f"article:{each.article.id}"
            if occasion in known or each.first_seen <= since:
                continue
            day = each.first_seen.astimezone(self.zone).date()
            section = Section(title="", articles=(each.article.id,))
            contents = Contents(day=day, lead=each.article.id, sections=(section,))
            self._add(letter, contents, occasion, now + letter.delay, now)

    def _candidates(self, letter: Recurring, frequency: Frequency, due: datetime, now: datetime) -> list[Candidate]:
        span = LOOKS_BACK[frequency]
        plan = Plan(
            channel=letter.key,
            fresh_for=span,
            breaking_fresh_for=span,
            breaking=tuple(self.breaking()),
            not_from=self.not_from(),
        )
        channel = Channel(name=letter.key, service="email", live=True)
        # a rule's channels are where its articles go one by one; a newsletter gathers what goes to any
        rules = [replace(rule, channels=(), fresh_for=None) for rule in self.rules()]
        seen = self.articles.seen_since(now - span)
        met = {
            source: Contact(source=source, channel=letter.key, live=True, since=LONG_AGO)
            for each in seen
            for source, _ in each.shown_by
        }
        had = self.picked.carried(letter.key, frequency, now - 2 * span) if frequency != Frequency.EACH else set()
        return [
            each
            for each in seen
            if each.article.id not in had
            and (each.article.embargoed_until or due) <= due
            and (not letter.sections or each.article.section in letter.sections)
            and why_not(each, channel, plan, rules, met, now) is None
        ]
