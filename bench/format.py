"""`nashir format` for all three services: articles per CPU-second, start-up included, beside textwrap + Jinja2.

The peer does the least that could be called the same: it cuts the text into pieces of 280 characters with textwrap and
renders the same mail template, with no cleaning, counting, tags or house style. Both run as whole processes over the
same lines, in turn; the ratio is theirs, pair by pair.
"""

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
PEER = """
import json, sys, textwrap
from jinja2 import Environment, FileSystemLoader
html = Environment(loader=FileSystemLoader("templates"), autoescape=True).get_template("email/article.html.j2")
for line in sys.stdin:
    row = json.loads(line)
    pieces = textwrap.wrap(row["body"], 280)
    page = html.render(title=row["title"], paragraphs=row["body"].split("\\n\\n"), tags=[], image="", link=row["url"],
                       read_on_site="", newsroom="", section="", preheader="")
    for service in ("x", "telegram", "email"):
        print(json.dumps({"id": row["id"], "service": service, "segments": pieces, "html": page}, ensure_ascii=False))
"""


def articles(count: int) -> str:
    """Lines of different articles, mixed from the paragraphs of the samples."""
    sys.path.insert(0, str(ROOT))
    from datetime import UTC, datetime, timedelta

    from bot.sources.folder import FolderSource

    source = FolderSource(
        name="s", path=ROOT / "samples", poll=timedelta(1), backfill="none", section="", first_seen_dates=True, zone=UTC
    )
    known = [a for a in source.fetch({}, datetime.now(UTC) + timedelta(days=1)).articles if a.body]
    paragraphs = [p for a in known for p in a.body.split("\n\n")]
    rng, rows = random.Random(5), []
    for n in range(count):
        base = known[n % len(known)]
        body = "\n\n".join(rng.sample(paragraphs, rng.randint(4, 10)))
        rows.append(
            json.dumps(
                {
                    "id": str(n),
                    "title": f"{base.title} {n}",
                    "body": body,
                    "tags": [],
                    "section": "",
                    "url": f"https://example.com/{n}",
                    "published_at": "2026-11-24T08:00:00+00:00",
                },
                ensure_ascii=False,
            )
        )
    return "\n".join(rows) + "\n"


def cpu(command: list[str], lines: Path) -> tuple[float, float, float]:
    """CPU seconds, wall seconds and peak MiB of one run."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with lines.open("rb") as stdin:
        subprocess.run(command, stdin=stdin, stdout=subprocess.DEVNULL, check=True, cwd=ROOT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, time.perf_counter() - began, after.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    ours = [sys.executable, "-m", "bot", "format", "--service", "x", "--service", "telegram", "--service", "email"]
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "articles.jsonl"
        lines.write_text(articles(options.articles), "utf-8")
        pairs = [(cpu(ours, lines), cpu([sys.executable, "-c", PEER], lines)) for _ in range(options.runs)]
    mine = statistics.median(pair[0][0] for pair in pairs)
    peer = statistics.median(pair[1][0] for pair in pairs)
    ratio = statistics.median(pair[0][0] / pair[1][0] for pair in pairs)
    print(
        f"nashir format, 3 services, {options.articles} articles: {options.articles / mine:.0f} per CPU-second "
        f"({mine:.2f} CPU s, peak of all children {max(p[0][2] for p in pairs):.0f} MiB)"
    )
    print(
        f"textwrap + Jinja2, the same lines: {options.articles / peer:.0f} articles per CPU-second ({peer:.2f} CPU s)"
    )
    print(f"CPU of nashir / CPU of the peer: {ratio:.1f}")


if __name__ == "__main__":
    main()
