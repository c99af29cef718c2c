"""The weights that rank candidates: small decision trees, trained by training/hashtags.py."""

import json
import math
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

STAGES = ((12, 18), (40, 9))  # after so many trees so many rows go on
BEHIND = 1.2  # taken off the odds of the others: the trees that they miss would lower them
Node = Any  # a leaf's value, or [measure, threshold, node where not above it, node where above]


class Weights(NamedTuple):
    """Trees for candidates by themselves, and for those of a newsroom with a past."""

    cold: list[Node]
    warm: list[Node]


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The shipped weights, read once."""
    return load((files("bot.text.data") / "hashtags.json").read_text("utf-8"))


def load(text: str) -> Weights:
    """Weights as the training writes them."""
    read = json.loads(text)
    return Weights(cold=list(map(_frozen, read["cold"])), warm=list(map(_frozen, read["warm"])))


def logits(trees: Sequence[Node], rows: Sequence[Sequence[float]]) -> list[float]:
    """The sum of all trees for each row of measures: the log odds that an editor would sign it.

    Rows that are far behind after the first trees are not looked at again: theirs is a rough sum.
    """
    totals = [0.0] * len(rows)
    alive: Sequence[int] = range(len(rows))
    begin = 0
    for end, kept in (*STAGES, (len(trees), 0)):
        for number in alive:
            totals[number] += _sum(trees[begin:end], rows[number])
        order = sorted(alive, key=totals.__getitem__, reverse=True)
        alive = order[:kept]
        if end < len(trees):
            for number in order[kept:]:
                totals[number] -= BEHIND
        begin = end
    return totals


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
