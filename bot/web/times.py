"""Times and dates as pages write them: for editors, and for readers of newsletters."""

from datetime import datetime, tzinfo

from hijridate import Gregorian

from bot.domain.style import Months
from bot.text.typography import MAGHREB, MASHRIQ

DAYS_AR = "الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد".split()
DAYS_EN = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS_EN = "January February March April May June July August September October November December".split()
HIJRI_AR = "محرم,صفر,ربيع الأول,ربيع الآخر,جمادى الأولى,جمادى الآخرة,رجب,شعبان,رمضان,شوال,ذو القعدة,ذو الحجة".split(",")
HIJRI_EN = (
    "Muharram,Safar,Rabi I,Rabi II,Jumada I,Jumada II,Rajab,Shaban,Ramadan,Shawwal,Dhu al-Qadah,Dhu al-Hijjah".split(
        ","
    )
)


class Times:
    """Moments in the newsroom's time, for one reader and one page."""

    def __init__(self, zone: tzinfo, now: datetime, language: str, months: Months) -> None:
        self.zone, self.language = zone, language
        self.now = now.astimezone(zone)
        names = MAGHREB if months == "maghreb" else MASHRIQ  # as newsletters write them, also where text is kept
        self.months = names if language == "ar" else MONTHS_EN

    def local(self, at: datetime) -> datetime:
        """In the newsroom's zone."""
        return at.astimezone(self.zone)

    def clock(self, at: datetime) -> str:
        """11:05, with the day where it is another one."""
        local = self.local(at)
        shown = f"{local:%H:%M}"
        days = (local.date() - self.now.date()).days
        if days == 0:
            return shown
        if abs(days) < 7:
            return f"{self.day_name(local)} {shown}"
        return f"{local.day} {self.months[local.month - 1]} {shown}"

    def day_name(self, at: datetime) -> str:
        """The day of the week."""
        return (DAYS_AR if self.language == "ar" else DAYS_EN)[self.local(at).weekday()]

    def date(self, at: datetime) -> str:
        """The whole date."""
        local = self.local(at)
        return f"{self.day_name(local)} {local.day} {self.months[local.month - 1]} {local.year}"

    def hijri(self, at: datetime) -> str:
        """The date of Umm al-Qura, which may differ by a day from what is seen; empty outside its tables."""
        local = self.local(at)
        try:
            found = Gregorian(local.year, local.month, local.day).to_hijri()
        except OverflowError:
            return ""
        names = HIJRI_AR if self.language == "ar" else HIJRI_EN
        return f"{found.day} {names[found.month - 1]} {found.year}"

    def span(self, at: datetime) -> str:
        """How long until then, or since then."""
        seconds = (self.local(at) - self.now).total_seconds()
        size = abs(seconds)
        ar = self.language == "ar"
        if size < 60:
            return "الآن" if ar else "now"
        units = ((86400, "ي", "d"), (3600, "س", "h"), (60, "د", "min"))
        unit, name_ar, name_en = next(each for each in units if size >= each[0])
        number = int(size // unit)
        if ar:
            return f"{'بعد' if seconds > 0 else 'قبل'} {number} {name_ar}"
        return f"in {number} {name_en}" if seconds > 0 else f"{number} {name_en} ago"

    def iso(self, at: datetime) -> str:
        """For the attribute of a time."""
        return self.local(at).isoformat(timespec="seconds")

    def input(self, at: datetime) -> str:
        """For a field of date and time."""
        return f"{self.local(at):%Y-%m-%dT%H:%M}"
