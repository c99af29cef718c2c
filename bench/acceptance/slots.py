"""Two clocks and three workers (PostgreSQL) with 50 channels that have a slot each minute: every slot once.

At half time the first clock is killed, so that the other takes its place.
"""

import collections
import signal
import sys
import time
from datetime import UTC, datetime, timedelta

from bench.acceptance import Bars, Room, counts, many_machines
from tests.newsrooms import article, kept, stop, until

SERVICES = {"telegram": 20, "x": 20, "email": 10}
MINUTE = timedelta(minutes=1)
LATE = 10.0  # seconds


def main() -> int:
    given, bars = counts(__doc__, seconds=600, every=20.0), Bars()
    with many_machines("--twice", "--chats", "20", delay=0.02, seconds=given.seconds + 600) as made:
        names = [f"{service}{n}" for service, count in SERVICES.items() for n in range(1, count + 1)]
        first = datetime.now(UTC).replace(second=0, microsecond=0)
        times = [f"{first + k * MINUTE:%H:%M}" for k in range(int(given.seconds / 60) + 60)]
        made.newsroom(
            'engine = "procrastinate"\ntime_zone = "UTC"', f"[[slots]]\nchannels = {names}\ntimes = {times}\n"
        )
        made.channels(
            **{
                name: {
                    "telegram": f'account = "@nashir_test{f"_{name[8:]}" if name != "telegram1" else ""}"',
                    "x": 'mode = "short"',
                    "email": f'to = "list@{name}.example.org"',
                }[name.rstrip("0123456789")]
                for name in names
            }
        )
        brought = 0

        def bring() -> None:
            nonlocal brought
            brought += 1
            made.bring(brought, article(brought, paragraphs=2))

        for _ in range(3):
            bring()
        clocks = [made.start("clock")]
        until(made.is_up, 20)
        clocks.append(made.start("clock"))
        workers = [made.start("worker", "--quiet") for _ in range(3)]
        began = time.monotonic()
        until(lambda: made.states(), 60)
        killed = False
        while (passed := time.monotonic() - began) < given.seconds:
            time.sleep(1)
            if brought - 3 < passed / given.every:
                bring()
            if not killed and passed > given.seconds / 2:
                killed = True
                clocks[0].send_signal(signal.SIGKILL)
                clocks[0].wait(10)
                clocks[0] = made.start("clock")
        end = datetime.now(UTC)
        until(lambda: not _due(made, end), 30)
        rows = made.ask("select id, channel, slot, state, due_at, created_at from deliveries")
        receipts = {row.delivery_id: row.at for row in made.ask("select delivery_id, at from receipts where n = 0")}
        codes = {stop(process) for process in (*clocks, *workers)}

        taken = collections.Counter((row.channel, row.slot) for row in rows)
        twice = [each for each, n in taken.items() if n > 1 or each[1] is None]
        start = min(row.due_at for row in rows)
        slots = [f"{start + k * MINUTE:%Y-%m-%dT%H:%M}" for k in range(int((end - start) / MINUTE) + 1)]
        missing = [(name, slot) for name in names for slot in slots if (name, slot) not in taken]
        due = [row for row in rows if row.due_at <= end]
        unsent = [row for row in due if row.state != "sent" or row.id not in receipts]
        lags = sorted((receipts[row.id] - row.due_at).total_seconds() for row in due if row.id in receipts)
        here = {name: len(kept(made.ports["keep"], name)) for name in ("telegram", "x", "smtp")}
        proved = collections.Counter(row.channel.rstrip("0123456789") for row in rows if row.id in receipts)
        print(f"     {len(names)} channels, {len(slots)} slots each, {brought} articles, {len(rows)} deliveries")
        bars.hold("slots filled twice, or posts without one", len(twice), "0", ok=not twice)
        bars.hold("slots missed", len(missing), "0", ok=not missing)
        bars.hold("due and not sent", len(unsent), "0", ok=not unsent)
        doubled = sum(here.values()) - sum(proved.values())
        bars.hold("accepted by the servers and not proved once", doubled, "0", ok=doubled == 0)
        measured = f"{lags[-1]:.1f}, median {lags[len(lags) // 2]:.1f}" if lags else "-"
        bars.hold("seconds after its slot, longest", measured, f"{LATE:.0f}", ok=bool(lags) and lags[-1] <= LATE)
        bars.hold("all processes end with", codes, "{0}", ok=codes == {0})
        if missing or unsent or codes != {0}:
            print(missing[:10], [(row.channel, row.slot, row.state) for row in unsent[:10]], made.log[-3000:], sep="\n")
    return bars.end()


def _due(made: Room, now: datetime) -> bool:
    return bool(made.ask("select 1 from deliveries where state in ('queued', 'sending') and due_at <= :now", now=now))


if __name__ == "__main__":
    sys.exit(main())
