"""From a page's text to the article's text: controls, furniture and tag lines come off, nothing else changes."""

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from fnmatch import fnmatchcase

from bot.text.folding import WORD, fold, words
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

# Folded beginnings of lines that belong to a page; no sentence of an article begins like them.
_FURNITURE = re.compile(
    r"""^[\W_]*(?:
    زر\ الذهاب\ الي\ الاعلي | العوده\ الي\ الاعلي
  | (?:اقرا|اقراوا|طالع|طالعوا|شاهد|شاهدوا|انظر)\ (?:ايضا|المزيد|كذلك)\b
  | (?:اقرا|للمزيد\ اقرا)\ المزيد | (?:للمزيد|لمزيد\ من\ التفاصيل|اقرا|اقراوا|طالع|طالعوا)\ ?[:|–—-]
  | يمكنكم?\ (?:تسلم|استلام|تلقي)\ (?:ال)?اشعارات | كلمات\ (?:دلاليه|مفتاحيه)
  | قد\ (?:يعجبك|يهمك|تعجبك)(?:\ ايضا|\ هذا)?
  | (?:مواضيع|مقالات|اخبار|مواد)\ (?:ذات\ صله|مشابهه|متعلقه)
  | (?:جميع|كل)\ الحقوق\ محفوظه | نسخ\ الرابط | اضغط\ هنا | التعليقات\ مغلقه
  | مصدر\ الصوره | مصدر\ الخبر\ الاصلي | التعليق\ علي\ الصوره
)""",
    re.VERBOSE,
)
# These may begin a sentence of the article: they are furniture only as a short line that is no sentence.
_INVITATION = re.compile(
    r"""^[\W_]*(?:
    شارك(?:وا|ها|نا|ه)?\ (?:هذا|هذه|المقال|الخبر|الموضوع|الماده|عبر|علي|مع)\b
  | (?:انضم|انضموا|اشترك|اشتركوا)\ (?:الي|في|ب)\ ?(?:قناتنا|نشرتنا|النشره|قناه|صفحتنا)\b
  | تابع(?:نا|ونا|وا|ا)?\ (?:علي|عبر|اخر|قناتنا|صفحتنا|اخبار)\b
  | حقوق\ النشر | الاكثر\ (?:قراءه|مشاهده)\b | التعليقات\ ?\( | انتهي\W*$
)""",
    re.VERBOSE,
)
_READ_ALSO = re.compile(
    r"[\W_]*(?:اقرا|اقراوا|طالع|طالعوا|شاهد|شاهدوا)\ (?:ايضا|المزيد|كذلك)[\W_]*|[\W_]*مواضيع\ ذات\ صله[\W_]*"
)
_ENDS = (*SENTENCE_ENDS, '"', "”", "»")
_TELLS = re.compile("،|[.!…:؛]$")  # signs that a headline seldom has
_LONG_HEADLINE = 16  # words
_LONGEST = 160  # letters of a line of furniture
_HEAD = 120  # letters in which a line of furniture has shown itself
_MOST_INVITING = 9  # words
_NARROW, _WIDE = 56, 120  # letters of a line at which paragraphs are broken

_SHARE_WORDS = frozenset(
    words(
        "فيسبوك فايسبوك تويتر إكس X Facebook Twitter واتساب واتس آب WhatsApp تلغرام تيليغرام تليجرام Telegram "
        "لينكدإن LinkedIn بينتيريست Pinterest مسنجر ماسنجر Messenger انستغرام إنستغرام Instagram طباعة إيميل "
        "مشاركة شارك عبر البريد الإلكتروني نسخ الرابط"
    )
)


def plain(text: str) -> str:
    """The same words without controls, direction marks, letter shapes and doubled spaces, in NFC."""
    text = _BREAKS.sub("\n", text)
    text = _CONTROLS.sub("", text)
    text = _SHAPES.sub(lambda shapes: unicodedata.normalize("NFKC", shapes[0]), text)
    text = _SPACES.sub(" ", unicodedata.normalize("NFC", text))
    return "\n".join(line.strip() for line in text.split("\n")).strip()


def paragraphs(text: str) -> list[str]:
    """Paragraphs, each in one line."""
    return [" ".join(block.split()) for block in _PARAGRAPH.split(text) if block.strip()]


def is_furniture(line: str, more: Sequence[str] = ()) -> bool:
    """Whether a line belongs to the page: "read also", share bars, "join our channel". `more`: globs of the house."""
    if not more:
        head = fold(line[:_HEAD].lstrip())
        first = WORD.search(head)
        if not (_FURNITURE.match(head) or _INVITATION.match(head) or (first and first[0] in _SHARE_WORDS)):
            return False
    folded = fold(" ".join(line.split()))
    if any(fnmatchcase(folded, fold(pattern)) for pattern in more):
        return True
    if len(folded) > _LONGEST:
        return False
    found = words(folded)
    if _FURNITURE.match(folded) or (found and _SHARE_WORDS.issuperset(found)):
        return True
    inviting = len(found) <= _MOST_INVITING and folded[-1:] not in tuple('.!؟?…»”"')
    return inviting and bool(_INVITATION.match(folded))


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
    return kept, tags


def _is_headline(line: str, before: Sequence[str]) -> bool:
    """Whether a line under "read also" is another article's headline: this article's own lines have an end."""
    ended = bool(before) and before[-1].endswith(_ENDS)
    return ended and len(line.split(None, _LONG_HEADLINE)) <= _LONG_HEADLINE and not _TELLS.search(line)


def _is_wrapped(lines: Sequence[str]) -> bool:
    """Whether lines are one paragraph that was broken at a width: all but the last about as long as the longest."""
    longest = max(map(len, lines), default=0)
    return len(lines) > 1 and _NARROW <= longest <= _WIDE and all(len(line) > 0.8 * longest for line in lines[:-1])
