"""A worker (PostgreSQL) is frozen in the middle of a call until another has taken over and ended its work, then woken.

It must write nothing and send nothing twice. What it finds in its socket when it wakes is the answer to an old call.
"""

import random
import signal
import sys
import time
from typing import Any

from bench.acceptance import DESK, FREELY, QUICK_LOOK, Bars, Room, counts, judge, many_machines, unanswered
from tests.newsrooms import kept, stop, until

SERVERS = ("telegram", "x", "smtp")
DELAY = 0.8  # of the servers
WATCHED = 5.0  # seconds after the waking


def written(made: Room) -> list[Any]:
    """All that a lane writes, save the leases."""
    tables = {"deliveries": "id", "segments": "delivery_id, n", "receipts": "delivery_id, n", "attempts": "id"}
    return [made.ask(f"select * from {table} order by {order}") for table, order in tables.items()]


def main() -> int:
    given = counts(__doc__, times=5, seed=random.randrange(10**6))
    print(f"--seed {given.seed}")
    rng, bars = random.Random(given.seed), Bars()
    wrote = sent = lanes = 0
    with many_machines("--twice", delay=DELAY) as made:
        quick = 'timeout = "2s"'
        made.channels(common=quick, telegram="\n".join([DESK, QUICK_LOOK, FREELY]), x=QUICK_LOOK, email=FREELY)
        clock = made.start("clock")
        until(made.is_up, 20)
        first = made.start("worker", "--quiet")
        made.bring(0)
        if not until(lambda: made.is_at_rest(3), 60):
            raise SystemExit(made.log)
        for number in range(1, given.times + 1):
            made.bring(number)
            until(lambda number=number: len(made.states()) == 3 * (number + 1), 20)
            time.sleep(rng.uniform(0.0, 2.5))
            until(lambda: unanswered(made), 10, every=0.005)
            time.sleep(rng.uniform(0.1, DELAY - 0.1))  # the call has left: what a lane checks last lies before it
            first.send_signal(signal.SIGSTOP)
            lanes += len(set(unanswered(made).values()))
            second = made.start("worker", "--quiet")
            if not until(lambda number=number: made.is_at_rest(3 * (number + 1)), 120, every=0.2):
                print(made.log[-3000:])
            before, there = written(made), [len(kept(made.ports["keep"], name)) for name in SERVERS]
            first.send_signal(signal.SIGCONT)
            time.sleep(WATCHED)
            after = written(made)
            wrote += after != before
            for old, new in zip(before, after, strict=True):
                for row in set(map(repr, new)) - set(map(repr, old)):
                    print(f"       {row[:400]}")
            sent += [len(kept(made.ports["keep"], name)) for name in SERVERS] != there
            stop(second)
        codes = {stop(first), stop(clock)}
        found = judge(made, given.times + 1)
        print(f"     frozen {given.times} times, with {lanes} calls on their way")
        bars.hold("wakings after which it wrote", wrote, "0", ok=not wrote)
        bars.hold("wakings after which it sent", sent, "0", ok=not sent)
        bars.judged(found)
        bars.hold("all processes end with", codes, "{0}", ok=codes == {0})
    return bars.end()


if __name__ == "__main__":
    sys.exit(main())
