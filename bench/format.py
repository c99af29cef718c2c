"""`nashir format` for all three services: articles per CPU-second, start-up included, beside textwrap + Jinja2.

The peer does the least that could be called the same: it cuts the text into pieces of 280 characters with textwrap and
renders the same mail template, with no cleaning, counting, tags or house style. Both run as whole processes over the
same lines, in turn; the ratio is theirs, pair by pair.

First over articles mixed from the samples, then over the development articles below NASHIR_SHARED (default ../shared),
where these are: they are real, and no two alike; they are taken again from the first until there are enough.
"""

import argparse
import gzip
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from itertools import cycle, islice
from pathlib import Path

ROOT = Path(__file__).parent.parent
DATA = Path(os.environ.get("NASHIR_SHARED", ROOT.parent / "shared")) / "data"
SERVICES = ("x", "telegram", "email")
FEW = 5  # the share of the articles, one of so many, after which memory is looked at too
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


def mixed(count: int) -> list[str]:
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
        rows.append(line(str(n), f"{base.title} {n}", body))
    return rows


def real(count: int) -> list[str]:
    """Lines of the development articles, again and again; none where they are not."""
    rows: list[str] = []
    for path in sorted(DATA.glob("*-dev.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                body = "\n\n".join(filter(None, row["text"].split("\n")))
                rows += [line(row["id"], row["title"], body)]
    return list(islice(cycle(rows), count))


def line(id_: str, title: str, body: str) -> str:
    """One article as `nashir format` reads it."""
    url, moment = f"https://example.com/{id_}", "2026-11-24T08:00:00+00:00"
    row = {"id": id_, "title": title, "body": body, "tags": [], "section": "", "url": url, "published_at": moment}
    return json.dumps(row, ensure_ascii=False) + "\n"


def cpu(command: list[str], lines: list[str], folder: Path) -> tuple[float, float]:
    """CPU seconds and peak MiB of one run over these lines, start-up included."""
    path = folder / "articles.jsonl"
    path.write_text("".join(lines), "utf-8")
    with path.open("rb") as stdin, subprocess.Popen(command, stdin=stdin, stdout=subprocess.DEVNULL, cwd=ROOT) as run:
        _, status, used = os.wait4(run.pid, 0)  # of this one alone, not the most of all so far
        run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode:
        sys.exit(f"{command[:3]}: exit status {run.returncode}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def measure(name: str, lines: list[str], runs: int) -> None:
    """Both over the same lines, so many times, and what came of it."""
    ours = [sys.executable, "-m", "bot", "format", *(f"--service={service}" for service in SERVICES)]
    theirs = [sys.executable, "-c", PEER]
    with tempfile.TemporaryDirectory() as folder:
        pairs = [(cpu(ours, lines, Path(folder)), cpu(theirs, lines, Path(folder))) for _ in range(runs)]
        _, few = cpu(ours, lines[: len(lines) // FEW], Path(folder))
    count, peak = len(lines), max(mine[1] for mine, _ in pairs)
    mine, best = statistics.median(mine[0] for mine, _ in pairs), min(mine[0] for mine, _ in pairs)
    peer = statistics.median(peer[0] for _, peer in pairs)
    ratio = statistics.median(mine[0] / peer[0] for mine, peer in pairs)
    print(
        f"nashir format, {len(SERVICES)} services, {count} articles, {name}: {count / mine:.0f} per CPU-second, "
        f"at best {count / best:.0f} ({mine:.2f} CPU s)"
    )
    print(f"textwrap + Jinja2, the same lines: {count / peer:.0f} per CPU-second ({peer:.2f} CPU s)")
    print(f"CPU of nashir / CPU of the peer: {ratio:.1f}")
    print(f"memory of nashir: {few:.0f} MiB at most over {count // FEW} articles, {peak:.0f} MiB over {count}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    measure("mixed from the samples", mixed(options.articles), options.runs)
    if found := real(options.articles):
        measure(f"real, of {DATA}", found, options.runs)
    else:
        print(f"no development articles in {DATA}: none measured")


if __name__ == "__main__":
    main()
