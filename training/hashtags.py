"""Trains the weights of the hashtags and writes bot/text/data/hashtags.json.

Needs lightgbm and numpy beside the project's own wordfreq, in an environment of their own:
    python -m venv VENV && VENV/bin/pip install lightgbm numpy wordfreq && VENV/bin/python training/hashtags.py
Reads data/{hashtags,tagwords,standfirst}-dev.jsonl.gz below NASHIR_SHARED (default ../shared): only the earlier half of
each, by date, as the later is for scoring. Strong teachers (many trees, five folds, three of each) are trained on
editors' tags; the small forest that ships learns their chances, also on articles that have no tags. No measure names a
word or an outlet, so none is learned by heart.
  --only hashtags|tagwords   trains on one set alone (to see how far its weights carry); writes to --out
"""

import argparse
import gzip
import json
import os
import sys
from collections import Counter
from collections.abc import Set
from pathlib import Path
from typing import Any

import lightgbm
import numpy

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bot.text.hashtags import History, tag_key  # noqa: E402  # after the path is set
from bot.text.tagging import features  # noqa: E402  # after the path is set
from bot.text.tagging.candidates import Candidate, find, read  # noqa: E402  # after the path is set
from bot.text.tagging.features import Measured, likely  # noqa: E402  # after the path is set
from bot.text.tagging.ranking import with_past  # noqa: E402  # after the path is set

DATA = Path(os.environ.get("NASHIR_SHARED", ROOT.parent / "shared")) / "data"
OUT = ROOT / "bot" / "text" / "data" / "hashtags.json"
FOLDS = 5
SEEDS = (1, 2, 3)  # of the teachers of one fold: their mean is steadier than one
features.MOST_SCORED = 50  # more to learn from than is looked at afterwards
TEACHER = {
    "objective": "cross_entropy", "learning_rate": 0.04, "num_leaves": 31, "min_data_in_leaf": 40, "verbose": -1,
    "feature_fraction": 0.5, "bagging_fraction": 0.8, "bagging_freq": 1, "seed": 1, "num_threads": 2,
}  # fmt: skip
PUPIL = {**TEACHER, "learning_rate": 0.085, "num_leaves": 24, "feature_fraction": 0.7, "min_data_in_leaf": 60}
WARM = {**TEACHER, "learning_rate": 0.05, "num_leaves": 12, "min_data_in_leaf": 80}
BLOCKS = (2, 4)
TEACHER_TREES, PUPIL_TREES, WARM_TREES = 300, 130, 140
WEIGHTS = {"hashtags": 1.0, "tagwords": 0.85}  # of one candidate in the mix

Example = tuple[list[Candidate], list[list[float]], list[float]]


def articles(kind: str, which: str = "earlier") -> list[dict[str, Any]]:
    """Articles of one set by date; the earlier half, the later, or all."""
    with gzip.open(DATA / f"{kind}-dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = sorted(map(json.loads, lines), key=lambda row: row["id"].rsplit("-", 1)[-1])
    half = len(rows) // 2
    return {"earlier": rows[:half], "later": rows[half:]}.get(which, rows)


def example(kind: str, row: dict[str, Any], wanted: Set[str] = frozenset()) -> Example:
    """Candidates, measures, and 1.0 for those that the editor signed (tagwords: near 1.0 where all words are)."""
    text = read(row["title"], [p for p in row["text"].split("\n") if p.strip()])
    found = find(text)
    chosen = likely(text, found, wanted)
    if kind == "hashtags":
        keys = {tag_key(tag) for tag in row["tags"]}
        labels = [float(c.key in keys) for c in chosen]
    elif kind == "tagwords":
        words = {word for tag in row["tag_words"] for word in tag_key(tag).split(" ")}
        labels = [_share(c.key.split(" "), words) ** 4 for c in chosen]
    else:
        labels = []
    return chosen, Measured(text, found, chosen).rows(), labels


def _share(parts: list[str], words: set[str]) -> float:
    return sum(part in words for part in parts) / len(parts)


def stacked(examples: list[Example], part: int) -> Any:
    return numpy.array([row for example in examples for row in example[part]], float)


def teach(examples: dict[str, list[Example]], leave: int, seed: int) -> lightgbm.Booster:
    """A teacher, trained on all folds but one."""
    kept = {kind: [e for n, e in enumerate(rows) if n % FOLDS != leave] for kind, rows in examples.items()}
    x = numpy.vstack([stacked(rows, 1) for rows in kept.values()])
    y = numpy.concatenate([stacked(rows, 2) for rows in kept.values()])
    w = numpy.concatenate([numpy.full(len(stacked(rows, 2)), WEIGHTS[kind]) for kind, rows in kept.items()])
    return lightgbm.train({**TEACHER, "seed": seed * 10 + leave}, lightgbm.Dataset(x, y, weight=w), TEACHER_TREES)


def said(teachers: list[lightgbm.Booster], x: Any) -> Any:
    """The mean chance of several teachers for each row."""
    return numpy.mean([teacher.predict(x) for teacher in teachers], axis=0)


def cold(examples: dict[str, list[Example]], unlabelled: list[Example]) -> lightgbm.Booster:
    """The small forest: it learns what teachers who never saw an article say of it."""
    folds = [[teach(examples, fold, seed) for seed in SEEDS] for fold in range(FOLDS)]
    xs, ys, ws = [], [], []
    for kind, rows in examples.items():
        for fold, teachers in enumerate(folds):
            part = rows[fold::FOLDS]
            x, y = stacked(part, 1), stacked(part, 2)
            xs.append(x)
            ys.append(0.6 * said(teachers, x) + 0.4 * y)
            ws.append(numpy.full(len(y), WEIGHTS[kind]))
    if unlabelled:
        x = stacked(unlabelled, 1)
        xs.append(x)
        ys.append(numpy.mean([said(teachers, x) for teachers in folds], axis=0))
        ws.append(numpy.full(len(x), 0.5))
    data = lightgbm.Dataset(numpy.vstack(xs), numpy.concatenate(ys), weight=numpy.concatenate(ws))
    return lightgbm.train(PUPIL, data, PUPIL_TREES)


def warm(rows: list[dict[str, Any]], forest: lightgbm.Booster) -> lightgbm.Booster:
    """The forest of a newsroom with a past.

    The articles are cut into blocks of time, and the history of each is the tags of the other blocks: with those of the
    same days it would learn to trust the past more than a past that is over deserves.
    """
    xs: list[list[float]] = []
    ys: list[float] = []
    keys = [{tag_key(tag) for tag in row["tags"]} for row in rows]
    for blocks in BLOCKS:
        for block in range(blocks):
            inside = [n * blocks // len(rows) == block for n in range(len(rows))]
            past = Counter(key for own, here in zip(keys, inside, strict=True) if not here for key in own)
            history = History(past, {}).past
            for row, here in zip(rows, inside, strict=True):
                if here:
                    chosen, measures, labels = example("hashtags", row, set(past))
                    odds = forest.predict(numpy.array(measures, float), raw_score=True).tolist()
                    xs += with_past(odds, measures, chosen, history)
                    ys += labels
    return lightgbm.train(WARM, lightgbm.Dataset(numpy.array(xs, float), numpy.array(ys)), WARM_TREES)


def trees(booster: lightgbm.Booster) -> list[Any]:
    """The trees as nested lists: a leaf's value, or [measure, threshold, not above, above]."""

    def node(found: dict[str, Any]) -> Any:
        if "leaf_value" in found:
            return round(found["leaf_value"], 4)
        return [
            found["split_feature"],
            float(f"{found['threshold']:.5g}"),
            node(found["left_child"]),
            node(found["right_child"]),
        ]

    return [node(tree["tree_structure"]) for tree in booster.dump_model()["tree_info"]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=["hashtags", "tagwords"])
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--cold-only", action="store_true")
    options = parser.parse_args()
    kinds = [options.only] if options.only else ["hashtags", "tagwords"]
    examples = {kind: [example(kind, row) for row in articles(kind)] for kind in kinds}
    unlabelled = [example("standfirst", row) for row in articles("standfirst")]
    forest = cold(examples, unlabelled)
    past = [] if options.only or options.cold_only else trees(warm(articles("hashtags"), forest))
    text = json.dumps({"cold": trees(forest), "warm": past}, separators=(",", ":"))
    options.out.write_text(text + "\n", "utf-8")
    sys.stdout.write(f"{options.out}: {len(text) / 1024:.0f} KiB\n")


if __name__ == "__main__":
    main()
