"""What a word's form says beside the words that Arabic has: a verb, an ending that no tag has. How common words are."""

import math
import re
from functools import lru_cache

UNKNOWN = 2.4  # below the rarest word of the list, 3.0

_PERSONS = "يتن"
_PRESENT = re.compile("[يتن]|س[يتن]")
# endings that are pronouns, and how much commoner the word must be without them
_PRONOUNS = {"هما": 0.4, "هم": 0.4, "هن": 0.4, "كم": 0.4, "ها": 0.4, "ه": 0.3, "ك": 1.0}
_LAST = frozenset(ending[-1] for ending in _PRONOUNS)
_COMMON = 4.2  # what a foreign name in ك is not without it: ديليك, هولك
_BEFORE_PRONOUNS = {"ت": "ة", "ي": "ين", "ئ": "ء", "ؤ": "ء"}  # what some endings are without one
_SURE = 3.2  # as common as this, a word is no slip of somebody's pen
_RARER = 1.2  # than it, by the most, is "they did" where a word is "she did"


@lru_cache(maxsize=1)
def words() -> dict[str, float]:
    """All words of the list with how common they are, 3 to 8 (wordfreq, read from its package)."""
    from wordfreq import get_frequency_dict  # slow to import: only when tags are made

    return {word: 9.0 + math.log10(frequency) for word, frequency in get_frequency_dict("ar", "small").items()}


def zipf(word: str) -> float:
    """How common a word is in Arabic at large, 3 to 8, or UNKNOWN."""
    return words().get(word, UNKNOWN)


def may_be_verb(bare: str) -> bool:
    """Whether it may be a verb of the present or the future: ي ت ن change places before the rest (يتراجع, سيخضع)."""
    if not _PRESENT.match(bare):
        return False
    if bare[0] == "س":
        return len(bare) > 4 and bare[1:] in words() and may_be_verb(bare[1:])
    forms = [bare]
    if bare[0] == "ي" and bare.endswith("ون") and len(bare) > 4:  # they: يقاومون, يخشون
        forms = [bare[:-2], bare[:-2] + "ى"]
    return any(
        len(form) > 3 and person + form[1:] in words() for form in forms for person in _PERSONS if person != form[0]
    )


def is_bound(bare: str) -> bool:
    """Whether no tag begins or ends with it: it has a pronoun, is in the accusative, or a verb of the past."""
    if len(bare) < 4:
        return False
    return _has_pronoun(bare) or (bare[0] in "بل" and _has_pronoun(bare[1:])) or _is_accusative(bare) or _is_past(bare)


def _has_pronoun(bare: str) -> bool:
    """وفاته, حكومتها, مواطنيه: without the ending it is a commoner word, that also stands with the article."""
    if bare[-1] not in _LAST:
        return False
    for ending, more in _PRONOUNS.items():
        base = bare.removesuffix(ending)
        if base == bare or len(base) < 3:
            continue
        other = base[:-1] + _BEFORE_PRONOUNS.get(base[-1], base[-1])
        if base[-1] in "تي" and zipf(other) > _SURE:
            return True
        least = max(zipf(bare) + more, _COMMON if ending == "ك" else _SURE)
        if any(zipf(form) > least and "ال" + form in words() for form in (base, other)):
            return True
    return False


def _is_accusative(bare: str) -> bool:
    """شخصا, مفاعلا: without the ending it is a commoner word, that also stands with the article."""
    base = bare[:-1]
    return bare[-1] == "ا" and zipf(base) > zipf(bare) + 0.3 and "ال" + base in words()


def _is_past(bare: str) -> bool:
    """استهدف, أعلن, أثار, أطلقت, نشروا: other forms of the same verb are words, too."""
    known = words()
    if bare.endswith("وا") and len(bare) > 4 and (bare[:-2] in known or bare[:-2] + "ت" in known):
        return True
    if bare[0] == "ا" and len(bare) > 4 and bare[-2] != "ا" and "ي" + bare[1:] in known:
        return True
    if bare[0] == "أ" and len(bare) == 4:
        first, middle, last = bare[1], bare[2], bare[3]
        hollow = middle == "ا"
        forms = (f"ي{first}ي{last}", f"إ{first}ا{last}ة") if hollow else (f"ي{bare[1:]}", f"إ{first}{middle}ا{last}")
        return all(form in known for form in forms)
    if bare[-1] != "ت":
        return False
    if len(bare) == 4 and "ي" + bare[:-1] in known and "ت" + bare[:-1] in known:
        return True
    return bare[-2] not in "او" and zipf(bare[:-1] + "وا") > max(zipf(bare) - _RARER, UNKNOWN)
