"""The order of it all, once: expire, meet, select, compose, and say whom to wake. It never touches the network."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

from bot.domain.article import Article
from bot.domain.channel import Channel
from bot.domain.delivery import Delivery, Draft, State
from bot.domain.errors import FormatError, LeaseLost
from bot.domain.lane import Lanes, Leases
from bot.domain.ports import Articles, Formatter, Outbox, Source, Sources
from bot.domain.say import Say
from bot.domain.schedule import Contact, Decision, Pick, Plan, Refusal, Rule
from bot.pipeline import compose
from bot.pipeline.contact import meet_all
from bot.pipeline.selection import History, select

log = logging.getLogger(__name__)

CLOCK_TTL = timedelta(seconds=30)
LOOK_BACK = timedelta(days=2)
A_DAY = timedelta(days=1)
LAPSED = Say("It did not go out in time; late is worse than lost.", "لم تخرج في وقتها؛ وفوات الخبر أهون من تأخره.")

NEWER = Say("Its text is that of the newest version.", "حُدّث نصها إلى أحدث نسخة.")
CANNOT_GO = Say(
    "Held: its article changed, and the new version cannot go:", "موقوف: تغيرت المادة ولا يمكن إخراج نسختها الجديدة:"
)
CHANGED_SINCE = Say(
    "Held: its article changed after somebody edited this text; compare, then release it or take the new version.",
    "موقوف: تغيرت المادة بعد أن حرر أحدهم هذا النص؛ قارن ثم أطلقه أو خذ النسخة الجديدة.",
)
TAKEN_BACK = Say("Its source has taken the article back.", "سحب المصدر المادة.")


@dataclass(frozen=True, kw_only=True)
class Wakes:
    """Whom a tick wakes."""

    sources: tuple[str, ...] = ()
    lanes: tuple[str, ...] = ()
    shards: tuple[tuple[int, int], ...] = ()  # of editions, by number
    news: tuple[Say, ...] = ()  # what the person who runs this should read
    is_clock: bool = True  # False: another process has the clock


@dataclass(kw_only=True)
class Tick:
    """The clock's work. One process at a time does it: the lease `clock` decides."""

    channels: Mapping[str, Channel]
    plans: Mapping[str, Plan]
    rules: Sequence[Rule]
    sources: Mapping[str, Source]
    zone: tzinfo
    formatter: Formatter
    articles: Articles
    source_states: Sources
    outbox: Outbox
    lanes: Lanes
    leases: Leases
    redact: Callable[[str], str] = str
    shards: Callable[[datetime], Sequence[tuple[int, int]]] = lambda _now: ()  # of editions, that are due
    pushed: Mapping[str, Source] = field(default_factory=dict)  # sources that bring things by themselves
    before: Callable[[], None] = lambda: None  # what each tick begins with
    _token: int | None = None
    _renew_at: datetime | None = None
    _newest: datetime | None = None
    # what could not be formed takes no slot again, until it or the program changes
    unformed: dict[tuple[str, int, str], Say] = field(default_factory=dict)

    def run(self, now: datetime, *, choose: bool = True) -> Wakes:
        """One tick; articles are selected and composed where there are new ones, or with `choose`."""
        self.before()
        try:
            if self._holds_clock(now):
                return self._act(now, choose)
        except LeaseLost:  # frozen amid its work, and another took the clock
            self._token = None
        return Wakes(is_clock=False, lanes=self._lanes_due(now))

    def _act(self, now: datetime, choose: bool) -> Wakes:
        self.outbox.expire(now, LAPSED)
        newest = self.articles.newest_at()
        choose = choose or newest != self._newest  # another process, such as the web's, may have brought something
        news = self._choose(now) if choose else []
        self._newest = newest if choose else self._newest
        return Wakes(
            sources=tuple(self.source_states.due(list(self.sources), now)),
            lanes=self._lanes_due(now),
            shards=tuple(self.shards(now)),
            news=tuple(news),
        )

    def _lanes_due(self, now: datetime) -> tuple[str, ...]:
        """Those of threads first: their calls wait for one another, and the others fit in between."""
        due = [self.channels[name] for name in self.lanes.due(now) if name in self.channels]
        return tuple(channel.name for channel in sorted(due, key=lambda channel: channel.mode != "thread"))

    def stop(self) -> None:
        """Give the clock back."""
        if self._token is not None:
            self.leases.release("clock", "clock", self._token)
            self._token = None

    def _holds_clock(self, now: datetime) -> bool:
        if self._token is not None and self._renew_at is not None and now < self._renew_at:
            return True
        if self._token is None or not self.leases.renew("clock", "clock", self._token, CLOCK_TTL, now):
            self._token = self.leases.claim("clock", "clock", CLOCK_TTL, now)
        self._renew_at = now + CLOCK_TTL / 3
        return self._token is not None

    def _choose(self, now: datetime) -> list[Say]:
        self.outbox.cancel_withdrawn(TAKEN_BACK, now)
        news = [*self._follow(now), *self._meet(now)]
        contacts, names = self.source_states.contacts(), {*self.sources, *self.pushed}
        decisions: list[Decision] = []
        for channel in self.channels.values():
            plan, preview = self.plans[channel.name], not channel.live
            met = {c.source: c for c in contacts if c.channel == channel.name and c.source in names}
            since = now - self._longest(plan)
            candidates = [
                c
                for c in self.articles.candidates(channel.name, preview, since, list(met.values()))
                if (c.article.id, c.article.version, channel.name) not in self.unformed
            ]
            if not candidates:
                continue
            history = self._history(channel, now)
            found = select(candidates, channel, plan, self.rules, met, history, self.zone, now)
            decisions += [self._carry_out(each, channel, now) for each in found]
        known = {
            (d.article_id, d.channel): d.reason for d in self.outbox.decisions_of([d.article_id for d in decisions])
        }
        self.outbox.decided([d for d in decisions if known.get((d.article_id, d.channel)) != d.reason])
        return news

    def _history(self, channel: Channel, now: datetime, without: Delivery | None = None) -> History:
        """What the channel has said and will say, one delivery aside."""
        plan, preview = self.plans[channel.name], not channel.live
        times = self.outbox.due_times(channel.name, preview, now - max(LOOK_BACK, plan.spacing))
        slots = self.outbox.slots_taken(channel.name, preview, now - LOOK_BACK)
        if without:
            slots -= {without.slot or ""}
            if without.due_at in times:
                times.remove(without.due_at)
        sections = self.outbox.sections(channel.name, preview, now - A_DAY) if plan.balance else {}
        return History(due_times=times, slots_taken=frozenset(slots), sections=sections)

    def _follow(self, now: datetime) -> list[Say]:
        """What waits goes with the newest text of its article, when selection says now; else it waits for an editor."""
        news: list[Say] = []
        for waiting in self.outbox.outdated():
            channel, article = self.channels.get(waiting.channel), self.articles.get(waiting.article_id)
            if not channel or not article or (article.id, article.version, channel.name) in self.unformed:
                continue
            if waiting.edited_by:  # what a person wrote is not written over by a machine
                self.unformed[article.id, article.version, channel.name] = CHANGED_SINCE
                self.outbox.change(waiting.id, [State.QUEUED, State.HELD], State.HELD, CHANGED_SINCE, now)
                news.append(
                    Say(f"Delivery {waiting.id}: {CHANGED_SINCE.en}", f"الإرسال {waiting.id}: {CHANGED_SINCE.ar}")
                )
                continue
            fresh = self._anew(waiting, article, channel, now)
            ours = waiting.note is not None and waiting.note.en.startswith(CANNOT_GO.en)
            if isinstance(fresh, Say):
                note = Say(f"{CANNOT_GO.en} {fresh.en}", f"{CANNOT_GO.ar} {fresh.ar}")
                self.unformed[article.id, article.version, channel.name] = fresh
                self.outbox.change(waiting.id, [State.QUEUED, State.HELD], State.HELD, note, now)
                news.append(Say(f"Delivery {waiting.id}: {note.en}", f"الإرسال {waiting.id}: {note.ar}"))
            else:
                by_editor = waiting.state is State.HELD and not ours
                seen = waiting.expires_at is not None or waiting.approved_by  # else somebody sent it by hand
                asked = channel.approval != "none" and bool(seen)
                held = by_editor or asked  # whoever approved the text has not seen the new one
                draft = replace(fresh, state=State.HELD if held else State.QUEUED, preview=waiting.preview)
                said = waiting.note if by_editor else NEWER
                self.outbox.rewrite(waiting.id, [waiting.state], draft, now, said, clock=self._token)
        return news

    def _anew(self, waiting: Delivery, article: Article, channel: Channel, now: datetime) -> Draft | Say:
        """The draft of an article's newest version in the place of a delivery that waits, or why there is none."""
        times: dict[str, Any] = {
            "reason": waiting.reason,
            "due_at": waiting.due_at,
            "expires_at": waiting.expires_at,
            "slot": waiting.slot,
            "urgent": waiting.urgent,
        }
        candidate = self.articles.candidate(article.id)
        by_rule = waiting.expires_at is not None and waiting.preview is not channel.live
        if candidate and by_rule:  # another embargo, section or urgency is another time
            met = {c.source: c for c in self.source_states.contacts() if c.channel == channel.name}
            plan, history = self.plans[channel.name], self._history(channel, now, without=waiting)
            (found,) = select([candidate], channel, plan, self.rules, met, history, self.zone, now)
            if isinstance(found, Refusal):
                return found.reason
            times = {key: getattr(found, key) for key in times}
        elif waiting.expires_at is None:
            times["due_at"] = min(waiting.due_at, now)  # by hand: at once, or after an embargo that may be new or over
        return self._formed(article, channel, occasion=waiting.occasion, **times)

    def _longest(self, plan: Plan) -> timedelta:
        """How old an article may be that some rule may still send."""
        return max([plan.fresh_for, *(rule.fresh_for for rule in self.rules if rule.fresh_for)])

    def _carry_out(self, found: Pick | Refusal, channel: Channel, now: datetime) -> Decision:
        reason, picked = found.reason, isinstance(found, Pick)
        if isinstance(found, Pick):
            post = self._formed(
                found.article,
                channel,
                reason=reason,
                due_at=found.due_at,
                expires_at=found.expires_at,
                slot=found.slot,
                urgent=found.urgent,
            )
            if isinstance(post, Say):
                reason, picked = post, False
            else:
                asked = channel.approval != "none"
                self.outbox.add(replace(post, state=State.HELD) if asked else post, now, clock=self._token)
        return Decision(article_id=found.article.id, channel=channel.name, picked=picked, reason=reason, at=now)

    def _formed(self, article: Article, channel: Channel, **more: Any) -> Draft | Say:
        """The draft of an article for a channel, or why it could not be formed, which is remembered."""
        try:
            return compose.draft(article, channel, self.formatter, **more)
        except FormatError as error:
            reason = Say(self.redact(error.say.en), self.redact(error.say.ar))
            log.error("article %s, channel %s: %s", article.id, channel.name, error)
        except Exception as error:  # a fault of ours in one article never stops the others
            name = type(error).__name__
            reason = Say(f"It could not be formed ({name}).", f"تعذر تشكيلها ({name}).")
            log.exception("article %s, channel %s", article.id, channel.name)
        self.unformed[article.id, article.version, channel.name] = reason
        return reason

    def _meet(self, now: datetime) -> list[Say]:
        """New pairs meet; a channel that went live meets every source anew and sends nothing old."""
        known = {(c.source, c.channel): c for c in self.source_states.contacts()}
        news = []
        for channel in self.channels.values():
            went_live = False
            for source in (*self.sources.values(), *self.pushed.values()):
                contact = known.get((source.name, channel.name))
                if contact is None and self.source_states.read_once(source.name):
                    meet_all(source, [channel], self.articles, self.source_states, now)
                elif contact and channel.live and not contact.live:
                    went_live = True
                    self.source_states.meet(Contact(source=source.name, channel=channel.name, live=True, since=now))
                elif contact and contact.live and not channel.live:
                    self.source_states.meet(
                        Contact(
                            source=source.name,
                            channel=channel.name,
                            live=False,
                            since=contact.since,
                            admitted=contact.admitted,
                        )
                    )
            if went_live:
                news.append(
                    Say(
                        f"Channel {channel.name} is live from now on: only what comes from now on goes out.",
                        f"القناة {channel.name} مفعّلة من الآن: لا يخرج فيها إلا ما يصل من الآن.",
                    )
                )
        return news
