"""What no editor signs, whatever its chance: verbs, half names, what goes with anything."""

from collections.abc import Sequence

from bot.text.folding import fold
from bot.text.tagging.candidates import Text
from bot.text.tagging.lexicon import Lists, is_noun

_SONS = frozenset(("بن", "ابن", "بنت"))
# titles that are said with a name as if they were a part of it: الملك سلمان
_TITLES = frozenset(map(fold, "الملك الملكة الأمير الأميرة الشيخ السلطان البابا الإمام العاهل".split()))
_AGENCIES = frozenset(map(fold, ("رويترز", "فرانس برس", "أسوشيتد برس", "أسوشيتدبرس", "الأناضول", "سبوتنيك", "شينخوا")))
_SERVANT = "عبد ال"
_COMMON = 4.3  # as common as this, an indefinite word behind a whole name is none of it


def refused(text: Text, known: Lists, key: str, at: Sequence[int], size: int) -> bool:
    """Whether a phrase that stands at these places is no tag."""
    start = at[0]
    first = text.kinds[start]
    if start and (_is_rest_of_a_name(text, known, key, at) or (key.isascii() and _is_gloss(text, at, size))):
        return True
    if key in _AGENCIES and start >= text.title_end:  # who reports is not what is reported
        return True
    if size == 1:
        if first.vague or first.lone or text.barred[start] or (first.adjective and _follows_a_noun(text, at)):
            return True
        return len(at) > 1 and (first.name or first.rare) and _is_half(text, known, key, at)
    last = text.kinds[start + size - 1]
    if last.vague and not last.definite:
        return True
    if first.role and size > 2 and text.kinds[start + 1].name and text.words[start].key not in _TITLES:
        return True
    if key.startswith(_SERVANT) and size == 2:  # عبد القادر: whose?
        return True
    if key.startswith("ريال ") and is_noun(text.words[start + 1].bare):  # money, and not of Madrid
        return True
    if first.name and size > 2 and not last.definite and _is_no_family(text, start + size - 1):
        return True
    return (first.vague or True in text.barred[start : start + size]) and key not in known.phrases


def _is_no_family(text: Text, at: int) -> bool:
    """Whether a word behind a first name and a family name belongs to neither: محمد السادس برقية."""
    word, kind = text.words[at], text.kinds[at]
    if kind.joins or text.kinds[at - 1].joins or kind.name or word.key == "الله":
        return False
    return kind.role or kind.topic or kind.lone or (word.zipf > _COMMON and is_noun(word.bare))


def _is_gloss(text: Text, at: Sequence[int], size: int) -> bool:
    """Whether it always stands in brackets in another script, behind the name that it repeats."""
    return all(text.signs[n - 1] == "(" and text.signs[n + size : n + size + 1] == [")"] for n in at)


def _is_rest_of_a_name(text: Text, known: Lists, key: str, at: Sequence[int]) -> bool:
    """Whether it is the end of a name: بن طلال behind a first name; طلال, never without بن."""
    kinds, start = text.kinds, at[0]
    if kinds[start].joins and key.split(" ", 1)[0] in _SONS and text.words[start - 1].stem in known.names:
        return True
    return kinds[start - 1].joins and all(kinds[n - 1].joins for n in at)


def _follows_a_noun(text: Text, at: Sequence[int]) -> bool:
    """Whether a word in ية always stands behind one that is as definite as itself: المشاكل الاجتماعية."""
    kinds = text.kinds
    return all(
        n and not kinds[n - 1].stop and not kinds[n].clitic and kinds[n - 1].definite == kinds[n].definite for n in at
    )


def _is_half(text: Text, known: Lists, key: str, at: Sequence[int]) -> bool:
    """Whether a name never stands without the same name behind it: كريستيانو رونالدو."""
    if key in known.places or key in known.bodies or at[-1] + 1 >= len(text.words):
        return False
    after, behind = text.words[at[0] + 1].key, text.kinds[at[0] + 1]
    if behind.stop or behind.clitic or behind.verb or behind.definite or behind.nation:
        return False
    return all(text.words[n + 1].key == after for n in at)
