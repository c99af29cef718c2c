"""Which sentences carry the story."""

from collections.abc import Callable, Sequence

from bot.text.sentences import is_heading, leans, sentences
from bot.text.split import most

MOST_PARAGRAPHS = 200  # that are weighed; what stands behind them is left out where not all fits

Place = tuple[int, int]  # of a sentence: its paragraph and its place there


def choose(title: str, paragraphs: Sequence[Sequence[str]], budget: int, *, told: int = 0) -> list[Place]:  # noqa: ARG001
    """The sentences that tell most within a budget of letters, in reading order; one that leans only with its support.

    `paragraphs` are lists of sentences, a space is counted between two. The first `told` of the first paragraph are
    known to the reader already.
    """
    found: list[Place] = []
    used, before = 0, False
    for p, sentences in enumerate(paragraphs):
        for n, sentence in enumerate(sentences):
            if p == 0 and n < told:
                before = True
                continue
            fits = used + len(sentence) <= budget and (before or not leans(sentence))
            if fits:
                found.append((p, n))
                used += len(sentence) + 1
            before = fits
    return found


def weigh(title: str, paragraphs: Sequence[Sequence[str]]) -> list[list[float]]:  # noqa: ARG001
    """How much each sentence tells of the story; the first ones most."""
    found, at = [], 0
    for sentences_ in paragraphs:
        found.append([1.0 / (1 + at + n) for n in range(len(sentences_))])
        at += len(sentences_)
    return found


def fitting(title: str, paragraphs: Sequence[str], fits: Callable[[Sequence[str]], bool]) -> list[str]:
    """Whole paragraphs that fit together, in order: those that tell least are left out, subheads with what they head.

    Empty where not even one fits.
    """
    if fits(paragraphs):
        return list(paragraphs)
    some = list(paragraphs[:MOST_PARAGRAPHS])
    weights = [max(each, default=0.0) for each in weigh(title, [sentences(p) for p in some])]
    order = sorted(range(len(some)), key=lambda n: (-weights[n], n))

    def kept(count: int) -> list[str]:
        chosen = sorted(order[:count])
        return [some[n] for n in chosen if not (is_heading(some[n]) and n + 1 not in chosen)]

    return kept(most(len(order), lambda count: fits(kept(count))))
