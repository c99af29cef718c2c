"""Reads article lines and prints {"id", "hashtags"} lines, for the scoring of hashtags.

python training/score_hashtags.py [--history FILE] [--weights FILE] < ARTICLES.jsonl > PREDICTIONS.jsonl
"""

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bot.text.hashtags import History, suggest
from bot.text.tagging import forest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--history", type=Path, help="article lines with their tags")
    parser.add_argument("--weights", type=Path, help="other weights than those that ship")
    options = parser.parse_args()
    if options.weights:
        other = forest.load(options.weights.read_text("utf-8"))
        forest.weights = lambda: other
    history = None
    if options.history:
        history = History.of(json.loads(line)["tags"] for line in options.history.read_text("utf-8").splitlines())
    articles = [json.loads(line) for line in sys.stdin]
    began = time.process_time()
    for row in articles:
        found = suggest(row["title"], row["body"].split("\n\n"), own=row.get("tags", ()), history=history)
        line = json.dumps({"id": row["id"], "hashtags": [one.tag for one in found]}, ensure_ascii=False)
        sys.stdout.write(line + "\n")
    sys.stderr.write(f"{len(articles) / (time.process_time() - began):.0f} articles per CPU-second\n")


if __name__ == "__main__":
    main()
