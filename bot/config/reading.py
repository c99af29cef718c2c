"""One TOML file into its table; what is wrong becomes one sentence with file, line, key and the nearest right key."""

import re
import tomllib
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from bot.config.schema import Table, keys_of
from bot.domain.errors import ConfigError

T = TypeVar("T", bound=Table)
Loc = tuple[str | int, ...]

HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?")
KEY = re.compile(r"^\s*(\"[^\"]*\"|[\w-]+)\s*=")

# pydantic's error types in the words of an editor; anything else keeps pydantic's own English words
WANTED = {
    "string_type": ("text in quotation marks", "نصا بين علامتي اقتباس"),
    "bool_type": ("true or false", "true أو false"),
    "int_type": ("a whole number", "عددا صحيحا"),
    "list_type": ("a list in [ ]", "قائمة بين [ ]"),
    "dict_type": ("a table of keys", "جدولا من المفاتيح"),
    "model_type": ("a table of keys", "جدولا من المفاتيح"),
    "model_attributes_type": ("a table of keys", "جدولا من المفاتيح"),
    "string_pattern_mismatch": ("letters, digits, - and _ only", "أحرفا وأرقاما و- و_ فقط"),
}


def read_toml(path: Path) -> tuple[dict[str, Any], str]:
    """The file's tables and its text; raises ConfigError."""
    try:
        text = path.read_text("utf-8")
        return tomllib.loads(text), text
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: the file is missing; `nashir init` writes a complete config/ folder.",
            f"{path}: الملف غير موجود؛ الأمر `nashir init` يكتب مجلد config/ كاملا.",
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(
            f"{path}: the file is not UTF-8 text; save it as UTF-8.",
            f"{path}: الملف ليس نصا بترميز UTF-8؛ احفظه بهذا الترميز.",
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{path}: this is not valid TOML: {error}.", f"{path}: صياغة TOML غير صحيحة: {error}."
        ) from None


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
    path = [step for step in loc if isinstance(step, str)]
    index = next((step for step in loc if isinstance(step, int)), 0)
    seen: dict[str, int] = {}
    table, hit = "", 1
    for number, line in enumerate(text.splitlines(), 1):
        if header := HEADER.match(line):
            table = header[2].strip().strip('"')
            seen[table] = seen.get(table, -1) + 1
            if path[:1] == [table.split(".")[0]] and seen[table] == (index if header[1] == "[[" else 0):
                hit = number
        elif key := KEY.match(line):
            here = [*table.split("."), key[1].strip('"')] if table else [key[1].strip('"')]
            right_table = not table or seen[table] == index or len(path) <= 1 or table.count(".")
            if right_table and here == path[: len(here)]:
                return number
    return hit


def _sentence(model: type[Table], fault: Any, path: Path, text: str, at: Loc) -> ConfigError:
    loc, kind, ctx = at + tuple(fault["loc"]), fault["type"], fault.get("ctx", {})
    key = str(loc[-1]) if loc else ""
    if kind == "extra_forbidden":
        en, ar = nearest(key, keys_of(_model_at(model, fault["loc"][:-1])))
        return wrong(path, text, loc, f"unknown key; {en}", f"مفتاح غير معروف؛ {ar}")
    if kind == "missing":
        return wrong(path, text, loc, "this key is missing and has no default.", "هذا المفتاح ناقص ولا قيمة مبدئية له.")
    if kind == "wanted":
        return wrong(path, text, loc, f"this takes {ctx['en']}.", f"المطلوب هنا: {ctx['ar']}.")
    if kind in ("literal_error", "enum"):
        choices = re.findall(r"'([^']*)'", str(ctx.get("expected", "")))
        en, ar = nearest(str(fault.get("input", "")), choices)
        listed = ", ".join(f'"{choice}"' for choice in choices)
        return wrong(path, text, loc, f"this takes one of {listed}; {en}", f"المطلوب هنا واحد من {listed}؛ {ar}")
    en, ar = WANTED.get(kind, (fault["msg"], fault["msg"]))
    return wrong(path, text, loc, f"this takes {en}.", f"المطلوب هنا: {ar}.")


def _model_at(model: type[BaseModel], loc: Loc) -> type[BaseModel]:
    """The model of the nested table at `loc`."""
    for step in loc:
        if isinstance(step, str) and step in model.model_fields:
            annotation = model.model_fields[step].annotation
            for inner in (annotation, *get_args(annotation)):
                if isinstance(inner, type) and not isinstance(inner, UnionType) and issubclass(inner, BaseModel):
                    model = inner
    return model
