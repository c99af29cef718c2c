"""What must hold in every world, checked against what the services hold."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from bot.domain.amendment import Kind, Progress
from bot.domain.delivery import OPEN, Delivery, SegmentState, State
from bot.domain.post import Segment
from bot.store.tables import amendments, attempts, deliveries, lanes

if TYPE_CHECKING:
    from tests.simulation.world import Service, World

A_MINUTE = timedelta(minutes=1)


class Broken(BaseException):
    """An invariant does not hold; no lane takes it for a fault of its service."""


class Checks:
    """The invariants of one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.walls: dict[str, list[datetime]] = {}

    def begun(self, service: Service, segment: Segment) -> None:
        """At each call, as the service sees it: is this one allowed to be made now?"""
        world, name = self.world, service.channel.name
        with world.database.read() as db:
            paused = db.execute(
                select(lanes.c.channel).where(lanes.c.channel.in_([name, "*"]), lanes.c.paused_at.is_not(None))
            ).first()
        if paused:
            raise Broken(f"paused: {name} sends {segment.key}")
        channel, subject, occasion, number = _parts(segment.key)
        delivery = self.find(channel, subject, occasion)
        if delivery is None:
            raise Broken(f"unknown: {segment.key} is in no outbox")
        at = self.began_at(delivery.id, number)
        if number == 0 and delivery.expires_at and delivery.expires_at <= at:
            raise Broken(f"expired: {segment.key} is sent after its time")
        if number == 0 and not delivery.urgent:
            self.urgent_first(delivery)
        walls = self.walls.setdefault(name, [])
        walls.append(at)
        near = [each for each in walls if at - A_MINUTE < each <= at]
        if len(near) > service.per_minute:
            raise Broken(f"limit: {len(near)} calls of {name} in a minute, {service.per_minute} are allowed")

    def began_at(self, delivery_id: int, n: int) -> datetime:
        """The time that was committed for this call: what may be is decided then, the call follows at once."""
        this = (attempts.c.delivery_id == delivery_id) & (attempts.c.n == n)
        with self.world.database.read() as db:
            at = db.execute(select(attempts.c.began_at).where(this).order_by(attempts.c.id.desc()).limit(1)).scalar()
        if at is None:
            raise Broken(f"proof: segment {n} of {delivery_id} is sent without a word of it")
        return at

    def urgent_first(self, delivery: Delivery) -> None:
        """Nothing urgent that was ready when this lane chose is left behind."""
        world = self.world
        held_up, now = world.chosen[world.who(), delivery.channel]
        if world.held_up != held_up:
            return  # something else happened since the lane chose
        d = deliveries.c
        with world.database.read() as db:
            rows = db.execute(
                select(d.id, d.not_before, d.expires_at).where(
                    d.channel == delivery.channel, d.urgent, d.state == State.QUEUED, d.due_at <= now
                )
            ).all()
        for row in rows:
            ready = row.not_before is None or row.not_before <= now
            if ready and (row.expires_at is None or row.expires_at > now):
                raise Broken(f"urgent: {delivery.id} goes before {row.id}, which is urgent")

    def find(self, channel: str, subject: str, occasion: str) -> Delivery | None:
        """The delivery of a segment's key."""
        found = self.world.outbox.of_article(subject.partition(":")[2], channel, False)
        return next((d for d in found if d.occasion == occasion), None)

    def at_the_end(self) -> None:
        """When all is calm and nothing moves any more."""
        world = self.world
        known = world.all_deliveries()
        for delivery in known:
            self._one(delivery)
        for service in world.services.values():
            if service.late:
                raise Broken("the world did not come to rest")
            twice = [key for key, count in Counter(p.key for p in service.posts).items() if count > 1]
            if twice:
                raise Broken(f"doubled: {twice} on {service.channel.name}")
            keys = {f"{d.channel}/{d.subject}/{d.occasion}" for d in known}
            for post in service.posts:
                if post.key.rpartition("/")[0] not in keys:
                    raise Broken(f"unknown: {post.key}")
        self._nothing_lost(known)
        self._amended()

    def _one(self, delivery: Delivery) -> None:
        world = self.world
        service = world.services[delivery.channel]
        base = f"{delivery.channel}/{delivery.subject}/{delivery.occasion}"
        out = {_parts(p.key)[3]: p for p in service.posts if p.key.rpartition("/")[0] == base}
        name = f"{delivery.id} ({base}, {delivery.state}, out {sorted(out)})"
        first = min((row.n for row in delivery.segments), default=0)
        if sorted(out) != list(range(first, first + len(out))):
            raise Broken(f"threads: {name} has a gap")
        for n, post in out.items():
            parent = str(out[n - 1].id) if n - 1 in out else delivery.reply_to
            if post.parent != parent:
                raise Broken(f"threads: segment {n} of {name} hangs under {post.parent}, not {parent}")
        proved = {row.n: row.receipt.remote_id for row in delivery.segments if row.receipt}
        for n, remote_id in proved.items():
            if n not in out or str(out[n].id) != remote_id:
                raise Broken(f"proof: segment {n} of {name} has a receipt for what is not there")
        whole = len(out) == len(delivery.segments)
        ended = self._refused_replies(delivery.id)
        if delivery.state is State.SENT and not (whole or ended):
            raise Broken(f"lost: {name} counts as sent")
        if delivery.state in OPEN and delivery.state is not State.HELD:
            raise Broken(f"stuck: {name}: {delivery.note}")
        if delivery.state is State.EXPIRED and out:
            raise Broken(f"expired: {name} is out")
        if delivery.state is State.RETRACTED and any(not p.deleted for p in out.values()):
            raise Broken(f"retracted: {name} is still there")
        unproved = [n for n in out if n not in proved]
        if unproved and delivery.state is not State.UNSURE:
            raise Broken(f"proof: {name} is out without a receipt")
        if delivery.state is State.UNSURE:
            self._justified(delivery, name)

    def _refused_replies(self, delivery_id: int) -> bool:
        """Whether the service ended this thread; a correction has written another note since."""
        query = select(attempts.c.reason).where(attempts.c.delivery_id == delivery_id, attempts.c.outcome == "not_out")
        with self.world.database.read() as db:
            return any("no replies" in reason["en"] for reason in db.execute(query).scalars() if reason)

    def _justified(self, delivery: Delivery, name: str) -> None:
        """What stays unsure could not be looked up."""
        doubtful = [row.n for row in delivery.segments if row.state is SegmentState.SENDING]
        if len(doubtful) != 1:
            raise Broken(f"unsure: {name} has {len(doubtful)} segments in doubt")
        service = self.world.services[delivery.channel]
        said = delivery.note.en if delivery.note else ""
        if service.searchable and "no known id" not in said:
            raise Broken(f"unsure: {name} could have been looked up: {said}")

    def _nothing_lost(self, known: list[Delivery]) -> None:
        """Every article that came after the first contact has a delivery on each channel, or a reason."""
        world = self.world
        met = {contact.channel: contact for contact in world.sources.contacts()}
        there = {(d.article_id, d.channel) for d in known}
        for candidate in world.articles.of_source(world.feed.name):
            id_ = candidate.article.id
            decided = {decision.channel for decision in world.outbox.decisions(id_)}
            for channel in world.channels:
                contact = met.get(channel)
                new = contact is not None and candidate.first_seen > contact.since
                if new and (id_, channel) not in there and channel not in decided:
                    raise Broken(f"lost: article {id_} has no delivery on {channel} and no reason")
        seen = {c.article.guid for c in world.articles.of_source(world.feed.name)}
        missing = {item.guid for item in world.feed.items} - seen
        if missing:
            raise Broken(f"lost: items {missing} of the feed were never kept")

    def _amended(self) -> None:
        world = self.world
        with world.database.read() as db:
            rows = db.execute(select(amendments.c.id, amendments.c.state)).all()
        for row in rows:
            amendment = world.amendments.get(row.id)
            assert amendment is not None
            if amendment.state is Progress.OPEN:
                raise Broken(f"stuck: amendment {row.id} of {amendment.delivery.id}")
            if amendment.kind is Kind.EDIT and amendment.state is Progress.DONE and amendment.post:
                if amendment.delivery.version != amendment.version:
                    continue  # a later one stands there
                service = world.services[amendment.delivery.channel]
                texts = {str(p.id): p.text for p in service.posts}
                for line, segment in zip(amendment.delivery.segments, amendment.post.segments, strict=False):
                    if line.receipt and texts[line.receipt.remote_id] != segment.text:
                        raise Broken(f"corrected: segment {line.n} of {amendment.delivery.id} reads as before")


def _parts(key: str) -> tuple[str, str, str, int]:
    channel, subject, occasion, number = key.split("/")
    return channel, subject, occasion, int(number)
