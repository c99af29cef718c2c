"""Furniture: lines of a page or an agency that are no text of the article."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from bot.text.folding import WORD, fold, words

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
# Folded lines that are furniture as a whole, whatever stands around them.
_WHOLE = re.compile(
    r"""[\W_]*(?:
    (?:نشر|نشرت|تم\ النشر|تاريخ\ النشر|اخر\ تحديث|تم\ التحديث|حدث)(?:\ في)?\ ?:?\ [^.]{0,30}\d{4}[^.]{0,25}
  | \d{1,2}\ (?:دقيقه|دقايق)\ (?:قراءه|للقراءه) | (?:مده|وقت)\ القراءه\b.{0,20}
  | حجم\ الخط\b.{0,20} | سجل\ الدخول\b.{0,30} | (?:لا\ توجد\ )?تعليقات | اضف\ تعليقا?
  | (?:مواضيع|اخبار|مقالات)\ قد\ (?:تهمك|تعجبك) | (?:المزيد\ من|مزيد\ من)\ (?:الاخبار|المواضيع|المقالات)
  | (?:قراءه|تحميل|عرض|شاهد)\ المزيد | اعلان(?:ات)? | advertisement | next | previous | share | شارك
  | (?:ال)?كلمات\ (?:ال)?(?:داله|دلاليه|مفتاحيه)\b.{0,80} | (?:فيديو|موضوعات|اخبار|مواد)\ (?:ذو|ذات)\ صله
  | (?:للاشتراك|اشترك|اشتركوا)\ (?:الان\ )?(?:في|ب)\ ?(?:ال)?(?:قناتنا|نشرتنا|نشره|قناه|خدمه)\b.{0,40}
  | (?:انضم|انضموا)\ الينا\b.{0,40} | (?:للتواصل|تواصلوا?)\ معنا\b.{0,40} | لمتابعه\ (?:اخبارنا|اخر\ الاخبار)\b.{0,60}
  | (?:صوره|صور|الصوره|تصوير|عدسه|فيديو)\ ?[:/|]\ ?[^:\s]+(?:\ [^:\s]+){0,4} | صوره\ (?:من\ الارشيف|ارشيفيه|توضيحيه)
)[\W_]*|[\W_]*""",
    re.VERBOSE,
)
_AGENCY = (
    r"(?:و\ ?\.?\ ?م\ ?\.?\ ?ع|ومع|ا\ ?\.?\ ?ف\ ?\.?\ ?ب|د\ ?\.?\ ?ب\ ?\.?\ ?ا|رويترز|فرانس\ برس|الاناضول|سبوتنيك"
    r"|شينخوا|واس|وام|كونا|قنا|بنا|سانا|وفا|بترا|واج|وات|العمانيه|وكالات|وكالات\ الانباء|العربيه\.نت)"
)
# Folded last lines: who signed, for whom, when it was filed.
_SIGNATURE = re.compile(
    rf"""[-–—/*]+\ ?[ء-ي]{{2,4}}\ ?[-–—/*]+ | [ء-ي](?:[./]\ ?[ء-ي]){{1,3}}\.? | \d{{3,5}} | يتبع[\ .…]*
  | \d{{1,2}}[:.]\d{{2}}\ ?(?:ت\ ?\.?\ ?مـ?|جمت|غرينتش)\.? | [(\[]?\ ?{_AGENCY}\b[^.،؛]{{0,25}}[)\]]?
  | (?:المصدر|مصدر)\ ?:\ ?[^.:،]{{1,40}}""",
    re.VERBOSE,
)
# Folded first lines: a paper or a town and who writes, or a day of both calendars; the story begins below.
_BYLINE = re.compile(
    rf"""\w+(?:\ \w+)?\ ?[-–—/|:]\ ?{_AGENCY} | [^\W\d]+(?:\ [^\W\d]+)?\ [-–—/|]\ [^\W\d]+(?:\ [^\W\d]+){{0,2}}
  | [^.،؛:!؟…]{{0,40}}\d{{1,2}}\ [^\d.،؛:!؟…]{{3,20}}\ 1[34]\d\d\ ?ه\b[^.،؛:!؟…]{{0,60}}""",
    re.VERBOSE,
)
_SHORT = 90  # letters of a line that says by itself alone that it is furniture
_LAST, _FIRST = 3, 2  # lines that may be signatures, and bylines
_LONGEST = 160  # letters of a line of furniture
_HEAD = 120  # letters in which a line of furniture has shown itself
_MOST_INVITING = 9  # words

_SHARE_WORDS = frozenset(
    words(
        "فيسبوك فايسبوك تويتر إكس X Facebook Twitter واتساب واتس آب WhatsApp تلغرام تيليغرام تليجرام Telegram "
        "لينكدإن LinkedIn بينتيريست Pinterest مسنجر ماسنجر Messenger انستغرام إنستغرام Instagram طباعة إيميل "
        "مشاركة شارك عبر البريد الإلكتروني نسخ الرابط"
    )
)


def is_furniture(line: str, more: Sequence[str] = ()) -> bool:
    """Whether a line belongs to the page: "read also", share bars, "join our channel". `more`: globs of the house."""
    if len(line) <= _SHORT and _WHOLE.fullmatch(fold(line)):
        return True
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


def unsigned(lines: list[str]) -> list[str]:
    """The lines without bylines before the first and signatures behind the last; one line always stays."""
    first, last = 0, len(lines)
    while first < min(_FIRST, last - 1) and _is(lines[first], _BYLINE):
        first += 1
    while last > max(len(lines) - _LAST, first + 1) and _is(lines[last - 1], _SIGNATURE):
        last -= 1
    return lines[first:last]


def _is(line: str, pattern: re.Pattern[str]) -> bool:
    return len(line) <= _SHORT and bool(pattern.fullmatch(fold(line)))
