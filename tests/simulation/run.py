"""One seed is one run: rough times with editors at work, then calm until nothing moves, then the invariants."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.delivery import State
from bot.domain.errors import BotError
from bot.domain.say import Say
from bot.pipeline import desk
from bot.store.ledger import LedgerStore
from tests.simulation.world import LAG, RESOLVE_AFTER, TIMEOUT, SimDatabase, World

STEPS = 18
ACTS = ("hold", "release", "cancel", "retry", "resume", "stop", "start", "correct", "settle")
OFTEN = ("pause", "retract")
WHY = Say("an editor", "محرر")


def run(seed: int, database: SimDatabase, *, ledger: type[LedgerStore] = LedgerStore) -> World:
    """Live through one seed; raises Broken where an invariant does not hold."""
    world = World(seed, database, ledger=ledger)
    first_contact(world)
    for _ in range(STEPS):
        something(world)
    calm(world)
    world.checks.at_the_end()
    return world


def first_contact(world: World) -> None:
    """The feed is met empty, so that all that comes later is news."""
    world.rough = False
    world.processes[0].work()
    world.pass_time(1)
    world.rough = True


def something(world: World) -> None:
    """One thing happens."""
    rng = world.rng
    world.pass_time(rng.choice([0.5, 1, 1, 5, 20, 60]))
    what = rng.random()
    if what < 0.25 and len(world.feed.items) < 3:
        for _ in range(rng.choice([1, 1, 3])):
            world.feed.add(urgent=rng.random() < 0.4)
    elif what < 0.29:
        world.feed.change()
    elif what < 0.50:
        editor(world)
    elif what < 0.53:
        world.jump(rng.choice([-3600, -90, 45, 120, 1800]))
    elif what < 0.56:
        rng.choice(list(world.services.values())).lag = rng.uniform(0, LAG)
    else:
        rng.choice(world.processes).work()


def editor(world: World) -> None:
    """An editor does something to a delivery or to a lane; what is refused is refused."""
    rng, now = world.rng, world.wall
    known = world.all_deliveries()
    act = rng.choice(
        ["hold", "release", "cancel", "retry", "pause", "resume", "stop", "start", "retract", "correct", "settle"]
    )
    channel = rng.choice(list(world.channels))
    try:
        if act in ("pause", "resume"):
            world.lanes.pause(channel, WHY, now) if act == "pause" else world.lanes.resume(channel, now)
        elif act in ("stop", "start"):
            world.lanes.pause(None, WHY, now) if act == "stop" else world.lanes.resume(None, now)
        elif act == "correct":
            article = rng.choice(world.articles.of_source(world.feed.name)).article
            world.mender.correct(article, world.channels[channel], now)
        elif known:
            delivery = rng.choice(known)
            if act == "retract":
                world.mender.retract(delivery, now)
            elif act == "retry":
                desk.retry(delivery.id, world.articles, world.outbox, now)
            elif act == "settle":
                settle(world)
            else:
                getattr(desk, act)(delivery.id, world.outbox, now)
    except (BotError, IndexError):
        pass


def settle(world: World) -> None:
    """An editor looks at the channel of what is unsure, after a while, and says what is there."""
    world.pass_time(TIMEOUT + RESOLVE_AFTER)
    for delivery in world.outbox.listing([State.UNSURE], 3):
        (row,) = [row for row in delivery.segments if row.state == "sending"]
        key = delivery.post.segments[row.n].key
        posts = [post for post in world.services[delivery.channel].posts if post.key == key]
        if posts:
            world.mender.said_out(delivery, str(posts[0].id), world.wall)
        else:
            desk.retry(delivery.id, world.articles, world.outbox, world.wall, not_sent=True)


def calm(world: World) -> None:
    """Everything behaves, everybody is let go on, until nothing moves any more."""
    world.rough = False
    for service in world.services.values():
        service.lag = 0.0
    for channel in (None, *world.channels):
        world.lanes.resume(channel, world.wall)
    world.pass_time(60)
    fetches, quiet = world.feed.fetches, 0
    for round_ in range(400):  # ever longer: after a clock was put back, an hour is waited for
        world.rounds, world.ticked = round_, 0
        for process in world.processes:
            process.work()
        waits = world.outbox.count([State.QUEUED, State.SENDING])
        times = [world.lanes.next_at()]
        if world.feed.fetches == fetches:
            times += [standing.next_at for standing in world.sources.standing([world.feed.name])]
        soon = min(filter(None, times), default=None)
        busy = waits or soon or world.lanes.due(world.wall + timedelta(seconds=1))
        quiet = 0 if busy else quiet + bool(world.ticked)  # the lease of a dead clock is waited for
        if quiet > 4:  # in which everything was chosen anew at least once
            return
        world.pass_time(min(max((soon - world.wall).total_seconds(), 5 + round_), 4000) if soon else 10)
