"""The desk's acts: each checks who may do it, does it by one function, and writes who did what. All doors come here."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from bot.domain.article import Article
from bot.domain.channel import Channel, Health
from bot.domain.delivery import Delivery, State
from bot.domain.errors import FormatError, NotFound, Refused
from bot.domain.lane import Lanes
from bot.domain.person import ROLE_WORDS, Actor, NotAllowed, Role
from bot.domain.ports import Articles, Editions, Formatter, Now, Outbox
from bot.domain.post import Post
from bot.domain.say import Say
from bot.pipeline import desk
from bot.pipeline.compose import after_embargo
from bot.pipeline.mend import Asked, Mender
from bot.pipeline.rights import RIGHTS
from bot.pipeline.selection import is_breaking

PAUSED = Say("Paused by an editor.", "أوقفها محرر مؤقتا.")
STOPPED = Say("An editor stopped all sending.", "أوقف محرر الإرسال كله.")
SENT_NOW = Say("Sent at once by an editor.", "أرسلها محرر في الحال.")
MOVED = Say("Moved to another time by an editor.", "نقلها محرر إلى موعد آخر.")
LOOK_FIRST = Say(
    "Changed by an editor: a chief looks at it before it goes.", "عدّلها محرر: يراها رئيس التحرير قبل أن تخرج."
)
ENOUGH = Say("An editor leaves it at what is out.", "اكتفى محرر بما خرج منها.")

LATEST = timedelta(days=366)


class Log(Protocol):
    """Where acts are written down."""

    def note(
        self,
        actor: Actor,
        what: str,
        subject: str,
        now: datetime,
        article_id: str | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Write one line."""


class Conflict(Refused):
    """Somebody else changed it meanwhile; nothing was written."""


UNSEEN = Conflict(
    "It was changed after you saw it; nothing was done. Look at it, and press again.",
    "تغيّرت بعد أن رأيتها ولم يُفعل شيء؛ انظر إليها ثم اضغط من جديد.",
)


P = ParamSpec("P")
T = TypeVar("T")


def _together(act: Callable[Concatenate["Office", P], T]) -> Callable[Concatenate["Office", P], T]:
    """An act and its line in the log are one transaction; what it sets going is looked at after that."""

    @wraps(act)
    def whole(self: "Office", /, *args: P.args, **given: P.kwargs) -> T:
        with self.together():
            found = act(self, *args, **given)
        self.hurry()
        return found

    return whole


@dataclass(frozen=True, kw_only=True)
class Office:
    """What editors do, through any door."""

    channels: Mapping[str, Channel]
    articles: Articles
    outbox: Outbox
    editions: Editions
    lanes: Lanes
    log: Log
    mender: Mender
    formatter: Formatter
    edited: Callable[[Delivery, Sequence[str], str | None], Post]  # in new words; raises FormatError
    now: Now
    zone: tzinfo  # the newsroom's, in which its sentences name a time
    breaking: Callable[[], Sequence[str]] = tuple  # words that make news breaking, as the sources' own
    hurry: Callable[[], None] = field(default=lambda: None)  # something may go at once
    together: Callable[[], AbstractContextManager[object]] = nullcontext  # what is written within stands or falls

    def may(self, actor: Actor, act: str, channel: str = "") -> bool:
        """Whether this person may do that (on a channel)."""
        return actor.role >= self._needed(act, channel)

    @_together
    def hold(self, actor: Actor, delivery_id: int) -> None:
        """A delivery that has not begun waits for an editor; raises NotAllowed, NotFound, Refused."""
        delivery = self._may(actor, "hold", delivery_id)
        desk.hold(delivery_id, self.outbox, self.now())
        self._note(actor, "hold", delivery)

    @_together
    def keep(self, actor: Actor, delivery_id: int) -> None:
        """An editor saw a held delivery and leaves it held; raises NotAllowed, NotFound, Refused."""
        delivery = self._may(actor, "hold", delivery_id)
        if delivery.state is not State.HELD:
            raise self._moved_on(delivery_id)
        self._note(actor, "hold", delivery, kept=True)

    @_together
    def release(self, actor: Actor, delivery_id: int, seen: int | None = None) -> None:
        """A held delivery leaves at its time, in the edition that was seen; raises NotAllowed, NotFound, Refused."""
        delivery = self._may(actor, "release", delivery_id)
        if not self.editions.release(delivery_id, actor.name, None, self.now(), edition=seen):
            raise self._moved_on(delivery_id, seen)
        self._note(actor, "release", delivery, edition=delivery.edition)

    @_together
    def send_now(self, actor: Actor, delivery_id: int, seen: int | None = None) -> None:
        """What waits, as it was seen, leaves at once or when its embargo ends; raises NotAllowed, NotFound, Refused."""
        delivery = self._may(actor, "send_now", delivery_id)
        article, now = self.articles.get(delivery.article_id), self.now()
        due = after_embargo(article, now) if article else now
        if not self.editions.release(delivery_id, actor.name, SENT_NOW, now, due_at=due, edition=seen):
            raise self._moved_on(delivery_id, seen)
        self._note(actor, "send_now", delivery, edition=delivery.edition)

    @_together
    def cancel(self, actor: Actor, delivery_id: int) -> None:
        """A delivery that is not finished does not go on; raises NotAllowed, NotFound, Refused."""
        delivery = self._may(actor, "cancel", delivery_id)
        desk.cancel(delivery_id, self.outbox, self.now())
        self._note(actor, "cancel", delivery)

    @_together
    def retry(self, actor: Actor, delivery_id: int, *, not_sent: bool = False) -> None:
        """Try again; an unsure one on the word that it is not out. Raises NotAllowed, NotFound, Refused."""
        delivery = self._may(actor, "settle" if not_sent else "retry", delivery_id)
        if delivery.state in (State.CANCELLED, State.EXPIRED):  # it goes as one that is released
            self._allow(actor, "release", delivery.channel)
        desk.retry(delivery_id, self.articles, self.outbox, self.now(), not_sent=not_sent)
        self._note(actor, "not_sent" if not_sent else "retry", delivery)

    @_together
    def said_out(self, actor: Actor, delivery_id: int, remote_id: str = "") -> None:
        """The word that what is in doubt is out; raises NotAllowed, NotFound, Refused."""
        delivery = self._may(actor, "settle", delivery_id)
        self.mender.said_out(delivery, remote_id, self.now())
        self._note(actor, "said_out", delivery, id=remote_id)

    @_together
    def enough(self, actor: Actor, delivery_id: int) -> None:
        """Leave a thread that stopped half-way at what is out; raises NotAllowed, NotFound, Refused."""
        delivery = self._may(actor, "enough", delivery_id)
        if not self.editions.end_short(delivery_id, ENOUGH, self.now()):
            raise self._moved_on(delivery_id)
        self._note(actor, "enough", delivery)

    def edit(
        self, actor: Actor, delivery_id: int, edition: int, texts: Sequence[str], subject: str | None = None
    ) -> Delivery:
        """Other words for what waits; raises NotAllowed, NotFound, FormatError, Conflict."""
        delivery = self._may(actor, "edit", delivery_id)
        return self.put(actor, "edit", delivery, edition, self.edited(delivery, texts, subject), subject or "")

    def put(
        self, actor: Actor, what: str, delivery: Delivery, edition: int, post: Post, title: str = "", **detail: Any
    ) -> Delivery:
        """Another post in the place of what waits; raises Refused, Conflict. The caller has seen that the actor may."""
        title, now = title.strip() or delivery.title, self.now()
        held = None if self.may(actor, "release", delivery.channel) else LOOK_FIRST
        detail |= {"before": [s.text for s in delivery.post.segments], "after": [s.text for s in post.segments]}
        with self.together():
            if self.editions.rewrite(delivery.id, edition, post, title, actor.name, now, held):
                self._note(actor, what, delivery, edition=edition + 1, **detail)
                return desk.found(delivery.id, self.outbox)
            self._note(actor, "edit_late", delivery, after=detail["after"])
        raise self._conflict(desk.found(delivery.id, self.outbox))

    @_together
    def schedule(self, actor: Actor, delivery_id: int, edition: int, at: datetime, slot: str | None = None) -> None:
        """Another time for what waits; raises NotAllowed, NotFound, Refused, Conflict."""
        delivery, now = self._may(actor, "schedule", delivery_id), self.now()
        if at < now:
            raise Refused("That time has passed.", "هذا الموعد فات.")
        if at > now + LATEST:
            raise Refused("That is more than a year ahead.", "هذا الموعد بعد أكثر من سنة.")
        article = self.articles.get(delivery.article_id)
        if article and article.embargoed_until and at < article.embargoed_until:
            ends = article.embargoed_until.astimezone(self.zone).isoformat(" ", "minutes")
            ends = ends if actor.door == "api" else ends[:16]  # a program may be on another clock: the offset is for it
            raise Refused(f"Its embargo ends later, at {ends}.", f"حظر نشرها ينتهي بعد هذا الموعد: {ends}.")
        if not self.editions.schedule(delivery_id, edition, at, slot, MOVED, now):
            raise self._conflict(desk.found(delivery_id, self.outbox))
        self._note(actor, "schedule", delivery, before=delivery.due_at.isoformat(), after=at.isoformat())

    @_together
    def urgent(self, actor: Actor, delivery_id: int, edition: int, on: bool) -> None:
        """Whether what waits goes as breaking news; raises NotAllowed, NotFound, Conflict."""
        delivery = self._may(actor, "urgent", delivery_id)
        if not self.editions.urgent(delivery_id, edition, on, self.now()):
            raise self._conflict(desk.found(delivery_id, self.outbox))
        self._note(actor, "urgent", delivery, on=on)

    def publish(
        self,
        actor: Actor,
        article: Article,
        names: Sequence[str],
        *,
        again: bool = False,
        urgent: bool = False,
    ) -> dict[str, int | Say]:
        """Put an article into the outbox of each channel, due now; the number of each, or why not.

        It waits on a channel where this person may not release. Raises NotAllowed, NotFound.
        """
        self._allow(actor, "publish")
        for name in names:
            self._known(name)
        urgent = urgent or is_breaking(article, self.breaking())
        made: dict[str, int | Say] = {}
        for channel in (self.channels[name] for name in dict.fromkeys(names)):
            wait = not self.may(actor, "release", channel.name)
            try:
                with self.together():
                    id_ = desk.publish(
                        article, channel, self.formatter, self.outbox, self.now(), again=again, urgent=urgent, hold=wait
                    )
                    self._note(actor, "publish", desk.found(id_, self.outbox), urgent=urgent, waits=wait)
            except (Refused, FormatError) as error:
                made[channel.name] = error.say
            else:
                made[channel.name] = id_
        self.hurry()
        return made

    @_together
    def retract(self, actor: Actor, delivery_id: int) -> Asked:
        """Take a delivery back; raises NotAllowed, NotFound, Refused."""
        delivery = self._may(actor, "retract", delivery_id)
        asked = self.mender.retract(delivery, self.now())
        self._note(actor, "retract", delivery)
        return asked

    @_together
    def correct(self, actor: Actor, article: Article, name: str) -> Asked:
        """Put the newest version where an older one is out; raises NotAllowed, NotFound, Refused, FormatError."""
        self._allow(actor, "correct", name)
        asked = self.mender.correct(article, self.channels[name], self.now())
        detail = {"channel": name, "version": article.version}
        self.log.note(actor, "correct", f"article:{article.id}", self.now(), article.id, detail)
        return asked

    @_together
    def pause(self, actor: Actor, name: str | None) -> bool:
        """Begin nothing on a channel, or (None) on any; False where it is so already. Raises NotAllowed, NotFound."""
        self._allow(actor, "pause" if name else "stop_all")
        self._known(name)
        done = self.lanes.pause(name, PAUSED if name else STOPPED, self.now())
        if done:
            self.log.note(actor, "pause" if name else "stop_all", f"channel:{name or '*'}", self.now())
        return done

    @_together
    def resume(self, actor: Actor, name: str | None) -> bool:
        """Take a pause off, and try a broken channel again; False where there was none. Raises NotAllowed, NotFound."""
        self._allow(actor, "resume" if name else "start_all")
        self._known(name)
        done = self.lanes.resume(name, self.now())
        if name and self.lanes.health(name).down:
            self.lanes.set_health(Health(channel=name), self.now())
            done = True
        if done:
            self.log.note(actor, "resume" if name else "start_all", f"channel:{name or '*'}", self.now())
        return done

    def _needed(self, act: str, channel: str) -> Role:
        known = self.channels.get(channel)
        if act in ("release", "send_now", "correct") and known and known.approval == "chief":
            return Role.CHIEF
        return RIGHTS[act]

    def _allow(self, actor: Actor, act: str, channel: str = "") -> None:
        needed = self._needed(act, channel)
        if actor.role < needed:
            raise NotAllowed(
                f"{actor.name} may not do that; it takes the role {needed.word}.",
                f"لا يحق هذا لحساب {actor.name}؛ يلزمه دور «{ROLE_WORDS[needed]}».",
            )

    def allow(self, actor: Actor, act: str) -> None:
        """Raises NotAllowed where this person may not do that."""
        self._allow(actor, act)

    def _may(self, actor: Actor, act: str, delivery_id: int) -> Delivery:
        delivery = desk.found(delivery_id, self.outbox)
        self._allow(actor, act, delivery.channel)
        return delivery

    def _known(self, name: str | None) -> None:
        if name is not None and name not in self.channels:
            raise NotFound(f"There is no channel {name}.", f"لا قناة اسمها {name}.")

    def _note(self, actor: Actor, what: str, delivery: Delivery, **detail: Any) -> None:
        detail |= {"channel": delivery.channel, "state": delivery.state}
        self.log.note(actor, what, f"delivery:{delivery.id}", self.now(), delivery.article_id, detail)

    def _moved_on(self, delivery_id: int, seen: int | None = None) -> Refused:
        delivery = desk.found(delivery_id, self.outbox)
        if seen is not None and delivery.edition != seen and delivery.state in (State.HELD, State.QUEUED):
            return UNSEEN
        return desk.cannot(delivery)

    def _conflict(self, delivery: Delivery) -> Refused:
        if delivery.state not in (State.HELD, State.QUEUED):
            return self._moved_on(delivery.id)
        by = delivery.edited_by
        return Conflict(
            f"{by or 'Somebody'} changed it meanwhile; your text was not written. Compare, and save again.",
            f"غيّرها {by or 'غيرك'} في هذه الأثناء ولم يُحفظ نصك؛ قارن ثم احفظ من جديد.",
        )
