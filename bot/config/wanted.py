"""What pydantic says of a value, in the words of a person: the one place for files, commands and requests alike."""

import re
from collections.abc import Mapping
from typing import Any

from bot.domain.say import Say

# pydantic's error types, as what completes "this takes …"; anything else keeps pydantic's own English words
WANTED = {
    "string_type": ("text", "نص"),
    "string_unicode": ("text", "نص"),
    "bool_type": ("true or false", "true أو false"),
    "bool_parsing": ("true or false", "true أو false"),
    "int_type": ("a whole number", "عدد صحيح"),
    "int_parsing": ("a whole number", "عدد صحيح"),
    "int_from_float": ("a whole number", "عدد صحيح"),
    "int_parsing_size": ("a smaller number", "عدد أصغر"),
    "float_type": ("a number", "عدد"),
    "float_parsing": ("a number", "عدد"),
    "list_type": ("a list in [ ]", "قائمة بين [ ]"),
    "dict_type": ("a table of keys", "جدول من المفاتيح"),
    "model_type": ("a table of keys", "جدول من المفاتيح"),
    "model_attributes_type": ("a table of keys", "جدول من المفاتيح"),
    "string_pattern_mismatch": ("letters, digits, - and _ only", "أحرف وأرقام و- و_ فقط"),
    "string_too_short": ("a text that is not empty", "نص غير فارغ"),
    "string_too_long": ("a shorter text", "نص أقصر"),
    "too_short": ("more of them", "عدد أكثر منها"),
    "too_long": ("fewer of them", "عدد أقل منها"),
    "date_type": ("a date such as 2026-11-24", "تاريخ مثل 2026-11-24"),
    "date_parsing": ("a date such as 2026-11-24", "تاريخ مثل 2026-11-24"),
    "date_from_datetime_parsing": ("a date such as 2026-11-24", "تاريخ مثل 2026-11-24"),
    "time_type": ("a time such as 10:30", "وقت مثل 10:30"),
    "time_parsing": ("a time such as 10:30", "وقت مثل 10:30"),
    "timezone_aware": (
        "a moment with its zone, such as 2026-11-24T10:30:00+01:00",
        "لحظة مع فرق توقيتها مثل 2026-11-24T10:30:00+01:00",
    ),
}
_MOMENT = ("a moment such as 2026-11-24T10:30:00+01:00", "لحظة مثل 2026-11-24T10:30:00+01:00")
WANTED |= dict.fromkeys(
    ("datetime_type", "datetime_parsing", "datetime_object_invalid", "datetime_from_date_parsing"), _MOMENT
)
LIMITS = {
    "greater_than": ("a number greater than", "عدد أكبر من"),
    "greater_than_equal": ("a number of at least", "عدد لا يقل عن"),
    "less_than": ("a number less than", "عدد أصغر من"),
    "less_than_equal": ("a number of at most", "عدد لا يزيد على"),
}


def choices(fault: Mapping[str, Any]) -> list[str]:
    """The values that a fault says are taken."""
    return re.findall(r"'([^']*)'", str(fault.get("ctx", {}).get("expected", "")))


def wanted(fault: Mapping[str, Any]) -> Say:
    """What completes "this takes …", of one of pydantic's errors."""
    kind, ctx = fault["type"], fault.get("ctx", {})
    if kind == "wanted":
        return Say(ctx["en"], ctx["ar"])
    if kind in ("literal_error", "enum"):
        listed = ", ".join(f'"{choice}"' for choice in choices(fault))
        return Say(f"one of {listed}", f"واحد من {listed}")
    if kind in LIMITS:
        en, ar = LIMITS[kind]
        bound = next(iter(ctx.values()))
        return Say(f"{en} {bound}", f"{ar} {bound}")
    return Say(*WANTED.get(kind, (fault["msg"], fault["msg"])))


def said(fault: Mapping[str, Any]) -> Say:
    """What is wrong, to stand behind the name of the place."""
    if fault["type"] in ("missing", "missing_argument"):
        return Say("this is missing", "هذا ناقص")
    if fault["type"] == "extra_forbidden":
        return Say("this is not known here", "هذا غير معروف هنا")
    if fault["type"] == "value_error":
        words = str(fault["msg"]).removeprefix("Value error, ")
        return Say(words, words)
    this = wanted(fault)
    return Say(f"this takes {this.en}", f"المطلوب هنا {this.ar}")
