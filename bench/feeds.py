"""Reading feeds: 1,000 Arabic entries beside feedparser with its defaults, and an unchanged feed beside a parsed one.

The first pair parses the same bytes in one process, in turn. The second reads the same feed over loopback through the
whole source: once parsed, then answered 304. CPU time of this process alone; the server is another process.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
ENTRIES, RUNS = 1_000, 5
PARAGRAPH = "<p>وقال المتحدث إن العمل في المشروع يتقدم كما كان مقررا له، وإن السكان سيرون ثماره قريبا في أحيائهم.</p>"
SERVER = """
import sys, time
from tests.servers.feed import FeedServer
with FeedServer() as server:
    print(server.put("/feed.xml", open(sys.argv[1], "rb").read()), flush=True)
    sys.stdin.read()
"""


def cpu(work: Callable[..., object]) -> float:
    """CPU seconds of one run."""
    began = time.process_time()
    work()
    return time.process_time() - began


def main() -> None:
    import feedparser

    from bot.sources import documents
    from bot.sources.feed import FeedSource
    from tests.servers.feed import arabic_items, rss

    items = [item | {"content": PARAGRAPH * 8} for item in arabic_items(ENTRIES)]
    content, now = rss(items), datetime.now(UTC)
    source = FeedSource(
        name="s",
        url="http://127.0.0.1/",
        poll=timedelta(seconds=60),
        backfill="none",
        section="",
        timeout=timedelta(seconds=20),
        allow_private=True,
        full_text="feed",
    )
    assert len(documents.read(content, "", "http://x/").items) == ENTRIES
    pairs = [
        (cpu(lambda: documents.read(content, "", "http://x/")), cpu(lambda: feedparser.parse(content)))
        for _ in range(RUNS)
    ]
    mine, peer = (statistics.median(pair[i] for pair in pairs) for i in (0, 1))
    print(f"{ENTRIES} entries, {len(content) // 1024} KiB, items: {1000 * mine:.0f} ms of CPU")
    print(f"feedparser with its defaults: {1000 * peer:.0f} ms; ratio {statistics.median(b / a for a, b in pairs):.1f}")
    whole = statistics.median(cpu(lambda: source.read(content, "", now)) for _ in range(RUNS))
    print(f"the same as articles, their HTML made clean paragraphs: {1000 * whole:.0f} ms; ratio {peer / whole:.1f}")

    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        Path(file.name).write_bytes(content)
        server = subprocess.Popen(
            [sys.executable, "-c", SERVER, file.name],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert server.stdout
        source.url = server.stdout.readline().strip()
        parsed, unchanged = [], []
        for _ in range(RUNS):
            parsed.append(cpu(lambda: source.fetch({}, now)))
            cursor = source.fetch({}, now).cursor
            unchanged.append(cpu(lambda known=cursor: [source.fetch(known, now) for _ in range(20)]) / 20)
        server.terminate()
        server.wait(10)
    a, b = statistics.median(parsed), statistics.median(unchanged)
    print(f"over loopback: parsed {1000 * a:.0f} ms of CPU, unchanged (304) {1000 * b:.2f} ms; ratio {a / b:.0f}")


if __name__ == "__main__":
    main()
