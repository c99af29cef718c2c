"""What an editor asks for what is out, or may be: retract, correct, settle a doubt. The lane carries it out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.amendment import Kind
from bot.domain.article import Article
from bot.domain.channel import Channel, Receipt
from bot.domain.delivery import STATES, Delivery, SegmentState, State
from bot.domain.errors import NotFound, Refused
from bot.domain.lane import Amendments, Doubts
from bot.domain.ports import Formatter, Outbox
from bot.domain.say import Say
from bot.pipeline.compose import draft
from bot.pipeline.desk import CANCELLED_BY_HAND

RETRACTING = Say("An editor takes it back.", "يسحبها محرر.")
CORRECTION = Say("A correction by an editor.", "تصحيح من محرر.")


_OPEN = (State.HELD, State.QUEUED, State.SENDING, State.UNSURE)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was asked of one channel."""

    channel: str
    amendments: tuple[int, ...] = ()
    deliveries: tuple[int, ...] = ()
    say: Say | None = None  # what is done without the lane


@dataclass(frozen=True, kw_only=True)
class Mender:
    """Asks the lanes to mend what is out."""

    outbox: Outbox
    doubts: Doubts
    amendments: Amendments
    formatter: Formatter
    word: str  # before the title of a correction
    repost: frozenset[str]  # channels on X where a correction takes the post's place

    def retract(self, delivery: Delivery, now: datetime) -> Asked:
        """Take a delivery back: what waits is cancelled, what is out is deleted. Raises Refused."""
        if delivery.state is State.RETRACTED:
            raise Refused(f"Delivery {delivery.id} is taken back already.", f"الإرسال {delivery.id} مسحوب من قبل.")
        if delivery.service == "email" and not delivery.preview and _out(delivery):
            raise Refused(
                f"{delivery.channel}: a mail that is out cannot be called back; `nashir correct` stores a correction.",
                f"{delivery.channel}: لا يمكن سحب بريد خرج؛ الأمر `nashir correct` يحفظ تصحيحا له.",
            )
        waiting = (State.HELD, State.QUEUED, State.SENDING, State.FAILED)
        stopped = self.outbox.change(delivery.id, waiting, State.CANCELLED, CANCELLED_BY_HAND, now)
        # from here on nothing more of it begins; what began since it was read is seen now
        delivery = self.outbox.get(delivery.id) or delivery
        if not _out(delivery):
            if stopped:
                return Asked(
                    channel=delivery.channel,
                    say=Say(
                        f"{delivery.channel}: nothing was out; it is cancelled.", f"{delivery.channel}: لم تخرج؛ أُلغيت."
                    ),
                )
            raise Refused(
                f"Delivery {delivery.id} is {delivery.state}: nothing of it is out.",
                f"حال الإرسال {delivery.id} «{STATES[delivery.state]}»: لم يخرج منه شيء.",
            )
        asked = self.amendments.ask(delivery, Kind.RETRACT, None, delivery.version, now)
        if asked is None:
            raise Refused(
                f"Delivery {delivery.id} is being taken back already.", f"الإرسال {delivery.id} قيد السحب من قبل."
            )
        return Asked(channel=delivery.channel, amendments=asked[:1])

    def correct(self, article: Article, channel: Channel, now: datetime) -> Asked:
        """Put the newest version of an article where an older one is out. Raises NotFound, Refused, FormatError."""
        known = self.outbox.of_article(article.id, channel.name, not channel.live)
        out = next((d for d in known if d.state is State.SENT and not d.occasion.startswith("correction:")), None)
        if out is None:
            raise NotFound(
                f"{channel.name}: nothing of article {article.id} is out.",
                f"{channel.name}: لم يخرج شيء من المادة {article.id}.",
            )
        occasion = f"correction:{article.version}"
        newest = f"{channel.name}: the newest version ({article.version}) is out already."
        latest = Refused(newest, f"{channel.name}: أحدث نسخة ({article.version}) منشورة من قبل.")
        if out.version >= article.version or any(d.occasion == occasion for d in known):
            raise latest
        if channel.service == "email" and channel.live:
            if not self.amendments.note_correction(channel.name, article.id, article.version, article.title, now):
                raise latest
            return Asked(
                channel=channel.name,
                say=Say(
                    f"{channel.name}: a mail cannot be changed; the correction is kept for the next edition.",
                    f"{channel.name}: لا يمكن تغيير بريد خرج؛ حُفظ التصحيح للعدد القادم.",
                ),
            )
        if channel.service == "x" and channel.live:
            return self._on_x(article, channel, out, occasion, now) or self._refuse(latest)
        return self._in_place(article, channel, known, out, occasion, now)

    def _on_x(self, article: Article, channel: Channel, out: Delivery, occasion: str, now: datetime) -> Asked | None:
        """Under the first post, as a reply that says so; or in its place."""
        if channel.name in self.repost:
            fresh = draft(article, channel, self.formatter, reason=CORRECTION, due_at=now, occasion=occasion)
            asked = self.amendments.ask(out, Kind.RETRACT, None, out.version, now, then=fresh)
            return Asked(channel=channel.name, amendments=asked[:1], deliveries=asked[1:]) if asked else None
        said = replace(article, title=f"{self.word}: {article.title}")
        fresh = draft(
            said, replace(channel, mode="short"), self.formatter, reason=CORRECTION, due_at=now, occasion=occasion
        )
        first = out.segments[0].receipt
        id_ = self.outbox.add(replace(fresh, reply_to=first.remote_id if first else None), now)
        return Asked(channel=channel.name, deliveries=(id_,)) if id_ else None

    def _in_place(
        self, article: Article, channel: Channel, known: Sequence[Delivery], out: Delivery, occasion: str, now: datetime
    ) -> Asked:
        """Each message edited; what is more than there was follows as messages of its own. Raises Refused."""
        fresh = draft(article, channel, self.formatter, reason=CORRECTION, due_at=now, occasion=occasion)
        segments, there = fresh.post.segments, len(out.post.segments)
        here, more = segments[:there], segments[there:]
        last = out.segments[there - 1].receipt
        rest = replace(fresh, post=replace(fresh.post, segments=more), reply_to=last.remote_id if last else None)
        edited = replace(fresh.post, segments=here)
        asked = self.amendments.ask(out, Kind.EDIT, edited, article.version, now, then=rest if more else None)
        if asked is None:
            raise Refused(
                f"{channel.name}: an earlier correction is on its way; ask again when it is done.",
                f"{channel.name}: تصحيح سابق في طريقه؛ أعد الطلب حين يتم.",
            )
        older = [d for d in known if d.occasion.startswith("correction:") and d.state is not State.RETRACTED]
        gone = [number for d in older for number in self._taken_away(d, now)]  # what followed an earlier correction
        return Asked(channel=channel.name, amendments=(asked[0], *gone), deliveries=asked[1:])

    def _taken_away(self, delivery: Delivery, now: datetime) -> tuple[int, ...]:
        try:
            return self.retract(delivery, now).amendments
        except Refused:  # it is not out, or goes already
            return ()

    @staticmethod
    def _refuse(refused: Refused) -> Asked:
        raise refused

    def said_out(self, delivery: Delivery, remote_id: str, now: datetime) -> None:
        """An editor's word that the segment in doubt is out; the rest of its thread goes on. Raises Refused."""
        if delivery.state is not State.UNSURE:
            raise _not_unsure(delivery)
        number = remote_id.rstrip("/").rpartition("/")[2].partition("?")[0]
        form = r"[\w@.<>+-]+" if delivery.preview or delivery.service == "email" else r"\d+"
        if remote_id and not re.fullmatch(form, number):
            raise Refused(
                f"{remote_id}: --id takes the number of the post, or its address.",
                f"{remote_id}: الخيار --id يأخذ رقم المنشور أو عنوانه.",
            )
        rest = any(row.state is SegmentState.WAITING for row in delivery.segments)
        if rest and not number:
            raise Refused(
                f"Delivery {delivery.id} has more segments, which go under this one: add --id with the number or the "
                "address of the post.",
                f"للإرسال {delivery.id} مقاطع تتبع هذا: أضف --id برقم المنشور أو عنوانه.",
            )
        url = remote_id if "://" in remote_id else ""
        if not self.doubts.said_out(delivery, Receipt(remote_id=number, url=url), now):
            raise _not_unsure(delivery)


def all_of(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Those of an article's deliveries that can be taken back, newest first: for real, or else the previews."""
    there = [d for d in reversed(deliveries) if d.state is not State.RETRACTED and (_out(d) or d.state in _OPEN)]
    return [d for d in there if not d.preview] or there


def _out(delivery: Delivery) -> bool:
    return any(row.state is not SegmentState.WAITING for row in delivery.segments)


def _not_unsure(delivery: Delivery) -> Refused:
    return Refused(
        f"Delivery {delivery.id} is {delivery.state}, not unsure.",
        f"حال الإرسال {delivery.id} «{STATES[delivery.state]}» وليس «غير مؤكد».",
    )
