"""`make conformance`: every post of the development articles, judged by the platforms' own code; prints numbers.

The articles are read from NASHIR_SHARED (default ../shared), one JSON line for each, gzipped, and are not ours to keep.
"""

import gzip
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bot.config import load
from bot.domain.article import Article
from bot.domain.channel import Channel
from bot.domain.errors import FormatError
from bot.formats import Formats
from bot.formats.copy import Copy, prepare
from bot.formats.templating import Templates
from tests.conformance.judges import TwitterText, direction_faults, telegram
from tests.conformance.wholeness import faults as cut_faults

SHARED = Path(os.environ.get("NASHIR_SHARED", "../shared"))
CHANNELS = [
    Channel(name="thread", service="x", mode="thread"),
    Channel(name="short", service="x", mode="short"),
    Channel(name="telegram", service="telegram"),
    Channel(name="mail", service="email"),
]
SHOWN = 5  # examples of each kind of fault


def articles() -> Iterator[Article]:
    """All development articles."""
    for path in sorted((SHARED / "data").glob("*-dev.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                body = "\n\n".join(filter(None, (part.strip() for part in row["text"].split("\n"))))
                url = f"https://example.com/a/{len(row['id'])}-{abs(hash(row['id'])) % 10**9}"
                yield Article(source="dev", guid=row["id"], title=row["title"], body=body, url=url)


class Report:
    """Counts, and a few examples of each fault."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.examples: dict[str, list[str]] = {}

    def fault(self, kind: str, where: str) -> None:
        """One fault more."""
        self.counts[kind] += 1
        if len(self.examples.setdefault(kind, [])) < SHOWN:
            self.examples[kind].append(where)


def judge(article: Article, copy: Copy, channel: Channel, formats: Formats, x: TwitterText, report: Report) -> None:
    """Look at one post of one article."""
    post = formats(article, channel)
    report.counts[f"{channel.name}: posts"] += 1
    texts = [segment.text for segment in post.segments]
    report.counts[f"{channel.name}: segments"] += len(texts)
    tweets = x(texts) if channel.service == "x" else []
    for number, segment in enumerate(post.segments):
        where = f"{article.guid} {channel.name}: {segment.text[:150]!r}"
        shown = segment.text
        if channel.service == "x":
            tweet = tweets[number]
            if not tweet.valid:
                report.fault("X: not valid", where)
            if tweet.length != segment.length:
                report.fault("X: another count", f"{where} {tweet.length} != {segment.length}")
            wanted = {tag.lstrip("#") for tag in segment.text.split() if tag.startswith("#") and tag in post.hashtags}
            if not wanted <= set(tweet.hashtags):
                report.fault("X: a hashtag is none", f"{where} {wanted - set(tweet.hashtags)}")
        if channel.service == "telegram":
            message = telegram(segment.text)
            shown = message.text
            if message.error:
                report.fault("Telegram: refused", f"{where} {message.error}")
            elif message.length != segment.length or message.length > (segment.limit or 0):
                report.fault("Telegram: another count", f"{where} {message.length} != {segment.length}")
            elif copy.url and segment is post.segments[-1] and copy.url not in message.links:
                report.fault("Telegram: the link is lost", where)
            elif segment is post.segments[-1] and not set(post.hashtags) <= set(message.hashtags):
                report.fault("Telegram: a hashtag is none", f"{where} {set(post.hashtags) - set(message.hashtags)}")
        for said in direction_faults(shown, told=channel.service == "email"):
            report.fault("direction", f"{where} {said}")
        for said in cut_faults(shown, copy):
            report.fault(f"cut: {said.partition(':')[0]}", f"{where} {said}")


def main() -> int:
    """0 where nothing is wrong."""
    if not (SHARED / "data").is_dir():
        print(f"{SHARED}/data is not there: set NASHIR_SHARED", file=sys.stderr)
        return 1
    config = load({})
    formats = Formats(config.style, Templates(config.template_folders))
    report = Report()
    with TwitterText() as x:
        for number, article in enumerate(articles(), 1):
            if number % 500 == 0:
                print(f"{number} articles", file=sys.stderr)
            try:
                copy = prepare(article, config.style)
            except FormatError:
                report.counts["no text"] += 1
                continue
            for channel in CHANNELS:
                judge(article, copy, channel, formats, x, report)
    for kind, count in sorted(report.counts.items()):
        print(f"{count:8} {kind}")
        for example in report.examples.get(kind, []):
            print(f"         {example}")
    return 1 if report.examples else 0


if __name__ == "__main__":
    raise SystemExit(main())
