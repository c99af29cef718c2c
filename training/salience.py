"""Trains the weights of sentence selection and writes bot/text/data/salience.json.

Needs scikit-learn, scipy and numpy beside the project's own wordfreq, in an environment of their own:
    python -m venv VENV && VENV/bin/pip install scikit-learn wordfreq && VENV/bin/python training/salience.py
Reads data/standfirst-dev.jsonl.gz below NASHIR_SHARED (default ../shared): only the earlier half by date, as the later
is for scoring. A logistic regression over classes of place and frequency learns which words of an article its editor
said in the standfirst. No measure names a word or an outlet, so none is learned by heart.
  --folds 5   prints what the choice is worth on articles that the weights have not seen, and writes nothing
"""

import argparse
import gzip
import json
import os
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from bot.text import clean, salience, salience_words  # noqa: E402  # after the path is set
from bot.text.sentences import sentences  # noqa: E402  # after the path is set

SHARED = Path(os.environ.get("NASHIR_SHARED", ROOT.parent / "shared"))
OUT = ROOT / "bot" / "text" / "data" / "salience.json"
sys.path.insert(0, str(SHARED / "tools"))
import score_text as measure  # type: ignore[import-not-found]  # noqa: E402  # after the path is set

STRENGTH = 0.02  # of the weights against the pull to nothing
SCATTERED = 3.0  # how much more an article counts whose lead says little of its standfirst

Example = tuple[dict[str, Any], list[list[str]]]


def examples(which: str) -> list[Example]:
    """Articles of one half with the sentences of their paragraphs."""
    with gzip.open(SHARED / "data" / "standfirst-dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        gold = {row["id"]: row for row in map(json.loads, lines)}
    found = []
    for row in measure.part(gold, which):
        kept, _ = clean.body(row["title"], re.sub(r"\n+", "\n\n", row["text"].strip()))
        found.append((row, [sentences(paragraph) for paragraph in kept]))
    return found


def rows(example: Example, stop: set[str]) -> tuple[list[salience_words.Classes], list[float], float]:
    """Classes of an article's words, whether the standfirst says each, and how much the article counts."""
    row, paragraphs = example
    said = Counter(word for word in measure.words(row["standfirst"]) if word not in stop)
    reading = salience_words.read(row["title"], [s for _, s in salience.readable(paragraphs)])
    lead = measure.told(measure.lead(row), row, 600, stop)
    weight = (1.0 + (SCATTERED if lead < 55 else 0.0)) / max(sum(said.values()), 3)
    return reading.classes(), [float(word in said) for word in reading.stands], weight


def fit(data: list[tuple[list[salience_words.Classes], list[float], float]]) -> salience_words.Weights:
    """The weights of all classes."""
    names, sizes = list(salience_words.SIZES), list(salience_words.SIZES.values())
    steps = [_steps(name, size) for name, size in salience_words.SIZES.items()]
    starts = numpy.cumsum([0, *sizes])
    classes = numpy.concatenate([numpy.array(c) for c, _, _ in data if c])
    wanted = numpy.concatenate([numpy.array(y) for _, y, _ in data])
    counts = numpy.concatenate([numpy.full(len(y), weight) for _, y, weight in data])
    matrix = hstack([csr_matrix(steps[n])[classes[:, n]] for n in range(len(names))]).tocsr()
    model = LogisticRegression(C=STRENGTH, max_iter=300, tol=1e-4)
    model.fit(matrix, wanted, sample_weight=counts / counts.mean())
    tables = tuple(
        tuple(round(float(value), 4) for value in steps[n] @ model.coef_[0][starts[n] : starts[n + 1]])
        for n in range(len(names))
    )
    return salience_words.Weights(round(float(model.intercept_[0]), 4), tables)


def _steps(name: str, size: int) -> Any:
    """How a class is told to the regression: one of an order by the steps up to it, so that neighbours weigh alike."""
    if name == "shape":
        return numpy.eye(size)
    if name not in salience_words.CROSSED:
        return numpy.tri(size)
    columns = salience_words.CROSSED[name]
    return numpy.kron(numpy.eye(size // columns), numpy.tri(columns))


def worth(some: list[Example], stop: set[str], budget: int) -> list[tuple[float, float, float]]:
    """For each article: what the choice says of its standfirst, what the lead says, and what the lead says in 600."""
    found = []
    for row, paragraphs in some:
        chosen = [paragraphs[p][n] for p, n in salience.choose(row["title"], paragraphs, budget)]
        lead = measure.lead(row)
        found.append(tuple(measure.told(s, row, b, stop) for s, b in ((chosen, budget), (lead, budget), (lead, 600))))
    return found


def shown(name: str, found: list[tuple[float, float, float]]) -> str:
    """A line of means: all, and where the lead says little."""
    hard = [one for one in found if one[2] < 55]

    def means(some: list[tuple[float, float, float]]) -> str:
        return f"{measure.mean(a for a, _, _ in some):.2f} (lead {measure.mean(b for _, b, _ in some):.2f})"

    return f"{name}: {means(found)}; the {len(hard)} where the lead says little: {means(hard)}"


def main() -> None:
    """Trains on the earlier half, or prints what unseen folds of it give."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folds", type=int, default=0)
    folds = parser.parse_args().folds
    some = examples("earlier")
    stop = measure.frequent({row["id"]: row for row, _ in some})
    data = [rows(example, stop) for example in some]
    if not folds:
        found = fit(data)
        tables = dict(zip(salience_words.SIZES, found.tables, strict=True))
        OUT.write_text(json.dumps({"all": found.all, "tables": tables}, separators=(",", ":")) + "\n", encoding="utf-8")
        return
    order = numpy.random.RandomState(0).permutation(len(some)) % folds
    results: dict[int, list[tuple[float, float, float]]] = {600: [], 280: []}
    for fold in range(folds):
        found = fit([one for one, number in zip(data, order, strict=True) if number != fold])
        salience_words.weights = lambda found=found: found  # type: ignore[assignment,misc]  # the weights of this fold
        unseen = [one for one, number in zip(some, order, strict=True) if number == fold]
        for budget, lines in results.items():
            lines += worth(unseen, stop, budget)
    for budget, lines in results.items():
        sys.stdout.write(shown(f"within {budget}", lines) + "\n")


if __name__ == "__main__":
    main()
