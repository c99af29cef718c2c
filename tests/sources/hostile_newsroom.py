"""Runs a newsroom over hostile sources in a process of its own, and prints what it did with how much memory."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.app import App
from bot.config import load
from bot.net import addresses


def peak_mib() -> int:
    """The most memory that this process ever held; ru_maxrss would count that of the process that started it."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1024


def main() -> None:
    folder, rounds = Path(sys.argv[1]), int(sys.argv[2])
    real = addresses.is_public
    addresses.is_public = lambda where: where == "127.0.0.1" or real(where)  # the one address that counts as open
    now = [datetime(2026, 11, 24, 9, 0, tzinfo=UTC)]
    app = App(load({"DATABASE_URL": f"sqlite:///{folder}/n.db"}, folder / "config"), now=lambda: now[0])
    app.prepare()
    intakes = []
    for _ in range(rounds):
        for name in app.sources:
            intake = app.reading.fetch(name)
            intakes.append(
                {
                    "source": name,
                    "new": intake.new,
                    "changed": intake.changed,
                    "sighted": intake.sighted,
                    "faults": [fault.en for fault in intake.faults],
                    "error": intake.error.en if intake.error else None,
                    "peak_mib": peak_mib(),
                }
            )
        now[0] += timedelta(minutes=2)
    fetched = peak_mib()
    app.tick.run(now[0])
    peak = peak_mib()
    posts = [
        [segment.text + (segment.html or "") for segment in delivery.post.segments]
        for delivery in app.outbox.listing([], 2000)
    ]
    found = {
        name: [
            {"title": c.article.title, "body": c.article.body[:2000], "url": c.article.url, "guid": c.article.guid}
            for c in app.articles.of_source(name)[:50]
        ]
        for name in app.sources
    }
    app.close()
    json.dump(
        {"intakes": intakes, "articles": found, "posts": posts, "peak_mib": peak, "fetched_mib": fetched}, sys.stdout
    )


if __name__ == "__main__":
    main()
