"""Seeded worlds: the real pipeline over the real store, with services, processes and clocks that misbehave."""

import logging
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest
import structlog

from tests.simulation.__main__ import some
from tests.simulation.invariants import Broken
from tests.simulation.mutants import MUTANTS
from tests.simulation.run import run
from tests.simulation.world import fresh_database

SEEDS = int(os.environ.get("NASHIR_SEEDS", "2000"))
FIRST = int(os.environ.get("NASHIR_SEED", "0"))
MOST = 2000  # seeds within which a planted bug must be found
JOBS = min(os.cpu_count() or 1, 4)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
    structlog.configure(**before)


@pytest.mark.slow
def test_nothing_breaks_in_any_world() -> None:
    part = SEEDS // JOBS + 1
    firsts = [FIRST + part * job for job in range(JOBS)]
    with ProcessPoolExecutor(JOBS) as pool:
        failures = [line for found in pool.map(some, firsts, [part] * JOBS) for line in found]
    assert failures == [], "replay one with: python -m tests.simulation --seeds 1 --from SEED"


def test_a_seed_replays_exactly() -> None:
    def story(seed: int) -> list[object]:
        world = run(seed, fresh_database())
        posts = [(p.id, p.key, p.wall, p.deleted) for s in world.services.values() for p in s.posts]
        return [world.wall, world.mono, world.crashes, world.held_up, *posts]

    assert story(11) == story(11)
    assert story(11) != story(12)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_planted_bug_is_found(mutant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    mutant(monkeypatch)
    database = fresh_database()
    for seed in range(MOST):
        try:
            run(seed, database)
        except (Exception, Broken) as found:
            print(f"{mutant.__name__}: seed {seed}: {type(found).__name__}: {found}")
            return
    pytest.fail(f"{MOST} seeds do not find the planted bug")
