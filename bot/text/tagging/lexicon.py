"""What is known of one word: how common it is, its clitics, and the lists of names that newsrooms write."""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from bot.text.folding import fold
from bot.text.marks import ZWNJ
from bot.text.tagging.forms import UNKNOWN, is_bound, may_be_verb, zipf

MOST_KNOWN = 40_000  # words that are remembered
_DATA = files("bot.text.data")
_ARTICLES = {"وال": "ال", "فال": "ال", "بال": "ال", "كال": "ال", "ولل": "ال", "فلل": "ال", "لل": "ال"}
_ENDINGS = {"يه": 1, "ه": 2, "ات": 3, "ين": 4, "ون": 4, "ي": 5, "ا": 6}
HEADS = frozenset(
    map(
        fold,
        """
        حزب منظمة وزارة هيئة مجلس جمعية شركة بنك مؤسسة جامعة معهد حركة تنظيم جماعة قوات جيش شرطة محكمة اتحاد رابطة
        نقابة لجنة مهرجان بطولة كأس دوري نادي منتخب فريق مسلسل فيلم برنامج قناة صحيفة وكالة مؤتمر قمة معرض جائزة اتفاق
        اتفاقية قانون مشروع مبادرة حملة أزمة ثورة انتخابات حرب مطار ميناء سفارة ميليشيا ميليشيات صندوق مركز مصرف ملف
        برلمان حكومة سوق أسعار نظام حقوق المديرية المنظمة الحزب الهيئة المجلس الجمعية الاتحاد الوكالة الجامعة اللجنة
        المحكمة المكتب المندوبية الصندوق المؤسسة المعهد المركز النقابة الرابطة الحركة الجبهة جبهة حلف التحالف الدوري
        المنتخب الفريق النادي الحرس القوات الجيش
        """.split(),
    )
)
BODIES = frozenset(
    map(
        fold,
        """
        المديرية المنظمة الهيئة المجلس الجمعية الاتحاد الوكالة الجامعة اللجنة المكتب المندوبية الصندوق المؤسسة المعهد
        المركز النقابة الرابطة الكونفدرالية الفيدرالية العصبة المفوضية البرنامج الشركة الوزارة الحزب كأس بطولة منظمة
        وكالة هيئة مجلس مفوضية برنامج جمعية البنك
        """.split(),
    )
)
ROLES = frozenset(
    map(
        fold,
        """
        الرئيس رئيس رئيسة الوزير وزير وزيرة الأمير أمير الملك ملك الشيخ السيد السيدة الدكتور المدير مدير مديرة النائب
        نائب السفير سفير المتحدث الناطق القائد قائد زعيم الأمين أمين المستشار المستشارة النجم نجم نجمة الفنان الفنانة
        المطرب المطربة الممثل الممثلة المخرج المخرجة اللاعب لاعب المهاجم المدرب مدرب الحارس الكاتب الكاتبة الصحافي
        الصحفي الإعلامي المحامي القاضي المرشح البابا الإمام العقيد اللواء العميد الجنرال الفريق المغني المغنية الأميرة
        الملكة السلطان العاهل الأستاذ الباحث الخبير المحلل الوالي العامل الناشط الناشطة الطبيب الرئيسة الزعيم
        """.split(),
    )
)
BEFORE_NOUNS = frozenset(map(fold, "في من إلى الى على عن بين عبر ضد نحو خلال قبل بعد منذ حول دون لدى مع".split()))
MATCH = frozenset(
    map(fold, "مباراة مباريات ديربي جولة دوري بطولة هدف أهداف هدفين ملعب مدرب لاعب لاعبين فوز تعادل".split())
)
PLACE_NOUNS = frozenset(
    map(
        fold, "مدينة بمدينة محافظة بمحافظة ولاية إقليم بإقليم دولة منطقة قرية بلدة مطار جهة العاصمة عاصمة جزيرة".split()
    )
)
JOINS = frozenset(map(fold, "بن ابن بنت أبو أبي أبا أم عبد آل دي دا دو فان فون ديل سان سانت دير آيت أيت".split()))
VAGUE = frozenset(
    map(
        fold,
        """
        دولي دولية وطني وطنية جديد جديدة جدد كبير كبيرة كبرى صغير صغيرة عام عامة خاص خاصة مهم مهمة هام هامة تاريخي
        تاريخية أخير أخيرة سابق سابقة حالي حالية مقبل مقبلة رسمي رسمية قوي قوية صعب صعبة مختلف مختلفة عديد عديدة واسع
        واسعة سريع سريعة مشترك مشتركة محلي محلية رئيسي رئيسية أساسي أساسية كامل كاملة متعدد متعددة ممكن ضروري ضرورية
        مستمر مستمرة متزايد متزايدة شمالي جنوبي شرقي غربي ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة
        عشرة ثلاث أربع خمس ست سبع ثماني تسع عشر عشرون عشرين ثلاثون ثلاثين أربعون أربعين خمسون خمسين ستون ستين سبعون
        سبعين ثمانون ثمانين تسعون تسعين عالمي عالمية أكبر أهم أبرز أفضل أعلى آلاف مئات عشرات ملايين تفاصيل
        """.split(),
    )
)


def lines(name: str) -> list[str]:
    """The lines of a data file that are no comments."""
    text = (_DATA / name).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def entities(*names: str) -> dict[str, str]:
    """Every spelling in these data files, folded, with the first spelling of its line."""
    found: dict[str, str] = {}
    for line in (line for name in names for line in lines(name)):
        main, _, others = line.partition(" = ")
        for spelling in (main, *others.split(" ، ")):
            if spelling.strip():
                found.setdefault(fold(spelling.strip()), main.strip())
    return found


def _words(name: str) -> frozenset[str]:
    return frozenset(fold(word) for line in lines(name) for word in line.split())


class Lists(NamedTuple):
    """The lists of names, folded."""

    places: dict[str, str]
    bodies: dict[str, str]
    names: frozenset[str]
    topics: frozenset[str]
    nations: dict[str, str]  # a word for a land's people, without ال -> the land, folded
    lands: frozenset[str]
    stop: frozenset[str]  # words that part phrases
    lone: frozenset[str]  # words that are no tag by themselves
    clubs: frozenset[str]  # words that name clubs where a text is about a match
    phrases: frozenset[str]  # places and bodies of several words
    proper: frozenset[str]  # all places, bodies and names
    all: frozenset[str]  # the words of all lists, those of this module too

    def entity(self, key: str) -> str:
        """The house's spelling of a known name, or ""."""
        return self.places.get(key) or self.bodies.get(key, "")


@lru_cache(maxsize=1)
def lists() -> Lists:
    """All lists, read once."""
    nations = {}
    for line in lines("nations.txt"):
        land, _, people = line.partition(" = ")
        for word in people.split():
            nations[fold(word)] = fold(land)
            if word.endswith("ي"):
                nations[fold(word + "ة")] = fold(land)
    places, bodies = entities("places.txt", "more_places.txt"), entities("bodies.txt")
    names = frozenset(fold(w) for line in lines("names.txt") for w in line.split() if ZWNJ not in w)
    topics = _words("topics.txt")
    proper = names.union(places, bodies)
    stop, lone = _words("stop.txt"), _words("lone.txt")
    return Lists(
        stop=stop,
        lone=lone,
        clubs=_words("clubs.txt"),
        phrases=frozenset(key for key in (*places, *bodies) if " " in key),
        proper=proper,
        all=proper.union(topics, nations, stop, lone, JOINS, HEADS, ROLES, BODIES, BEFORE_NOUNS, PLACE_NOUNS, VAGUE),
        places=places,
        bodies=bodies,
        names=names,
        topics=topics,
        nations=nations,
        lands=frozenset(nations.values()),
    )


def stem(word: str) -> str:
    """A folded word without its article."""
    return word[2:] if word.startswith("ال") and len(word) > 4 else word


@dataclass(slots=True, eq=False)
class Kind:
    """What a word has in common with many others: there are a few hundred kinds of words."""

    stop: bool = True
    clitic: str = ""  # what was taken off
    joins: bool = False  # it leads on to the rest of a name
    definite: bool = False
    place: bool = False
    name: bool = False
    topic: bool = False
    head: bool = False
    verb: bool = False  # it may be a verb of the present: ي ت ن change places before the rest
    nation: str = ""  # the land whose people it names
    role: bool = False
    body: bool = False  # the head of a long official name
    surely_noun: bool = False
    leads_noun: bool = False
    of_a_place: bool = False
    rare: bool = False
    vague: bool = False  # goes with anything: by itself no tag, nor the end of an indefinite phrase
    telling: bool = False  # worth a look even where it stands once, deep in a text
    ending: int = 0
    adjective: bool = False  # in ية
    lone: bool = False  # no tag by itself
    bound: bool = False  # no tag begins or ends with it: a verb of the past, a word with a pronoun or in the accusative


_kind = lru_cache(maxsize=4_096)(Kind)


@dataclass(slots=True, eq=False)
class Word:
    """One word of a text: its parts and what is known of it."""

    kind: Kind
    key: str  # the word without clitics, folded
    stem: str  # the key without ال
    zipf: float  # of the commoner form, with or without ال
    bare: str  # as it is shown: without clitics
    rest: str  # what would be left without a clitic that may be none


# a sign or a number: like a stop word it parts phrases
SIGN = Word(Kind(), "", "", UNKNOWN, "", "")


class _Words(dict[str, Word]):
    """What is known of every word met so far, as it stands; SIGN for what begins with no letter."""

    def __missing__(self, surface: str) -> Word:
        if len(self) > MOST_KNOWN:
            for late in list(self)[MOST_KNOWN // 2 :]:  # the commonest words are met first
                del self[late]
        found = self[surface] = _look(surface, *_bare(surface)) if surface[0].isalpha() else SIGN
        return found


WORDS = _Words()


def word(surface: str) -> Word:
    """What is known of a word that has no clitic."""
    return _look(surface, surface, "", "")


@lru_cache(maxsize=4_096)
def without(known: Word) -> Word:
    """The same word when its first letter is a clitic after all."""
    return _look(known.bare, known.rest, known.bare[0], "")


def _look(surface: str, bare: str, clitic: str, rest: str) -> Word:
    key, known, zipf_ = fold(bare), lists(), zipf(bare)
    if key == bare:
        key = bare  # two equal texts would take twice the room
    trunk = stem(key)
    listed = key in known.all or trunk in known.all  # most words that are met late are in no list
    definite, rare = bare.startswith("ال") and len(bare) > 4, zipf_ == UNKNOWN
    place, name, head = listed and key in known.places, listed and key in known.names, listed and key in HEADS
    topic = listed and trunk in known.topics
    kind = _kind(  # by place: names cost as much as all the rest
        (listed and key in known.stop) or len(key) < 2 or (surface is not bare and fold(surface) in known.stop),
        clitic,
        listed and key in JOINS,
        definite,
        place,
        name,
        topic or (listed and key in known.topics),
        head,
        not topic and not (listed and key in known.proper) and may_be_verb(bare),
        known.nations.get(trunk, "") if listed else "",
        listed and key in ROLES,
        listed and key in BODIES,
        definite or clitic[-1:] in ("ب", "ك", "ل") or clitic in _ARTICLES,
        listed and key in BEFORE_NOUNS,
        listed and key in PLACE_NOUNS,
        rare,
        listed and trunk in VAGUE and not place,
        rare or place or name or head,
        _ENDINGS.get(key[-2:]) or _ENDINGS.get(key[-1:], 0),
        bare.endswith("ية") and not (listed and (place or key in known.bodies or topic)),
        listed and (key in known.lone or trunk in known.lone) and not place,
        not listed and not definite and is_bound(bare),
    )
    return Word(kind, key, trunk, max(zipf_, zipf(bare[2:])) if definite and len(bare) > 5 else zipf_, bare, rest)


def _bare(surface: str) -> tuple[str, str, str]:
    """The word without a leading و ف ب ل ك where that is sure, what was taken off, and what else the word may be."""
    if surface[0] not in "وفبلك":
        return surface, "", ""
    proper = lists().proper
    if fold(surface) in proper:
        return surface, "", surface[1:] if surface[0] == "و" and fold(surface[1:]) in lists().places else ""
    for clitic, article in _ARTICLES.items():
        if surface.startswith(clitic) and len(surface) - len(clitic) >= 3:
            rest = article + surface[len(clitic) :]
            sure = clitic[0] in "وبل" or zipf(rest) > UNKNOWN or zipf(rest[2:]) > UNKNOWN  # فالنسيا is no such word
            if fold(rest) in proper or (sure and zipf(surface) < zipf(rest) + 0.5):
                return rest, clitic, ""
    maybe = ""
    if len(surface) >= 4:
        rest = surface[1:]
        if surface[0] in "بل" and rest[0] in "أإآاتم" and len(rest) > 3 and zipf(rest) > zipf(surface) + 0.3:
            return rest, surface[0], ""
        if surface[0] in "وف":
            inner, clitic, _ = _bare(rest) if len(rest) > 3 and rest[0] in "بلك" else (rest, "", "")
            if clitic:
                return inner, surface[0] + clitic, ""
        if surface[0] in "بل" and len(rest) > 3 and is_noun(rest) and not is_noun(surface):
            return rest, surface[0], ""
        rare = zipf(surface) == UNKNOWN and len(rest) > 3
        if _place_or_land(rest) or zipf(rest) > zipf(surface) + (0.5 if rare else 1.2):
            return rest, surface[0], ""
        if zipf(rest) >= zipf(surface) - 0.3:
            maybe = rest
    return surface, "", maybe


def is_noun(word_: str) -> bool:
    """Whether a word also stands with the article."""
    return zipf("ال" + word_) > UNKNOWN


def _place_or_land(word_: str) -> bool:
    key = fold(word_)
    return len(key) > 3 and key in lists().places and zipf(word_) > UNKNOWN - 1
