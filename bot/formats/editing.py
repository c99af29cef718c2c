"""A text that an editor writes by hand: measured, mended in its direction, and checked as the formatters' own."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html.parser import HTMLParser

from bot.domain.errors import FormatError
from bot.domain.post import Post, Segment, Service
from bot.domain.say import Say
from bot.formats.telegram import RAW_LIMIT
from bot.formats.x import LIMIT as X_LIMIT
from bot.text import bidi
from bot.text.marks import ALM, DIRECTION
from bot.text.measure import telegram_length, telegram_text, x_count

MOST_SEGMENTS = 25
_FOLDED = {True: "expandable", False: "message"}
_HIDDEN = re.compile(f"[{DIRECTION}]")
_TAG = re.compile(r"(?<![\w#])#(\S+)")
# the last line of prose has a whole sentence in it, and one that does not end; titles, tags and addresses are none
_CUT = re.compile(r"[^\W\d_][.؟!][\"»)]? [^\n]*[^\W\d_](?:\s*(?:#\S+|https?://\S+|\d+/\d+))*\s*\Z")
_QUOTE = re.compile(r"«(?:[^\s»]+\s+){4,}[^»]*»")
_SPEAKER = re.compile(
    r"\b[وف]?(?:قال|قول|يقول|تقول|صرح|أكد|يؤكد|تؤكد|أوضح|يوضح|توضح|أضاف|يضيف|تضيف|ذكر|أعلن|أفاد|شدد|اعتبر|أشار|نقل|عبر|لفت|"
    r"بيّن|تابع|كتب|غرد|وصف|دعا|طالب|حذر|نفى|رد|علق|سأل|أجاب|حسب|بحسب|وفق|وفقا|لسان|بعنوان|شعار|تسمى|يسمى)(?:ت|وا|ها|ه|هم)?\b"
)
_PUNCTUATION = "،؛؟!.,:;\"»«)(][…'"
_TAGS = {"a", "b", "strong", "i", "em", "s", "u", "code", "pre", "blockquote", "tg-spoiler"}
_RICH = {"h3", "p"}


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A segment as it would go, and what is wrong with it."""

    segment: Segment
    faults: tuple[Say, ...] = ()  # it cannot go
    hints: tuple[Say, ...] = ()  # it can, and could be better


def shown(segment: Segment) -> str:
    """What an editor edits: the text without the marks of direction, which are set anew."""
    return _HIDDEN.sub("", segment.text)


def mode_of(post: Post) -> str:
    """The form that a post has; of X and Telegram, "" for mail."""
    first, many = post.segments[0], len(post.segments) > 1
    if post.service == "x":
        return "thread" if many else "long" if (first.limit or 0) > X_LIMIT else "short"
    if post.service == "telegram":
        folded = "<blockquote expandable>" in first.text
        return "rich" if first.rich else "caption" if first.photo else "messages" if many else _FOLDED[folded]
    return ""


def check(service: Service, old: Segment, text: str, subject: str | None = None) -> Checked:
    """One segment in new words, in the form of an old one; pure."""
    text = _HIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    faults: list[Say] = [] if text else [Say("The segment is empty.", "المقطع فارغ.")]
    hints: list[Say] = []
    if service == "x":
        text = bidi.mend(text, ALM)
        count = x_count(text)
        new = replace(old, text=text, length=count.length)
        if not count.valid_characters:
            faults.append(Say("X does not take a sign in this text.", "في النص علامة لا يقبلها إكس."))
        lines, plain = text.split("\n"), text
    elif service == "telegram":
        faults += _markup(text, _TAGS | (_RICH if old.rich else set()))
        if not faults:
            text = bidi.mend_html(text, told=True) if old.rich else bidi.mend_html(text)
        plain = telegram_text(text) if not faults else text
        new = replace(old, text=text, length=telegram_length(text) if not faults else len(text))
        if len(text.encode()) > RAW_LIMIT:
            faults.append(Say("The message has too many bytes.", "الرسالة أكبر مما يقبله تلغرام."))
        lines = plain.split("\n")
    else:
        new = replace(old, text=text, subject=(subject or "").strip() or old.subject)
        lines, plain = [], text
    if new.limit is not None and (new.length or 0) > new.limit:
        over = (new.length or 0) - new.limit
        faults.append(Say(f"{over} over the limit of {new.limit}.", f"يتجاوز الحد {new.limit} بمقدار {over}."))
    if any(bidi.has_arabic(line) and bidi.broken(line) for line in lines):
        hints.append(Say("A line may read in the wrong order.", "قد يُقرأ سطر بترتيب خاطئ."))
    tags = [tag.strip(_PUNCTUATION) for tag in _TAG.findall(plain)]
    if any(tag.isdigit() or not re.fullmatch(r"\w+", tag) for tag in tags):
        hints.append(Say("A tag will not link as a whole.", "وسم لا يعمل كله رابطا."))
    if _CUT.search(plain):
        hints.append(Say("The last sentence has no end.", "الجملة الأخيرة بلا نهاية."))
    if _QUOTE.search(plain) and not _SPEAKER.search(plain):
        hints.append(Say("A quotation whose speaker is not named here.", "اقتباس لا يُعرف قائله هنا."))
    if plain.count("«") != plain.count("»"):
        hints.append(Say("A quotation has no partner.", "علامة اقتباس بلا شريكتها."))
    return Checked(segment=new, faults=tuple(faults), hints=tuple(hints))


def edited(post: Post, texts: Sequence[str], subject: str | None = None) -> Post:
    """A post in new words, of as many segments as there are texts; raises FormatError where one cannot go."""
    texts = [text for text in texts if text.strip()]
    if not texts or len(texts) > MOST_SEGMENTS:
        raise FormatError(
            f"A post has 1 to {MOST_SEGMENTS} segments.", f"للمنشور من مقطع واحد إلى {MOST_SEGMENTS} مقطعا."
        )
    if post.service == "email" and len(texts) != 1:
        raise FormatError("A mail is one text.", "البريد نص واحد.")
    made = []
    for n, text in enumerate(texts):
        old = post.segments[n] if n < len(post.segments) else _follower(post.segments[-1])
        found = check(post.service, old, text, subject)
        if found.faults:
            raise FormatError(f"Segment {n + 1}: {found.faults[0].en}", f"المقطع {n + 1}: {found.faults[0].ar}")
        made.append(found.segment)
    tags = dict.fromkeys(f"#{tag}" for s in made for tag in re.findall(r"(?<![\w#&])#(\w+)", s.text))
    return replace(post, segments=tuple(made), hashtags=tuple(tags) if post.service != "email" else post.hashtags)


def _follower(segment: Segment) -> Segment:
    """What a segment more looks like: no card, no picture."""
    return replace(segment, preview_url=None, photo=None)


def _markup(text: str, known: set[str]) -> list[Say]:
    """Faults of Telegram's HTML (core.telegram.org/bots/api#html-style)."""
    parser = _Markup(known)
    parser.feed(text)
    parser.close()
    if parser.open and not parser.fault:
        tag = parser.open[-1]
        parser.fault = Say(f"<{tag}> is not closed.", f"الوسم <{tag}> غير مغلق.")
    if not parser.fault and re.search(r"<(?![a-z/])|<[a-z/][^>]*$", text):
        parser.fault = Say("Write &lt; for the sign <.", "اكتب &lt; بدل العلامة <.")
    return [parser.fault] if parser.fault else []


class _Markup(HTMLParser):
    def __init__(self, known: set[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.known = known
        self.open: list[str] = []
        self.fault: Say | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wrong = [name for name, _ in attrs if (tag, name) not in {("a", "href"), ("blockquote", "expandable")}]
        if tag not in self.known or wrong:
            self.fault = self.fault or Say(f"Telegram does not know <{tag}> so.", f"لا يعرف تلغرام <{tag}> هكذا.")
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.fault = self.fault or Say(f"</{tag}> closes nothing.", f"الوسم </{tag}> لا يغلق شيئا.")
