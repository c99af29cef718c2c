"""Hashtags: articles per CPU-second of `suggest` alone, beside TF x wordfreq over phrases of one to three words.

The peer is what a quick script does: it counts all phrases without stop words and ranks them by how often they stand in
the text and how rare their words are (wordfreq, the same list). It leaves clitics on, takes verbs, and knows no names.
Both run in this process over the same articles, in turn; the ratio is theirs, pair by pair.
"""

import argparse
import json
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable

from format import mixed
from wordfreq import get_frequency_dict

from bot.text.hashtags import History, suggest
from bot.text.tagging.forms import UNKNOWN, zipf
from bot.text.tagging.lexicon import lists

FREQUENCIES = get_frequency_dict("ar", "small")
WORD = re.compile(r"[^\W\d_]+")


def peer(title: str, paragraphs: list[str]) -> list[str]:
    """Ten phrases by frequency and rarity."""
    counts: Counter[tuple[str, ...]] = Counter()
    for line in (title, *paragraphs):
        words = WORD.findall(line)
        for start in range(len(words)):
            for size in (1, 2, 3):
                phrase = tuple(words[start : start + size])
                if len(phrase) == size and not any(word in lists().stop for word in phrase):
                    counts[phrase] += 1
    rarity = {word: 8 - (zipf(word) if word in FREQUENCIES else UNKNOWN) for phrase in counts for word in phrase}
    return ["#" + "_".join(p) for p in sorted(counts, key=lambda p: -counts[p] * sum(rarity[w] for w in p))[:10]]


def rate(tagger: Callable[[str, list[str]], object], rows: list[tuple[str, list[str]]]) -> float:
    """Articles per CPU-second."""
    began = time.process_time()
    for title, paragraphs in rows:
        tagger(title, paragraphs)
    return len(rows) / (time.process_time() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    began = time.process_time()
    suggest("مراكش", ["مراكش."])
    print(f"start: {1000 * (time.process_time() - began):.0f} ms CPU for lists and weights")
    rows = [(r["title"], r["body"].split("\n\n")) for r in map(json.loads, mixed(options.articles))]
    words = statistics.mean(len(" ".join([title, *text]).split()) for title, text in rows)
    history = History.of([[one.tag for one in suggest(*row)] for row in rows[:500]])
    pairs = [
        (rate(suggest, rows), rate(lambda t, p: suggest(t, p, history=history), rows), rate(peer, rows))
        for _ in range(options.runs)
    ]
    cold, warm, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"suggest, {len(rows)} articles of {words:.0f} words: {cold:.0f} per CPU-second, with a history {warm:.0f}")
    print(f"TF x wordfreq, the same articles: {theirs:.0f} per CPU-second")
    print(f"suggest / TF x wordfreq: {statistics.median(pair[0] / pair[2] for pair in pairs):.2f}")


if __name__ == "__main__":
    main()
