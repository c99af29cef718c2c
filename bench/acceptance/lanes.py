"""Order and speed of lanes: breaking first, a bundle at three services, an idle program, a released post."""

import itertools
import os
import statistics
import subprocess
import sys
import time
from datetime import datetime

import psycopg

from bench.acceptance import FREELY, Bars, Room, counts, many_machines, room
from tests.newsrooms import SETTLED, article, kept, stop, until

DELAY = 0.020  # seconds, of the servers in a bundle
POSTS = 6
BUNDLE = 1.25 * POSTS * DELAY
IDLE = 0.01  # of a core
RELEASED = 0.300  # seconds
# the lane writes over the moment of the release at once
WATCH = """
CREATE TABLE released (id integer, at timestamptz);
CREATE FUNCTION note_release() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO released VALUES (NEW.id, NEW.updated_at); RETURN NEW; END $$;
CREATE TRIGGER note_release AFTER UPDATE ON deliveries FOR EACH ROW
  WHEN (OLD.state = 'held' AND NEW.state = 'queued') EXECUTE FUNCTION note_release();
"""
TICKS = os.sysconf("SC_CLK_TCK")


def breaking(bars: Bars, waiting: int) -> None:
    """A breaking post behind many waiting ones of its lane is the next out."""
    with room(delay=0.3) as made:
        made.newsroom()
        made.channels(x='mode = "short"')
        for number in range(waiting + 40):
            made.bring(number, article(number, paragraphs=2))
        process = made.start()
        until(lambda: made.states(), 60)
        time.sleep(SETTLED + 1)  # what is older than the first contact is not sent
        made.bring(10_000, article(10_000, title="عاجل زلزال يضرب الساحل", paragraphs=2))
        urgent = "select id, created_at from deliveries where urgent"
        if not until(lambda: made.ask(urgent), 30):
            raise SystemExit(made.log)
        (row,) = made.ask(urgent)
        left = sum(state in ("queued", "sending") for _, state in made.states()) - 1
        began = "select began_at from attempts where delivery_id = :id"
        until(lambda: made.ask(began, id=row.id), 30)
        (first,) = made.ask(began, id=row.id)
        between = made.ask(
            "select id from attempts where began_at > :made and began_at < :at", made=row.created_at, at=first.began_at
        )
        after = (_moment(first.began_at) - _moment(row.created_at)).total_seconds()
        stop(process)
    what = f"posts begun before a breaking one that {left} were waiting before"
    bars.hold(
        what, f"{len(between)}, it began after {1000 * after:.0f} ms", "0", ok=not between and left >= 0.9 * waiting
    )


def bundle(bars: Bars, runs: int) -> None:
    """A thread of six, a message and a mail, from the first request to the last acceptance."""
    spans: dict[str, list[float]] = {"all": [], "x": [], "gaps": []}
    with room(delay=DELAY) as made:
        made.write("style.toml", f"max_segments = {POSTS}\n")
        made.channels(telegram=FREELY, x="", email=FREELY)
        made.bring(0, article(0, paragraphs=20))
        process = made.start()
        for count in range(1, runs + 2):
            if not until(lambda count=count: made.is_at_rest(3 * count), 30):
                raise SystemExit(made.log)
            time.sleep(SETTLED + 1 if count == 1 else 1.5)  # first contact; Telegram takes one message a second
            if count <= runs:
                made.bring(count, article(count, paragraphs=20))
        stop(process)
        threads: list[list[float]] = []
        for tweet in kept(made.ports["keep"], "x"):
            threads = threads if tweet["reply_to"] else [*threads, []]
            threads[-1].append(tweet["at"])
        others = [[each["at"] for each in kept(made.ports["keep"], name)] for name in ("telegram", "smtp")]
        for thread, *lone in list(zip(threads, *others, strict=True))[1:]:  # the first one builds the adapters
            if len(thread) == POSTS:  # few texts part into one less
                spans["all"].append(max(*thread, *lone) - min(*thread, *lone) + DELAY)
                spans["x"].append(thread[-1] - thread[0] + DELAY)
                spans["gaps"] += [after - before - DELAY for before, after in itertools.pairwise(thread)]
    middle = {name: 1000 * statistics.median(each) for name, each in spans.items()}
    measured = f"median {middle['all']:.0f} ms of {len(spans['all'])}, best {1000 * min(spans['all']):.0f} ms"
    bars.hold("6 X posts, a message and a mail", measured, f"{1000 * BUNDLE:.0f} ms", ok=middle["all"] <= 1000 * BUNDLE)
    print(f"     the thread alone {middle['x']:.0f} ms; between an answer and the next request {middle['gaps']:.1f} ms")


def idle(bars: Bars, seconds: float) -> None:
    """What a program that has nothing to do takes of a core."""
    with room() as made:
        made.newsroom(poll="60s")
        made.bring(0)
        process = made.start()
        until(lambda: made.is_at_rest(3), 30)
        time.sleep(3)
        before, began = _cpu(process), time.monotonic()
        time.sleep(seconds)
        share = (_cpu(process) - before) / (time.monotonic() - began)
        stop(process)
    bars.hold("nashir run, idle", f"{100 * share:.2f} % of a core", f"{100 * IDLE:.0f} %", ok=share <= IDLE)


def released(bars: Bars, times: int) -> None:
    """How soon a held post leaves, once `nashir release` has committed; with a clock and a worker apart."""
    with many_machines(delay=0) as made:
        made.channels(x='mode = "short"')
        processes = [made.start("clock")]
        until(made.is_up, 20)
        processes.append(made.start("worker", "--quiet"))
        until(made.is_up, 20)
        _command(made, "pause", "x")
        for number in range(times + 1):
            made.bring(number, article(number, paragraphs=2))
        until(lambda: len(made.states()) == times + 1, 30)
        ids = [str(row.id) for row in made.ask("select id from deliveries order by id")]
        _command(made, "hold", *ids)
        _command(made, "resume", "x")
        waits = []
        with psycopg.connect(made.url) as db:
            db.execute(WATCH)
        for n, id_ in enumerate(ids):
            _command(made, "release", id_)
            until(lambda n=n: len(kept(made.ports["keep"], "x")) == n + 1, 20, every=0.01)
            (row,) = made.ask("select at from released where id = :id", id=int(id_))
            waits.append(kept(made.ports["keep"], "x")[-1]["at"] - row.at.timestamp())
        for process in processes:
            stop(process)
    later = waits[1:]  # the first one builds the adapter
    measured = f"median {1000 * statistics.median(later):.0f} ms, longest {1000 * max(later):.0f} ms of {len(later)}"
    measured += f" (the very first {1000 * waits[0]:.0f} ms)"
    bars.hold("a released post leaves after", measured, f"{1000 * RELEASED:.0f} ms", ok=max(later) <= RELEASED)


def _cpu(process: subprocess.Popen[bytes]) -> float:
    """Seconds of a process, user and system (proc(5): fields 14 and 15 of stat)."""
    with open(f"/proc/{process.pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _command(made: Room, *command: str) -> None:
    if made.start(*command).wait(30):
        raise SystemExit(made.log)


def _moment(value: datetime | str) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def main() -> int:
    given, bars = counts(__doc__, waiting=200, runs=15, idle=60.0, releases=10, only=""), Bars()
    parts = {
        "breaking": lambda: breaking(bars, given.waiting),
        "bundle": lambda: bundle(bars, given.runs),
        "idle": lambda: idle(bars, given.idle),
        "released": lambda: released(bars, given.releases),
    }
    for name in given.only.split(",") if given.only else parts:
        parts[name]()
    return bars.end()


if __name__ == "__main__":
    sys.exit(main())
