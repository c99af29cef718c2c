"""The weights that rank candidates: small decision trees, trained by training/hashtags.py."""

import json
import math
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

Node = Any  # a leaf's value, or [measure, threshold, node where not above it, node where above]


class Weights(NamedTuple):
    """Trees for candidates by themselves, and for those of a newsroom with a past."""

    cold: list[Node]
    warm: list[Node]


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The shipped weights, read once."""
    return Weights(**json.loads((files("bot.text.data") / "hashtags.json").read_text("utf-8")))


def logits(trees: Sequence[Node], rows: Sequence[Sequence[float]]) -> list[float]:
    """The sum of all trees for each row of measures: the log odds that an editor would sign it."""
    return [_sum(trees, row) for row in rows]


def _sum(trees: Sequence[Node], row: Sequence[float]) -> float:
    total = 0.0
    for node in trees:
        while node.__class__ is list:
            node = node[2] if row[node[0]] <= node[1] else node[3]
        total += node
    return total


def chance(logit: float) -> float:
    """Log odds as a probability."""
    return 1 / (1 + math.exp(-max(min(logit, 30.0), -30.0)))
