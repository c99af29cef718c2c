"""From a page's text to the article's text: controls, furniture and tag lines come off, nothing else changes."""

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

from bot.text.folding import fold, words
from bot.text.furniture import is_furniture, unsigned
from bot.text.marks import DIRECTION, SENTENCE_ENDS

_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}\N{WORD JOINER}"
    f"\N{ZERO WIDTH NO-BREAK SPACE}\N{OBJECT REPLACEMENT CHARACTER}{DIRECTION}]"
)
_BREAKS = re.compile("\r\n?|\x85|\N{LINE SEPARATOR}|\N{PARAGRAPH SEPARATOR}")
_SPACES = re.compile(r"[^\S\n ][^\S\n]*| [^\S\n]+")  # whatever is not one plain space already
# letters in their presentation shapes; the words in one sign (U+FDF0-FDFD) and ornate brackets stay
_SHAPES = re.compile("[\ufb50-\ufd3d\ufd40-\ufdef\ufe70-\ufefc]+")
_PARAGRAPH = re.compile(r"\n\s*\n")
_TAG = re.compile(r"#([^\s#]+)")
# a hashtag in running text, with the letter that Arabic joins to it: بـ#المغرب
_INNER_TAG = re.compile(r"(?<![\w/&#=\"«“'])([وفبلك]?[وفبلك]?ـ?)#([\w\u064b-\u0652]+)")
_ARABIC_NAME = re.compile(r"[\u0621-\u0652_\d٠-٩]*[\u0621-\u064a]{2}[\u0621-\u0652_\d٠-٩]*")
_NAMED = re.compile(r"\b[وفبلك]?(?:ال|لل)?(?:وسما?|وسوم|هاشتا[غجقك])\b")  # folded: the hashtag itself is the news
_BESIDE = 20  # letters
_MOST_IN_NAME = 3  # words; a longer hashtag is a saying
_JOINED = re.compile(r"(?<=[\u0621-\u0652]) ?_+ ?(?=[\u0621-\u064a])")
_NO_WORD = ("#", "@", "/", ".")
# letters of Persian keyboards in Arabic words; a word with a letter that Arabic has not is not Arabic
_PERSIAN = re.compile(r"[\u0621-\u0652]*[یک][\u0621-\u0652یک]*(?![\w])")
_TO_ARABIC = str.maketrans("یک", "يك")
_WITH_ALEF = frozenset("إلی الی حتی لدی سوی مدی متی أخری کبری شتی مستشفی".split())

_READ_ALSO = re.compile(
    r"[\W_]*(?:اقرا|اقراوا|طالع|طالعوا|شاهد|شاهدوا)\ (?:ايضا|المزيد|كذلك)[\W_]*|[\W_]*مواضيع\ ذات\ صله[\W_]*"
)
_ENDS = (*SENTENCE_ENDS, '"', "”", "»")
_TELLS = re.compile("،|[.!…:؛]$")  # signs that a headline seldom has
_LONG_HEADLINE = 16  # words
_NARROW, _WIDE = 56, 120  # letters of a line at which paragraphs are broken


def plain(text: str) -> str:
    """The same words without controls, direction marks, letter shapes and doubled spaces, in NFC."""
    text = _BREAKS.sub("\n", text)
    text = _CONTROLS.sub("", text)
    text = _SHAPES.sub(lambda shapes: unicodedata.normalize("NFKC", shapes[0]), text)
    text = _SPACES.sub(" ", unicodedata.normalize("NFC", text))
    if "ی" in text or "ک" in text:
        text = _PERSIAN.sub(_arabic, text)
    return "\n".join(line.strip() for line in text.split("\n")).strip()


def _arabic(match: re.Match[str]) -> str:
    word = match[0]
    if match.start() and (match.string[match.start() - 1].isalpha() or match.string[match.start() - 1] in "_#@"):
        return word
    if word in _WITH_ALEF:
        word = word[:-1] + "ى"
    return word.translate(_TO_ARABIC)


def untagged(line: str) -> tuple[str, list[str]]:
    """Running text with the names of its Arabic hashtags as words, and these names; sayings and foreign ones stay."""
    if "#" not in line and "_" not in line:
        return line, []
    tags: list[str] = []

    def name(match: re.Match[str]) -> str:
        joined, tag = match[1].rstrip("ـ"), match[2].strip("_")
        beside = line[max(0, match.start() - _BESIDE) : match.start()] + line[match.end() : match.end() + _BESIDE]
        said = _NAMED.search(fold(beside))
        if said or not _ARABIC_NAME.fullmatch(tag) or tag.count("_") >= _MOST_IN_NAME:
            return match[0]
        tags.append(tag)
        if joined.endswith("ل") and tag.startswith("ال"):
            tag = "ل" + tag[2:]  # لل
        return joined + tag.replace("_", " ")

    line = _INNER_TAG.sub(name, line)
    if "_" in line:
        line = " ".join(
            word if any(sign in word for sign in _NO_WORD) else _JOINED.sub(" ", word).lstrip("_") or word
            for word in line.split(" ")
        )
    return line, tags


def paragraphs(text: str) -> list[str]:
    """Paragraphs, each in one line."""
    return [" ".join(block.split()) for block in _PARAGRAPH.split(text) if block.strip()]


def tag_line(line: str) -> list[str]:
    """The tags of a line that holds hashtags only, without their #; else nothing."""
    if "#" not in line:
        return []
    parts = line.replace("،", " ").split()
    tags = [match[1] for part in parts if (match := _TAG.fullmatch(part))]
    return tags if len(tags) == len(parts) else []


def spells(title: str, tags: Sequence[str]) -> bool:
    """Whether tags are just the words of the title one by one, which is no list of tags."""
    if len(tags) < 3:
        return False
    heading, spelled = words(title), [fold(tag) for tag in tags]
    in_order = sum(
        block.size for block in SequenceMatcher(None, spelled, heading, autojunk=False).get_matching_blocks()
    )
    return in_order >= 0.8 * len(spelled) and in_order >= 0.5 * len(heading)


def body(title: str, text: str, furniture: Sequence[str] = ()) -> tuple[list[str], list[str]]:
    """The paragraphs that are the article's own, and the tags of its tag lines."""
    kept: list[str] = []
    tags: list[str] = []
    leads_on = False  # to other articles
    for block in _PARAGRAPH.split(plain(text)):
        text_lines = []
        for line in filter(None, block.split("\n")):
            if is_furniture(line, furniture):
                leads_on = bool(_READ_ALSO.fullmatch(fold(line)))
            elif found := tag_line(line):
                tags += [] if spells(title, found) else found
            elif not (leads_on := leads_on and _is_headline(line, kept)):
                text_lines.append(line)
        kept += [" ".join(text_lines)] if _is_wrapped(text_lines) else text_lines
    if kept and words(kept[0]) == words(title):
        kept = kept[1:]
    return unsigned(kept), tags


def _is_headline(line: str, before: Sequence[str]) -> bool:
    """Whether a line under "read also" is another article's headline: this article's own lines have an end."""
    ended = bool(before) and before[-1].endswith(_ENDS)
    return ended and len(line.split(None, _LONG_HEADLINE)) <= _LONG_HEADLINE and not _TELLS.search(line)


def _is_wrapped(lines: Sequence[str]) -> bool:
    """Whether lines are one paragraph that was broken at a width: all but the last about as long as the longest."""
    longest = max(map(len, lines), default=0)
    return len(lines) > 1 and _NARROW <= longest <= _WIDE and all(len(line) > 0.8 * longest for line in lines[:-1])
