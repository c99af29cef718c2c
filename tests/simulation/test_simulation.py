"""Seeded worlds: the real pipeline over the real store, with services, processes and clocks that misbehave."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import repeat

import pytest

from tests.simulation.__main__ import quiet, some
from tests.simulation.invariants import Broken
from tests.simulation.mutants import MUTANTS
from tests.simulation.run import run
from tests.simulation.world import fresh_database

SEEDS = int(os.environ.get("NASHIR_SEEDS", "2000"))
FIRST = int(os.environ.get("NASHIR_SEED", "0"))
MOST = 2000  # seeds within which a planted bug must be found
QUICK = (0, 1, 4, 15, 17, 18, 25, 78, 131, 142, 231)  # have found one before, and are tried first
PART = 100  # seeds that one process takes at a time


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(os.cpu_count(), initializer=quiet) as workers:
        yield workers


@pytest.fixture(scope="module")
def searches(pool: ProcessPoolExecutor) -> dict[str, Future[str]]:
    return {mutant.__name__: pool.submit(seed_that_finds, mutant) for mutant in MUTANTS}


@pytest.mark.slow
def test_nothing_breaks_in_any_world(pool: ProcessPoolExecutor) -> None:
    firsts = range(FIRST, FIRST + SEEDS, PART)
    failures = [line for found in pool.map(some, firsts, repeat(PART)) for line in found]
    assert failures == [], "replay one with: python -m tests.simulation --seeds 1 --from SEED"


def test_a_seed_replays_exactly() -> None:
    def story(seed: int) -> list[object]:
        world = run(seed, fresh_database())
        posts = [(p.id, p.key, p.wall, p.deleted) for s in world.services.values() for p in s.posts]
        return [world.wall, world.mono, world.crashes, world.held_up, *posts]

    assert story(11) == story(11)
    assert story(11) != story(12)


def seed_that_finds(mutant: Callable[[pytest.MonkeyPatch], None]) -> str:
    """What the first seed that finds a planted bug says of it; empty where none does. Runs in a process of the pool."""
    database = fresh_database()
    with pytest.MonkeyPatch.context() as patch:
        mutant(patch)
        for seed in sorted(range(MOST), key=lambda seed: seed not in QUICK):
            try:
                run(seed, database)
            except Broken as found:
                return f"seed {seed}: {found}"
    return ""


@pytest.mark.parametrize("mutant", [mutant.__name__ for mutant in MUTANTS])
def test_a_planted_bug_is_found(mutant: str, searches: dict[str, Future[str]]) -> None:
    found = searches[mutant].result()
    print(mutant, found)
    assert found, f"{MOST} seeds do not find the planted bug"
