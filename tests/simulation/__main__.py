"""`python -m tests.simulation --seeds N --from SEED`: the soak. A seed that fails is printed, and replays exactly."""

import argparse
import gc
import logging
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import structlog

from tests.simulation.invariants import Broken
from tests.simulation.run import run
from tests.simulation.world import fresh_database

TOGETHER = 250


def quiet() -> None:
    """Nothing is logged in this process, and what it holds from the start is not searched for rubbish again."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)


def some(first: int, count: int) -> list[str]:
    """The failures among these seeds."""
    database, found = fresh_database(), []
    for seed in range(first, first + count):
        try:
            run(seed, database)
        except (Exception, Broken) as error:  # whatever breaks names its seed
            found.append(f"seed {seed}: {type(error).__name__}: {error}")
    return found


def main() -> int:
    """Run them, with progress; 1 where one failed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    began, done, failures = time.monotonic(), 0, []
    with ProcessPoolExecutor(given.jobs, initializer=quiet) as pool:
        parts = [
            (at, min(TOGETHER, given.first + given.seeds - at))
            for at in range(given.first, given.first + given.seeds, TOGETHER)
        ]
        for (_, count), found in zip(parts, pool.map(some, *zip(*parts, strict=True)), strict=True):
            done += count
            failures += found
            for line in found:
                print(line, flush=True)
            rate = done / (time.monotonic() - began)
            print(
                f"{done} of {given.seeds} seeds, {len(failures)} failed, {rate:.0f} a second",
                file=sys.stderr,
                flush=True,
            )
    print(f"{given.seeds} seeds from {given.first}: {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
