"""A tag more or less in a post that waits: the rest of its text stays as it is, whoever wrote it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bot.domain.errors import FormatError
from bot.domain.post import Post, Segment
from bot.domain.say import Say
from bot.formats.editing import edited, shown
from bot.text.hashtags import Suggestion, tag_key, valid

_MARKUP = re.compile(r"(<[^>]*>)")
_TOKEN = re.compile(r"(?<![\w#&/])#\w+")
_TAG_LINE = re.compile(r"\s*#\w+(?:\s+#\w+)*\s*")
_EMPTY = re.compile(r"<p>\s*</p>")
_GAPS = re.compile(r"\n{3,}")


@dataclass(frozen=True, kw_only=True)
class Chip:
    """A tag of a post, and why it is there where that is known."""

    tag: str
    why: Say | None = None


def chips(tags: Sequence[str], suggested: Iterable[Suggestion]) -> tuple[list[Chip], list[Chip]]:
    """The tags that a post carries, and those that could be added, best first."""
    why = {tag_key(each.tag): each for each in suggested}
    carried = {tag_key(tag) for tag in tags}
    there = [Chip(tag=tag, why=why[key].why if (key := tag_key(tag)) in why else None) for tag in tags]
    return there, [Chip(tag=each.tag, why=each.why) for key, each in why.items() if key not in carried]


def changed(tags: Sequence[str], add: str, remove: str) -> tuple[str, ...]:
    """The tags with one more, without another; raises FormatError where that is no tag, or changes nothing."""
    gone = tag_key(remove)
    kept = [tag for tag in tags if not remove or tag_key(tag) != gone]
    if add:
        tag = valid(add)
        if not tag:
            raise FormatError(
                "That is no tag: it needs a letter and at most 60 signs.",
                "هذا ليس وسما: يلزمه حرف، وطوله 60 على الأكثر.",
            )
        if tag_key(tag) not in map(tag_key, kept):
            kept.append(tag)
    if list(kept) == list(tags):
        raise FormatError("That changes nothing.", "هذا لا يغير شيئا.")
    return tuple(kept)


def retagged(post: Post, tags: Sequence[str]) -> Post:
    """A post of X or Telegram that carries these tags; raises FormatError where a segment passes its limit."""
    keys = {tag_key(tag) for tag in tags}
    texts = [_without(shown(segment), keys) for segment in post.segments]
    there = {tag_key(tag) for text in texts for tag in _tags(text)}
    new = [tag for tag in tags if tag_key(tag) not in there]
    if new:
        n = _place(texts, last=post.service == "telegram")
        texts[n] = _with(texts[n], new, post.segments[n])
    if not all(text.strip() for text in texts):
        raise FormatError("A segment would be empty.", "يصبح مقطع فارغا.")
    made = edited(post, texts)
    return replace(made, hashtags=tuple(tags))


def _tags(text: str) -> list[str]:
    return [tag for part in _MARKUP.split(text)[::2] for tag in _TOKEN.findall(part)]


def _is_tag_line(line: str) -> bool:
    return bool(_TAG_LINE.fullmatch(_MARKUP.sub("", line)))


def _without(text: str, keys: set[str]) -> str:
    """Other tags go from lines of tags, and are plain words in running text."""
    lines = []
    for line in text.split("\n"):
        alone = _is_tag_line(line)
        left_out = partial(_kept, keys, alone=alone)
        parts = _MARKUP.split(line)
        parts[::2] = [_TOKEN.sub(left_out, part) for part in parts[::2]]
        left = "".join(parts)
        if alone:
            left = _EMPTY.sub("", re.sub(r"[^\S\n]{2,}", " ", left)).strip()
        if left or not alone:
            lines.append(left)
    return _GAPS.sub("\n\n", "\n".join(lines)).strip()


def _kept(keys: set[str], found: re.Match[str], *, alone: bool) -> str:
    token = found[0]
    if tag_key(token) in keys:
        return token
    return "" if alone else token[1:].replace("_", " ")


def _place(texts: Sequence[str], *, last: bool) -> int:
    """The segment that carries tags; without one the first of a thread, the last of several messages."""
    carry = [n for n, text in enumerate(texts) if any(map(_is_tag_line, text.split("\n")))]
    return carry[-1 if last else 0] if carry else (len(texts) - 1 if last else 0)


def _with(text: str, tags: Sequence[str], segment: Segment) -> str:
    """Tags behind those that stand on a line of their own, else on a new line at the end."""
    lines, words = text.split("\n"), " ".join(tags)
    at = next((n for n in range(len(lines) - 1, -1, -1) if _is_tag_line(lines[n])), None)
    if at is None:
        return f"{text}\n<p>{words}</p>" if segment.rich else f"{text}\n\n{words}"
    last = list(_TOKEN.finditer(lines[at]))[-1].end()
    lines[at] = f"{lines[at][:last]} {words}{lines[at][last:]}"
    return "\n".join(lines)
