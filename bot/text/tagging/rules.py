"""What no editor signs, whatever its chance: verbs, half names, what goes with anything."""

from collections.abc import Sequence

from bot.text.tagging.candidates import Text
from bot.text.tagging.lexicon import Lists

_SONS = frozenset(("بن", "ابن", "بنت"))


def refused(text: Text, known: Lists, key: str, at: Sequence[int], size: int) -> bool:
    """Whether a phrase that stands at these places is no tag."""
    start = at[0]
    first = text.kinds[start]
    if start and _is_rest_of_a_name(text, known, key, at):
        return True
    if size == 1:
        if first.vague or first.lone or text.barred[start] or (first.adjective and _follows_a_noun(text, at)):
            return True
        return len(at) > 1 and (first.name or first.rare) and _is_half(text, known, key, at)
    last = text.kinds[start + size - 1]
    if last.vague and not last.definite:
        return True
    return (first.vague or True in text.barred[start : start + size]) and key not in known.phrases


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
