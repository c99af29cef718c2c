"""kill -9 at random moments: no segment twice, every delivery ends `sent` or `unsure`.

The servers run in a process of their own and keep what they accept, so they know what readers saw. The long form, with
looking up, many machines and more, is bench/acceptance/.
"""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.newsrooms import Room, judge, servers, stop, until

KILLS = 20
ARTICLES = 10
SEED = int(os.environ.get("NASHIR_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)


@pytest.mark.slow
def test_kill_9_at_random_moments_loses_and_doubles_nothing(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    print(f"NASHIR_SEED={SEED}")
    with servers(tmp_path / "kept", "--twice") as ports:
        room = Room(folder=tmp_path / "room", ports=ports)
        for number in range(ARTICLES):
            room.bring(number)
        amid = 0
        for _ in range(KILLS):
            process = room.start()
            time.sleep(rng.uniform(0.7, 2.2))
            amid += not room.states() or any(state in ("queued", "sending") for _, state in room.states())
            process.send_signal(signal.SIGKILL)
            process.wait(10)
        process = room.start()
        # without a desk chat nobody can look on Telegram; on X an absence is believed after a minute only
        ended = {"sent", "unsure"}
        done = until(lambda: len(room.states()) == 3 * ARTICLES and {s for _, s in room.states()} <= ended, 120, 0.3)
        began = time.monotonic()
        assert stop(process, 10) == 0
        assert time.monotonic() - began < 10
        found = judge(room, ARTICLES)
        print(found.states, "kills before the end:", amid)
        assert amid >= 3, "the kills came too late to prove anything"
        assert done, room.log
        assert (found.lost, found.doubled, found.broken) == ([], [], []), room.log
        assert "TEST-token_abc" not in room.log
        assert "key-for-tests" not in room.log
        room.close()
