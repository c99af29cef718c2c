"""When two texts are one: the same words after folding, or nearly the same runs of three words."""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

from bot.text.folding import fold, words

BANDS, ROWS = 40, 3  # finds 99 of 100 pairs that share half of their trigrams, 3 of 10,000 that share a fiftieth
SEED = 1
MOST_WORDS = 5_000  # of a text; two that are the same so far are the same

_NUMBER = re.compile(r"\d+(?:[.,٫٬:/]\d+)*")

_ONES = "ثلاث اربع خمس ست سبع ثمان ثماني تسع عشر".split()
_SPELLED = re.compile(
    rf"\b(?:[وف]?[بلك]?(?:ال)?|[وف]?لل)((?:{'|'.join(_ONES)})ه?|واحد|واحده|اثنان|اثنين|اثنتان|اثنتين|"
    r"عشرون|عشرين|ثلاثون|ثلاثين|اربعون|اربعين|خمسون|خمسين|ستون|ستين|سبعون|سبعين|ثمانون|ثمانين|تسعون|تسعين|"
    r"مئه|مائه|مئتان|مئتين|مائتان|مائتين|الف|الفان|الفين|مليون|مليونان|مليونين|مليار)\b"
)


def text_key(title: str, body: str) -> str:
    """64 hexadecimal digits, the same for texts that differ in tashkeel, letter variants and signs only."""
    return hashlib.sha256(" ".join(words(f"{title} {body}")).encode()).hexdigest()


def trigrams(title: str, body: str) -> frozenset[str]:
    """The runs of three folded words; a shorter text is one run."""
    found = words(f"{title} {body}")[:MOST_WORDS]
    if len(found) < 3:
        return frozenset([" ".join(found)])
    return frozenset(map(" ".join, zip(found, found[1:], found[2:], strict=False)))


def bands(runs: frozenset[str]) -> list[int]:
    """40 numbers of 63 bits; texts that are alike have at least one in common (MinHash with banding)."""
    from rensa import RMinHash

    sketch = RMinHash(num_perm=BANDS * ROWS, seed=SEED)
    sketch.update(sorted(runs))
    digest = sketch.digest()
    return [_band(number, digest[number * ROWS : (number + 1) * ROWS]) for number in range(BANDS)]


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of runs that two texts have in common, of all that either has: 0 to 1 (Jaccard)."""
    return len(one & other) / max(len(one | other), 1)


def changed_numbers(before: str, after: str) -> tuple[list[str], list[str]]:
    """The numbers that stand in one text only, in order: those of the first, those of the second."""
    old, new = (Counter(_numbers(text)) for text in (before, after))
    return list((old - new).elements()), list((new - old).elements())


def _numbers(text: str) -> list[str]:
    """Figures and spelled numbers, the latter without ال and the letters joined to them."""
    folded = fold(text)
    spelled = [match[1] for match in _SPELLED.finditer(folded)]
    return [*_NUMBER.findall(folded), *spelled]


def _band(number: int, rows: Sequence[int]) -> int:
    packed = b"".join(value.to_bytes(8, "big") for value in (number, *rows))
    return int.from_bytes(hashlib.blake2b(packed, digest_size=8).digest(), "big") >> 1
