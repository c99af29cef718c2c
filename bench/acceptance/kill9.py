"""kill -9 at random moments of `nashir run` (SQLite) while articles go to three servers that keep what they accept."""

import random
import signal
import sys
import time

from bench.acceptance import Bars, counts, judge, room, unanswered
from tests.newsrooms import stop, until


def main() -> int:
    given = counts(__doc__, kills=100, articles=30, seed=random.randrange(10**6))
    print(f"--seed {given.seed}; one article goes out in peace first: Telegram's very first message could not be found")
    rng, bars = random.Random(given.seed), Bars()
    amid = in_call = 0
    doubtful: dict[int, str] = {}  # calls that a kill left without an answer
    with room("--twice", delay=0.12) as made:
        process = made.start()
        made.bring(0)
        if not until(lambda: made.is_at_rest(3), 60):
            raise SystemExit(made.log)
        stop(process)
        for kill in range(given.kills):
            for number in range(given.articles * kill // given.kills, given.articles * (kill + 1) // given.kills):
                made.bring(number + 1)
            process = made.start()
            up = until(made.is_up, 20, every=0.01) if rng.random() < 0.9 else False  # some die while they start
            time.sleep(rng.uniform(0.0, 1.6 if up else 0.6))
            process.send_signal(signal.SIGKILL)
            process.wait(10)
            amid += any(state in ("queued", "sending", "unsure") for _, state in made.states())
            before = len(doubtful)
            doubtful |= unanswered(made)
            in_call += len(doubtful) > before
        process = made.start()
        wanted = 3 * (given.articles + 1)
        rested = until(lambda: made.is_at_rest(wanted), 300, every=0.3)
        code = stop(process)
        found = judge(made, given.articles + 1)
        print(f"     {given.kills} kills, {amid} while something was to be sent, {in_call} with a call on its way")
        bars.hold("at rest after the kills, and the program ends with", code, "0", ok=rested and code == 0)
        bars.judged(found)
        mail, most = found.unsure.get("email", 0), list(doubtful.values()).count("email")
        bars.hold(
            "unsure on e-mail", mail, f"at most {most}, the kills between sending and its answer", ok=mail <= most
        )
        bars.hold("secrets in the log", int("TEST-token_abc" in made.log), "0", ok="TEST-token_abc" not in made.log)
    return bars.end()


if __name__ == "__main__":
    sys.exit(main())
