"""What a single value of config/ may be: each kind with the sentence that says what it takes."""

import re
from collections.abc import Sequence
from datetime import timedelta
from difflib import get_close_matches
from email.utils import parseaddr
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

ADDRESS = "[^@\\s,;<>\x80-\U0010ffff]+@[^@\\s,;<>\x80-\U0010ffff]+"  # in ASCII, as mail without SMTPUTF8 wants it
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = f"(?:{'|'.join(DAYS)}|weekdays|weekend)"
_DAYS = f"{_DAY}(?:,{_DAY})*"
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d"
LONGEST = timedelta(days=3650)
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def wanted(en: str, ar: str) -> PydanticCustomError:
    """What the key takes instead, in both languages."""
    return PydanticCustomError("wanted", "{en}", {"en": en, "ar": ar})


def duration(value: object) -> timedelta:
    """Read "90s", "15m", "6h" or "2d"."""
    match = re.fullmatch(r"(\d{1,6})\s*([smhd])", value) if isinstance(value, str) else None
    if not match or timedelta(**{UNITS[match[2]]: int(match[1])}) > LONGEST:
        raise wanted('a time span such as "90s", "15m", "6h" or "2d"', 'مدة مثل "90s" أو "15m" أو "6h" أو "2d"')
    return timedelta(**{UNITS[match[2]]: int(match[1])})


def _positive(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise wanted("a time span longer than zero", "مدة أطول من الصفر")
    return value


def _backfill(value: object) -> str | int | timedelta:
    if value == "none":
        return "none"
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{1,6}\s*[smhd]", value):
        return duration(value)
    raise wanted('"none", a number of articles, or an age such as "6h"', '"none" أو عدد من المواد أو عمر مثل "6h"')


def _slot_time(value: str) -> str:
    if not re.fullmatch(rf"(?:{_DAYS} )?{_CLOCK}", value):
        raise wanted(
            'a time of day such as "07:30", perhaps after days: "fri,sat 09:00", "weekdays 08:00"',
            'ساعة مثل "07:30"، وقد تسبقها أيام: "fri,sat 09:00" أو "weekdays 08:00"',
        )
    return value


def _quiet(value: str) -> str:
    if not re.fullmatch(rf"(?:{_DAYS} )?{_CLOCK}-{_CLOCK}", value):
        raise wanted(
            'a range of times such as "23:00-06:30", perhaps after days: "fri 12:30-14:00"',
            'مدة بين ساعتين مثل "23:00-06:30"، وقد تسبقها أيام: "fri 12:30-14:00"',
        )
    return value


def _phrase(value: str) -> str:
    if not re.search(r"\w", value):
        raise wanted("a word or phrase that is not empty", "كلمة أو عبارة غير فارغة")
    return value


def days_of(text: str, weekend: Sequence[str]) -> frozenset[int]:
    """The days that stand before a time, as date.weekday() numbers them; all where none stand there."""
    names = set()
    for word in text.split(" ")[0].split(",") if " " in text else DAYS:
        names |= set(weekend) if word == "weekend" else set(DAYS) - set(weekend) if word == "weekdays" else {word}
    return frozenset(DAYS.index(name) for name in names)


# cities that people look for, and the zone that holds there: the list of zones names another city of the country
CITIES = {
    city: zone
    for zone, cities in {
        "Africa/Casablanca": "rabat tangier tanger marrakech marrakesh fez fes agadir morocco",
        "Africa/Algiers": "oran constantine algeria",
        "Africa/Cairo": "alexandria giza egypt",
        "Africa/Tripoli": "benghazi libya",
        "Asia/Aden": "sanaa yemen",
        "Asia/Bahrain": "manama",
        "Asia/Dubai": "abudhabi sharjah uae",
        "Asia/Hebron": "ramallah nablus palestine",
        "Asia/Qatar": "doha",
        "Asia/Riyadh": "jeddah mecca makkah medina dammam",
    }.items()
    for city in cities.split()
}


def _time_zone(value: str) -> str:
    if value not in available_timezones():
        area, _, city = value.rpartition("/")
        same = [zone for zone in available_timezones() if zone.startswith(f"{area}/")] if area else []
        near = get_close_matches(value, sorted(same or available_timezones()), 3, cutoff=0.7)
        named = CITIES.get(re.sub(r"[^a-z]", "", city.lower()))
        hints = [named] if named else near or ["Africa/Casablanca"]
        en, ar = (word.join(f'"{hint}"' for hint in hints) for word in (" or ", " أو "))
        raise wanted(f"a time zone such as {en}", f"منطقة زمنية مثل {ar}")
    return value


def _language(value: str) -> str:
    if not re.fullmatch(r"ar(-[A-Z]{2})?", value):
        raise wanted('the language of what is published, "ar" or such as "ar-MA"', 'لغة النشر: "ar" أو مثل "ar-MA"')
    return value


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise wanted(
            'an address such as "https://example.org/feed.xml", without a password in it',
            'عنوان مثل "https://example.org/feed.xml" لا كلمة سر فيه',
        )
    return value


def _public_url(value: str) -> str:
    parts = urlsplit(value)
    here = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")  # to try things out
    if value and (not (parts.scheme == "https" or here) or not parts.hostname or parts.query or parts.fragment):
        raise wanted(
            'an https address such as "https://desk.example.org", "http://127.0.0.1:PORT" to try things out, or ""',
            'عنوان https مثل "https://desk.example.org"، أو "http://127.0.0.1:PORT" للتجربة، أو ""',
        )
    return value.rstrip("/")


def _env_name(value: str) -> str:
    if not re.fullmatch(r"[A-Z_][A-Z0-9_]*", value):
        raise wanted(
            "the NAME of an environment variable in capitals; the secret itself belongs in .env",
            "اسم متغير بيئة بأحرف كبيرة، أما السر نفسه فمكانه ملف .env",
        )
    return value


def _base(value: str) -> str:
    return _http_url(value).rstrip("/")


def _utm_name(value: str) -> str:
    if not re.fullmatch(r"utm_[a-z_]+", value):
        raise wanted("names such as utm_source or utm_medium", "أسماء مثل utm_source أو utm_medium")
    return value


def _telegram_account(value: str) -> str:
    if not re.fullmatch(r"|@[A-Za-z]\w{3,31}|-?\d{1,20}", value, re.ASCII):
        raise wanted('"@name" of the chat, or its numeric id', '"@الاسم" أو رقم المحادثة')
    return value


def _sender(value: str) -> str:
    if value and (not re.fullmatch(ADDRESS, parseaddr(value)[1]) or re.search(r"[\0-\x1f\x7f]", value)):
        raise wanted('an address such as "الرواق <news@example.org>"', 'عنوان مثل "الرواق <news@example.org>"')
    return value


def _one_address(value: str) -> str:
    if not re.fullmatch(ADDRESS, value):
        raise wanted(
            "exactly one e-mail address (a list alias reaches a list)",
            "عنوان بريد واحد فقط (عنوان القائمة يوصل إلى القائمة)",
        )
    return value


Phrase = Annotated[str, AfterValidator(_phrase)]
Duration = Annotated[timedelta, BeforeValidator(duration)]
Poll = Annotated[timedelta, BeforeValidator(duration), AfterValidator(_positive)]
Backfill = Annotated[str | int | timedelta, BeforeValidator(_backfill)]
SlotTime = Annotated[str, AfterValidator(_slot_time)]
QuietTime = Annotated[str, AfterValidator(_quiet)]
EnvName = Annotated[str, AfterValidator(_env_name)]
ApiBase = Annotated[str, AfterValidator(_base)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
Address = Annotated[str, AfterValidator(_one_address)]
Name = Annotated[str, Field(pattern=r"^\w[\w.-]*$", max_length=60)]
Count = Annotated[int, Field(ge=0, le=30)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
LanguageTag = Annotated[str, AfterValidator(_language)]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
UtmName = Annotated[str, AfterValidator(_utm_name)]
TelegramAccount = Annotated[str, AfterValidator(_telegram_account)]
ReplyTo = Annotated[str, AfterValidator(_sender)]
Sender = Annotated[ReplyTo, Field(alias="from")]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
