"""The weights that rank candidates: small decision trees, trained by training/hashtags.py."""

import json
import math
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from importlib.resources import files
from itertools import pairwise
from typing import Any, NamedTuple

STAGES = ((20, 18), (65, 9))  # after so many trees so many rows go on
WORTH_IT = 20  # articles after which the trees are made into functions: it takes as long as some articles
BEHIND = 1.2  # taken off the odds of the others: the trees that they miss would lower them
Sums = Callable[[Sequence[Sequence[float]]], list[float]]  # of some trees, for each row
Node = Any  # a leaf's value, or [measure, threshold, node where not above it, node where above]


class Forest:
    """Trees whose sum is wanted stage by stage; after some work they are made into functions, which are quicker."""

    def __init__(self, trees: Sequence[Node]) -> None:
        ends = [*(end for end, _ in STAGES if end < len(trees)), len(trees)]
        self.parts = [tuple(trees[begin:end]) for begin, end in pairwise([0, *ends])]
        self._asked = 0
        self._made: list[Sums] = []

    def stages(self, width: int) -> Sequence["Sums"]:
        """For each stage what adds up its trees for rows of so many measures."""
        self._asked += 1
        if self._asked > WORTH_IT and not self._made:
            self._made = [_made(part, width) for part in self.parts]
        return self._made or [partial(_sums, part) for part in self.parts]


class Weights(NamedTuple):
    """Trees for candidates by themselves, and for those of a newsroom with a past."""

    cold: Forest
    warm: Forest


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The shipped weights, read once."""
    return load((files("bot.text.data") / "hashtags.json").read_text("utf-8"))


def load(text: str) -> Weights:
    """Weights as the training writes them."""
    read = json.loads(text)
    return Weights(*(Forest(list(map(_frozen, read[name]))) for name in ("cold", "warm")))


def logits(forest: Forest, rows: Sequence[Sequence[float]]) -> list[float]:
    """The sum of all trees for each row of measures: the log odds that an editor would sign it.

    Rows that are far behind after the first trees are not looked at again: theirs is a rough sum.
    """
    totals = [0.0] * len(rows)
    alive: Sequence[int] = range(len(rows))
    stages = forest.stages(len(rows[0]))
    for number, (add, (_, kept)) in enumerate(zip(stages, (*STAGES, (0, 0)), strict=False), 1):
        for n, found in zip(alive, add([rows[n] for n in alive]), strict=True):
            totals[n] += found
        if number < len(stages):
            order = sorted(alive, key=totals.__getitem__, reverse=True)
            alive = order[:kept]
            for n in order[kept:]:
                totals[n] -= BEHIND
    return totals


def _made(trees: Sequence[Node], width: int) -> Sums:
    """The sums of trees as one function of numbers alone, which are our own weights; each measure has its name."""
    names = "".join(f"m{number}, " for number in range(width))
    source = f"lambda rows: [{' + '.join(map(_written, trees))} for {names} in rows]"
    # numbers of our own weights only
    made: Sums = eval(compile(source, "<weights>", "eval"), {"__builtins__": {}})  # noqa: S307 - made of numbers above
    return made


def _written(node: Node) -> str:
    if not isinstance(node, tuple):
        return repr(float(node))
    measure, threshold, below, above = node
    return f"({_written(below)} if m{int(measure)} <= {float(threshold)!r} else {_written(above)})"


def _sums(trees: Sequence[Node], rows: Sequence[Sequence[float]]) -> list[float]:
    return [_sum(trees, row) for row in rows]


def _sum(trees: Sequence[Node], row: Sequence[float]) -> float:
    total = 0.0
    for node in trees:
        while node.__class__ is tuple:
            measure, threshold, below, above = node
            node = below if row[measure] <= threshold else above
        total += node
    return total


def _frozen(node: Node) -> Node:
    return (node[0], node[1], _frozen(node[2]), _frozen(node[3])) if isinstance(node, list) else node


def chance(logit: float) -> float:
    """Log odds as a probability."""
    return 1 / (1 + math.exp(-max(min(logit, 30.0), -30.0)))
