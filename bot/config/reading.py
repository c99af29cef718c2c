"""One TOML file into its table; what is wrong becomes one sentence with file, line, key and the nearest right key."""

import re
import tomllib
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from bot.config.schema import Table, keys_of
from bot.config.wanted import choices, wanted
from bot.domain.errors import ConfigError
from bot.domain.say import Say

T = TypeVar("T", bound=Table)
Loc = tuple[str | int, ...]

HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?")
KEY = re.compile(r"^\s*((?:\"[^\"]*\"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:\"[^\"]*\"|'[^']*'|[\w-]+))*)\s*=")
_STEP = re.compile(r"[\w.-]+")
_TYPES = {"str", "int", "bool", "float", "timedelta"}  # that pydantic adds to the place of a fault

IN_FILES = {"string_type": Say("text in quotation marks", "نص بين علامتي اقتباس")}
# tomllib's own words, which a person who sets up a newsroom need not know, and what to do
SYNTAX = (
    (
        r"Cannot (overwrite|declare|mutate)|Duplicate inline",
        "this name is set twice; keep one of the two",
        "هذا الاسم مضبوط مرتين؛ اترك واحدا منهما",
    ),
    (
        r"Illegal character '\\n'|Unterminated|Expected \"'\"",
        "a text is not closed; it ends with the same quotation mark with which it begins",
        "نص لم يُغلق؛ ينتهي النص بعلامة الاقتباس التي بدأ بها",
    ),
    (
        r"Unclosed",
        'a list is not closed, or a comma in it is not ","; write it as ["a", "b"]',
        'قائمة لم تُغلق، أو فاصلة فيها غير ","؛ تُكتب هكذا: ["a", "b"]',
    ),
    (
        r"Invalid value",
        'after = stands a text in straight quotation marks such as "text", a number, true, false or a list in [ ]',
        'يأتي بعد = نص بين علامتين مستقيمتين مثل "text"، أو عدد أو true أو false أو قائمة بين [ ]',
    ),
    (
        r"Expected newline",
        'the line should end here; a text such as "6h" stands in quotation marks, each setting on its own line',
        'كان ينبغي أن ينتهي السطر هنا؛ يوضع النص مثل "6h" بين علامتي اقتباس، ولكل إعداد سطر',
    ),
    (r"Expected '='", 'a setting is written as name = "value"', 'يُكتب الإعداد هكذا: name = "value"'),
    (r"Expected '\]", "the name of a table stands in [ ] or [[ ]]", "اسم الجدول يوضع بين [ ] أو [[ ]]"),
    (r"Invalid statement", "a line begins with a name in Latin letters", "يبدأ السطر باسم بأحرف لاتينية"),
    (r"Unescaped", r"in a text, \ is written as \\", r"تُكتب \ في النص هكذا: \\"),
)


def read_toml(path: Path) -> tuple[dict[str, Any], str]:
    """The file's tables and its text; raises ConfigError."""
    try:
        text = path.read_text("utf-8-sig")  # an editor on Windows may have written a byte order mark
        return tomllib.loads(text), text
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: the file is missing; `nashir init` writes a complete config/ folder.",
            f"{path}: الملف غير موجود؛ الأمر `nashir init` يكتب مجلد config/ كاملا.",
        ) from None
    except OSError as error:
        raise ConfigError(
            f"{path}: the file cannot be read: {error.strerror}.", f"{path}: تعذرت قراءة الملف: {error.strerror}."
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(
            f"{path}: the file is not UTF-8 text; save it as UTF-8.",
            f"{path}: الملف ليس نصا بترميز UTF-8؛ احفظه بهذا الترميز.",
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(path, text, error) from None


def _not_toml(path: Path, text: str, error: tomllib.TOMLDecodeError) -> ConfigError:
    found = re.search(r"\(at line (\d+), column \d+\)", str(error))
    line = int(found[1]) if found else text.rstrip().count("\n") + 1
    for pattern, en, ar in SYNTAX:
        if re.match(pattern, str(error)):
            return ConfigError(f"{path}:{line}: not valid TOML: {en}.", f"{path}:{line}: صياغة TOML غير صحيحة: {ar}.")
    return ConfigError(f"{path}: this is not valid TOML: {error}.", f"{path}: صياغة TOML غير صحيحة: {error}.")


def validate(model: type[T], table: object, path: Path, text: str, at: Loc = ()) -> T:
    """`table` as `model`; raises ConfigError for the first thing that is wrong, in the order of the file."""
    try:
        return model.model_validate(table)
    except ValidationError as error:
        faults = sorted(error.errors(include_url=False), key=lambda fault: line_of(text, at + fault["loc"]))
        raise _sentence(model, faults[0], path, text, at) from None


def wrong(path: Path, text: str, loc: Loc, en: str, ar: str) -> ConfigError:
    """A ConfigError that begins with file, line and key."""
    key = ".".join(str(step) for step in loc if isinstance(step, str))
    where = f"{path}:{line_of(text, loc)}: {key}"
    return ConfigError(f"{where}: {en}", f"{where}: {ar}")


def nearest(word: str, known: list[str]) -> tuple[str, str]:
    """The words that point to the nearest of the known names, in English and Arabic."""
    near = get_close_matches(word, known, 1, cutoff=0.5)
    if near:
        return f"did you mean `{near[0]}`?", f"هل تقصد `{near[0]}`؟"
    listed = ", ".join(known) or "-"
    return f"known here: {listed}", f"المعروف هنا: {listed}"


def line_of(text: str, loc: Loc) -> int:
    """The line (from 1) where a key of the file stands, or the nearest table above it."""
    counts: dict[tuple[str, ...], int] = {}  # of each array of tables, by its dotted name
    table: Loc = ()
    best, depth = 1, 0
    for number, line in enumerate(text.splitlines(), 1):
        if header := HEADER.match(line):
            names = _steps(header[2])
            if header[1] == "[[":
                counts[names] = counts.get(names, -1) + 1
            table = here = _numbered(names, counts)
        elif key := KEY.match(line):
            here = (*table, *_steps(key[1]))
        else:
            continue
        if len(here) > depth and loc[: len(here)] == here:
            best, depth = number, len(here)
    return best


def _steps(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in re.findall(r'"[^"]*"|\'[^\']*\'|[^.\s]+', dotted))


def _numbered(names: tuple[str, ...], counts: dict[tuple[str, ...], int]) -> Loc:
    """A table's place: after each name of an array of tables the number of its newest one."""
    place: list[str | int] = []
    for size in range(1, len(names) + 1):
        place.append(names[size - 1])
        if names[:size] in counts:
            place.append(counts[names[:size]])
    return tuple(place)


def _sentence(model: type[Table], fault: Any, path: Path, text: str, at: Loc) -> ConfigError:
    kind = fault["type"]
    steps = [s for s in fault["loc"] if isinstance(s, int) or (_STEP.fullmatch(s) and s not in _TYPES)]
    loc = at + tuple(steps)
    key = str(loc[-1]) if loc else ""
    if kind == "extra_forbidden":
        en, ar = nearest(key, keys_of(_model_at(model, tuple(steps[:-1]))))
        return wrong(path, text, loc, f"unknown key; {en}", f"مفتاح غير معروف؛ {ar}")
    if kind == "missing":
        return wrong(path, text, loc, "this key is missing and has no default.", "هذا المفتاح ناقص ولا قيمة مبدئية له.")
    this = IN_FILES.get(kind) or wanted(fault)
    if kind in ("literal_error", "enum"):
        en, ar = nearest(str(fault.get("input", "")), choices(fault))
        return wrong(path, text, loc, f"this takes {this.en}; {en}", f"المطلوب هنا {this.ar}؛ {ar}")
    return wrong(path, text, loc, f"this takes {this.en}.", f"المطلوب هنا: {this.ar}.")


def _model_at(model: type[BaseModel], loc: Loc) -> type[BaseModel]:
    """The model of the nested table at `loc`."""
    for step in loc:
        if isinstance(step, str) and step in model.model_fields:
            annotation = model.model_fields[step].annotation
            for inner in (annotation, *get_args(annotation)):
                if isinstance(inner, type) and not isinstance(inner, UnionType) and issubclass(inner, BaseModel):
                    model = inner
    return model
