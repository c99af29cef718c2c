"""kill -9 of one random worker of three, many times (PostgreSQL, two clocks), while articles go to three servers."""

import random
import signal
import statistics
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bench.acceptance import Bars, Room, counts, judge, many_machines, unanswered
from tests.newsrooms import stop, until

TIMEOUT = 5.0  # of the channels, seconds
MARGIN = 10.0


@dataclass
class Orphans:
    """How long lanes whose worker died wait for the next one."""

    room: Room
    waits: list[tuple[str, float]] = field(default_factory=list)
    _watched: dict[str, tuple[int, datetime, datetime]] = field(default_factory=dict)  # token, lease's end, death

    def _leases(self) -> dict[str, tuple[int, datetime]]:
        rows = self.room.ask("select name, token, until from leases where kind = 'lane'")
        return {row.name: (row.token, row.until) for row in rows}

    def watch(self) -> None:
        """A worker has died: any lane that is held now may have been its own."""
        now = datetime.now(UTC)
        for lane, (token, end) in self._leases().items():
            if end > now:
                self._watched.setdefault(lane, (token, end, now))

    def look(self) -> None:
        """A lease that ran out untouched and is held anew was the dead one's; any other was a living one's."""
        now = datetime.now(UTC)
        for lane, (token, end) in self._leases().items():
            old = self._watched.get(lane)
            if old is None or (token, end) == old[:2]:
                continue
            if token > old[0] and now >= old[1]:
                self.waits.append((lane, (now - old[2]).total_seconds()))
            del self._watched[lane]

    def rest(self, seconds: float) -> None:
        """Look for so long."""
        until(lambda: self.look(), seconds)


def fresh(made: Room) -> set[int]:
    """Calls that began in the last moments: those of the living, too, may have no answer yet."""
    rows = made.ask("select id from attempts where began_at > now() - interval '0.4 seconds'")
    return {row.id for row in rows}


def main() -> int:
    given = counts(__doc__, kills=30, articles=30, seed=random.randrange(10**6))
    print(f"--seed {given.seed}; one article goes out in peace first: Telegram's very first message could not be found")
    rng, bars = random.Random(given.seed), Bars()
    doubtful: dict[int, str] = {}  # calls that a kill left without an answer
    in_call = amid = 0
    with many_machines("--twice") as made:
        clocks = [made.start("clock")]
        until(made.is_up, 20)  # it makes the engine's tables
        clocks.append(made.start("clock"))
        workers = [made.start("worker", "--quiet") for _ in range(3)]
        made.bring(0)
        if not until(lambda: made.is_at_rest(3), 90):
            raise SystemExit(made.log)
        orphans = Orphans(made)
        for kill in range(given.kills):
            for number in range(given.articles * kill // given.kills, given.articles * (kill + 1) // given.kills):
                made.bring(number + 1)
            orphans.rest(rng.uniform(1.0, 4.0))
            which = rng.randrange(3)
            workers[which].send_signal(signal.SIGKILL)
            workers[which].wait(10)
            orphans.watch()
            amid += any(state in ("queued", "sending", "unsure") for _, state in made.states())
            orphans.rest(0.5)  # the calls of the living have their answers
            before = len(doubtful)
            doubtful |= {id_: channel for id_, channel in unanswered(made).items() if id_ not in fresh(made)}
            in_call += len(doubtful) > before
            workers[which] = made.start("worker", "--quiet")
        wanted = 3 * (given.articles + 1)
        rested = until(lambda: (orphans.look(), made.is_at_rest(wanted))[1], 400, every=0.1)
        codes = {stop(process) for process in (*clocks, *workers)}
        found = judge(made, given.articles + 1)
        print(f"     {given.kills} kills, {amid} while something was to be sent, {in_call} with a call on its way")
        bars.hold("at rest after the kills, and all processes end with", codes, "{0}", ok=rested and codes == {0})
        bars.judged(found)
        mail, most = found.unsure.get("email", 0), list(doubtful.values()).count("email")
        bars.hold(
            "unsure on e-mail", mail, f"at most {most}, the kills between sending and its answer", ok=mail <= most
        )
        for what, lanes, parts in (("X or Telegram", ("x", "telegram"), 1), ("mail (three parts)", ("email",), 3)):
            waits = [seconds for lane, seconds in orphans.waits if lane in lanes]
            middle, longest, most = statistics.median(waits or [0]), max(waits, default=0), parts * TIMEOUT + MARGIN
            measured = f"{len(waits)} times, median {middle:.1f} s, longest {longest:.1f} s"
            bars.hold(f"a dead worker's lane goes on, {what}", measured, f"{most:.0f} s", ok=longest <= most)
    return bars.end()


if __name__ == "__main__":
    sys.exit(main())
