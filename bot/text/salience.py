"""Which sentences carry the story."""

from collections.abc import Sequence

from bot.text.sentences import leans

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
