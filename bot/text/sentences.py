"""Where Arabic sentences and clauses end, where a text may be cut, and which sentences lean on another."""

import re

from bot.text.folding import fold
from bot.text.marks import SENTENCE_ENDS

_SIGN = f"[{re.escape(SENTENCE_ENDS)}]"
# an end stands before a space, or is glued to the next word, as feeds often have it
_END = re.compile(
    rf"{_SIGN}(?:(?<!{_SIGN}.){_SIGN}*[\"”»)\]]*(?=\s)|(?<=[ء-ي]{{3}}[.!؟])[\"”»]?(?=[ء-ي]{{2}})(?!نت\b|كوم\b))"
)
# honorifics and short forms that carry a full stop: د. أ. م. ص. ب. and single Latin letters
_SHORT = re.compile(r"(?:^|[\s(«“\"])[وفبلك]?(?:[دأامصبجتقسعه]|هـ|أ\.د|د\.م|Dr|Mr|Mrs|Ms|Prof|St|No|vs|[A-Za-z])\.$")
# names of Latin letters, as initials are spelled
_SPELLED = frozenset("اي بي سي دي اف جي اتش كي ال ام ان او كيو ار اس تي يو في دبليو اكس واي زد زي".split())
_CLAUSE = re.compile(r"(?<![،؛:])[،؛:]+[\"”»)]*(?=\s)")
_CONNECTIVE = re.compile(
    r"\s(?=(?:حيث|كما|فيما|بينما|وفقا?|حسبما?|بحسب|بعدما|بعد أن|قبل أن|عندما|وذلك|رغم|إذ|في وقت|في حين|من أجل|بهدف|بسبب"
    r"|مؤكد[ةا]|مؤكدين|مشير[اة]|مضيف[اة]|موضح[اة]|لافت[اة]|معتبر[اة]|مبرز[اة]|مشدد[اة]|معرب[اة]|داعي[اة]|مطالب[اة])\b)"
)
_SAYS = re.compile(
    r"^و?(?:قال|قالت|أكد|أكدت|أوضح|أوضحت|أضاف|أضافت|صرح|صرحت|ذكر|ذكرت|أعلن|أعلنت|كشف|كشفت|أفاد|أفادت|"
    r"شدد|شددت|اعتبر|اعتبرت|أشار|أشارت|أبرز|أبرزت|نقل|نقلت|عبر|عبرت|لفت|لفتت|بيّن|بينت|تابع|تابعت)\b"
)
_THAT = re.compile(r"\b(?:[أإ]ن(?:ه|ها|هم|هما|نا|ي)?|عن|على|إلى)\b((?:\s+\S+){4,})")

LONG = 500  # letters of a quotation that goes on after a pause
NEAR = 20  # letters around a full stop that tell what it ends: more than the longest short form

# words that a text is not cut after: what comes next belongs to them
_OPEN = frozenset(
    map(
        fold,
        """
        في من إلى على عن بين عبر ضد نحو خلال قبل بعد منذ حول دون لدى مع عند أن إن لا لم لن قد كما أو ثم حتى إذا أي
        كل بعض غير هو هي هم الذي التي الذين اللذين اللتين وهو وهي ما لكن بل رغم بأن فإن وأن وإن لأن كان كانت يكون تكون
        الدكتور الدكتورة السيد السيدة الشيخ الأستاذ الأستاذة الملك الملكة الأمير الأميرة الرئيس الوزير الوزيرة رئيس
        رئيسة وزير وزيرة مدير مديرة المدير النائب العقيد اللواء العميد الجنرال الفريق القاضي المهندس السفير النقيب
        الحاج مولاي سيدي
        رقم عام سنة يوم الساعة شهر نحو حوالي زهاء قرابة المادة الفصل بن بنت ابن أبو أم آل عبد ولد
        """.split(),
    )
)
_NUMBER = re.compile(r"[\d٠-٩][\d٠-٩.,٫٬/:-]*")
_UNITS = frozenset("% ٪ درهم دولار يورو ريال دينار جنيه كلم كم متر طن ألف مليون مليار سنة عاما في بالمئة".split())
# a sentence that begins so says nothing whole without the one before
_LEANS = re.compile(
    r"""^[\W_]*(?:
    (?:كما\ |و|ف)?(?:اضاف|تابع|اوضح|زاد|استطرد|استدرك|اردف|واصل|اكد|قال|ذكر|اشار|اعتبر|شدد|ختم|لفت|بين|صرح
        |افاد|اعلن|كشف|نبه|حذر|راي|را|توقع|نفي|نف|ابرز|نوه|اعرب|عبر|خلص|طالب|دعا|دعت|استنكر|سجل)ت?
        (?:\ ?:|،?\ (?:(?:ان|انه|انها|بان|الي\ ان|علي\ ان|قايلا|قايله|قايلين|نفسه|نفسها|ايضا|كذلك|في\ هذا)\b
            |["“«]|(?:الرييس|الوزير|المسوول|المدير|الخبير|الباحث|المحلل|النايب|الشيخ|الشاهد)ه?\ ?:
            |في\ (?:بيان|تصريحات?|حديث|مقابله|تغريده|كلمته|كلمتها)\b
            |(?:المصدر|المتحدثه?|البيان|البلاغ)\b(?!\ (?:باسم|الرسمي|المشترك))))
  | (?:كما\ |و)(?:اكد|شدد|اعرب|عبر|خلص|دعا|دعت|لفت|اشار|نوه|نبه|حث)ت?\ (?:علي|عن|الي)\b
  | و?(?:بحسب|حسب|وفق|وفقا\ ل|نقل\ عن)\ ?(?:المصدر|المصادر|لمصدر|لمصادر)\ (?:ذات|نفس)
  | و?في\ (?:هذا|ذات|نفس)\ (?:الصدد|الاطار|السياق|الشان|الجانب)\b
  | و?[يت]\w+\ (?:هذا|هذه|ذلك|تلك)\b
  | ف(?:قد|في|ان|لا|لم|ليس)\b
  | [وف]?(?:من\ (?:جهته|جهتها|جهتهم|جانبه|جانبها|ناحيته|ناحيتها)|بدورها?|بالمقابل|في\ (?:المقابل|السياق|سياق))
  | [وف]?(?:هو|هي|هم|هذا|هذه|هؤلاء|ذلك|تلك|كذلك|لذلك|لذا|هكذا|هنا|عندها|عنديذ|حينها|بذلك|هما|هن
        |بعدها|بعد\ ذلك|منذ\ ذلك|لهذا|فيما(?!\ (?:يتعلق|يخص|يلي))|في\ حين|حيث|اذ|ثم)\b
  | [وف]?(?:منه|منها|له|لها|فيه|فيها|عليه|عليها|اليه|اليها)\b
  | (?:و)?(?:لكن|لكن(?:ه|ها|هم|هما|ني|نا)|غير\ ان|الا\ ان|بيد\ ان|ايضا|كما\ (?:ان|انه|اضاف|اكد|قال|اشار|اوضح))\b
  | (?:و)?(?:الامر\ الذي|الشيء\ الذي|ما\ (?:يعني|جعل|دفع)|مما)\b
)""",
    re.VERBOSE,
)

_AMONG = re.compile(r"\b[أإ]ن (?:من|في|هناك)\b")  # "that among …": what is among them comes after the next comma


def sentences(paragraph: str) -> list[str]:
    """The sentences of a paragraph, verbatim, in order."""
    found: list[str] = []
    start = 0
    for end in _END.finditer(paragraph):
        at = end.end()
        if end[0].startswith("..") and _is_open(paragraph[max(start, at - LONG) : at]):
            continue  # a pause of who is quoted
        before, after = paragraph[max(start, at - NEAR) : at], paragraph[at : at + NEAR].lstrip()
        if (end[0] == "." and (_SHORT.search(before) or _is_spelled(before, after))) or after[:1].islower():
            continue
        found.append(paragraph[start:at].strip())
        start = at
    rest = paragraph[start:].strip()
    return [*found, rest] if rest else found


def _is_open(text: str) -> bool:
    """Whether a quotation is open at the end of a text."""
    return text.count("“") > text.count("”") or text.count("«") > text.count("»") or text.count('"') % 2 == 1


def _is_spelled(before: str, after: str) -> bool:
    """Whether a full stop stands behind one of several letters that are spelled out: بي. بي. سي."""
    *earlier, last = before.split()
    near = [word for word in (*earlier[-1:], *after.split(None, 1)[:1]) if "." in word]
    return _is_letter(last) and any(map(_is_letter, near))


def _is_letter(word: str) -> bool:
    return fold(word.strip('."”»،')) in _SPELLED


def leans(sentence: str) -> bool:
    """Whether a sentence says nothing whole without the one before: it goes on with a speaker or points back."""
    return bool(_LEANS.match(fold(sentence[:60])))


def may_cut(text: str, at: int) -> bool:
    """Whether a text may end at a space: not in a number with its unit, a title with a name, a particle's phrase."""
    before, after = text[:at].split()[-1:], text[at:].split(None, 1)[:1]
    if not before or not after:
        return True
    last, following = before[0], after[0].strip("،؛.:!؟")
    if _SHORT.search(text[:at].rstrip()[-8:]) or fold(last.strip('"“”«»()،')) in _OPEN or last == "و":
        return False
    if _NUMBER.fullmatch(last.strip("()،")) or following in _UNITS:
        return False
    if last.endswith(":") or after[0][0] in '"“«':  # what is announced comes next, or what is named
        return False
    return any(letter.isalnum() for letter in following)


def clause_ends(sentence: str) -> list[int]:
    """Places after which a sentence may be cut, at `،`, `؛` and `:`, in order."""
    return [match.end() for match in _CLAUSE.finditer(sentence)]


def clause_starts(sentence: str) -> list[int]:
    """Places before words that begin a clause where no sign does, in order: … | حيث, … | مؤكدا أن."""
    return [match.start() for match in _CONNECTIVE.finditer(sentence)]


def stands_alone(beginning: str) -> bool:
    """Whether the beginning of a sentence says something whole: long enough, and a speaker has said something."""
    if len(beginning.split()) < 8:
        return False
    if beginning.count("(") != beginning.count(")") or _AMONG.search(beginning):
        return False
    return not _SAYS.match(beginning) or bool(_THAT.search(beginning))
