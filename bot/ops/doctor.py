"""What is wrong, in plain sentences, each with what to do about it."""

import shlex
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal

import requests
from sqlalchemy import text

from bot.config import private
from bot.domain.channel import Account
from bot.domain.errors import BotError, RetryLater
from bot.domain.lane import Lanes, SendingChannel
from bot.domain.ports import Sources
from bot.domain.say import MINUTES, SECONDS, Say, clock, counted, plural
from bot.domain.skipped import skipped, told
from bot.ops.alerts import trouble
from bot.store import leftovers
from bot.store.database import Database, NewerDatabase
from bot.store.figures import Figures

MOST_SKEW = timedelta(seconds=30)
MOST_POSTS = 10  # that wait for a person, in one report
LEAST_DISK = 200 * 1024 * 1024
OLDEST_DUE = timedelta(minutes=5)
CLOCK_SILENCE = timedelta(minutes=2)

Verdict = Literal["well", "doubt", "bad"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    about: str  # database, privacy, clock, disk, or the name of a channel or source
    verdict: Verdict
    say: Say


def well(about: str, en: str, ar: str) -> Finding:
    """It is as it should be."""
    return Finding(about=about, verdict="well", say=Say(en, ar))


def bad(about: str, en: str, ar: str) -> Finding:
    """It keeps nashir from its work; the sentence says what to do."""
    return Finding(about=about, verdict="bad", say=Say(en, ar))


def doubt(about: str, en: str, ar: str) -> Finding:
    """It may be meant so."""
    return Finding(about=about, verdict="doubt", say=Say(en, ar))


def asked(check: Callable[[], Account], at: str) -> tuple[Account | None, Say | None]:
    """A channel's account where it answers, and why nothing can be published with it; raises nothing.

    `at`: what of the settings says where it is called.
    """
    try:
        account = check()
    except RetryLater as error:
        if error.reached:
            return None, error.say
        return None, Say(
            f"It cannot be reached; look at this machine's network, and at {at} in channels.toml.",
            f"تعذر الوصول إليها؛ انظر في شبكة هذا الجهاز، وفي {at} من channels.toml.",
        )
    except BotError as error:
        return None, error.say
    except Exception as error:  # a fault of ours or of a library
        name = type(error).__name__
        return None, Say(f"The account could not be asked ({name}).", f"تعذر السؤال عن الحساب ({name}).")
    return account, account.note


@dataclass(frozen=True, kw_only=True)
class Doctor:
    """Looks at one newsroom; every method yields findings and raises nothing."""

    database: Database
    health: Lanes
    figures: Figures
    standings: Sources
    sources: Sequence[str]
    live: Sequence[str]  # channels
    zone: tzinfo  # in which its sentences name a time
    clock_urls: Sequence[str]  # whose servers tell the time in their answers

    def database_(self, now: datetime) -> Iterator[Finding]:
        """Whether it can be reached, is of this version, and keeps the same time."""
        name = self.database.name
        try:
            behind = (made := self.database.is_made()) and self.database.behind()
        except NewerDatabase as error:
            yield bad("database", error.say.en, error.say.ar)
            return
        except BotError as error:
            yield bad(
                "database",
                f"{error.say.en} Check DATABASE_URL, that the server runs, and who may write the file.",
                f"{error.say.ar} تحقق من DATABASE_URL ومن عمل الخادم ومن صلاحية الكتابة.",
            )
            return
        if not made:
            yield doubt(
                "database",
                f"{name} is not made yet; the first `nashir run` or `nashir once` makes it.",
                f"لم تُنشأ القاعدة {name} بعد؛ ينشئها أول `nashir run` أو `nashir once`.",
            )
            return
        if behind:
            yield bad(
                "database",
                f"{name} is of an older version; run `nashir db upgrade`.",
                f"القاعدة {name} بإصدار أقدم؛ نفّذ `nashir db upgrade`.",
            )
            return
        try:
            with self.database.write() as db:
                if not self.database.sqlite:
                    there = db.execute(text("SELECT clock_timestamp()")).scalar_one()
                    yield from self._skew(there, now)
        except BotError as error:
            yield bad(
                "database",
                f"{error.say.en} It must be possible to write into it.",
                f"{error.say.ar} لا بد أن تمكن الكتابة فيها.",
            )
            return
        yield well("database", f"{name} is well.", f"قاعدة البيانات {name} سليمة.")

    def privacy(self, var: Path) -> Iterator[Finding]:
        """Whether others on this machine can read what is kept; what belongs to us was closed when it was opened."""
        found = [*private.open_to_others(var)]
        for file in filter(None, (self.database.file, var / "secret.key")):
            found += private.open_to_others(file)
        for each in found:
            mode = "700" if each.is_dir() else "600"
            yield doubt(
                "privacy",
                f"Others on this machine can read {each}: texts before their time, addresses, keys. "
                f"Run: chmod {mode} {shlex.quote(str(each))}",
                f"يستطيع غيرك على هذا الجهاز قراءة {each}: نصوص قبل موعدها وعناوين ومفاتيح. "
                f"نفّذ: chmod {mode} {shlex.quote(str(each))}",
            )

    def leftovers(self, var: Path, now: datetime) -> Iterator[Finding]:
        """Unfinished copies of the newsroom that a killed process left; each is as large as it, with all its texts."""
        folders = {var, self.database.file.parent} if self.database.file else {var}
        for each in (left for folder in sorted(folders) for left in leftovers.untouched(folder, now)):
            yield doubt(
                "disk",
                f"{each} is an unfinished copy that a process left when it was killed. "
                f"Unless a restoration is at work, run: rm -r {shlex.quote(str(each))}",
                f"{each} نسخة غير مكتملة خلفها برنامج قُتل. ما لم تكن استعادة جارية نفّذ: rm -r {shlex.quote(str(each))}",
            )

    def clock(self, now: datetime) -> Iterator[Finding]:
        """How far this machine's clock is from that of the servers that it talks to."""
        asked = False
        for url in self.clock_urls:
            try:
                answer = requests.head(url, timeout=5, allow_redirects=False)
                there = parsedate_to_datetime(answer.headers["Date"])
                there = there if there.tzinfo else there.replace(tzinfo=UTC)
            except (requests.RequestException, KeyError, ValueError, TypeError):
                continue
            asked = True
            findings = list(self._skew(there, now))
            yield from findings
            if findings:
                return
        if asked:
            yield well("clock", "The clock is right.", "الساعة مضبوطة.")
        else:
            yield doubt(
                "clock",
                "No server could be asked for the time; see that this machine sets its clock by NTP.",
                "لم يتسن سؤال أي خادم عن الوقت؛ تأكد أن الجهاز يضبط ساعته عبر NTP.",
            )

    def disk(self, folder: Path) -> Iterator[Finding]:
        """Room for the database and the previews."""
        here = next(each for each in (folder.resolve(), *folder.resolve().parents) if each.exists())
        free = shutil.disk_usage(here).free
        megabytes = free // 1024 // 1024
        if free < LEAST_DISK:
            yield bad(
                "disk",
                f"Only {megabytes} MB are free at {here}; make room, or nothing can be written down.",
                f"لم يبق في {here} إلا {megabytes} ميغابايت؛ أفرغ مساحة وإلا تعذر التسجيل.",
            )
        else:
            yield well("disk", f"{megabytes} MB are free.", f"المساحة الخالية {megabytes} ميغابايت.")

    def lanes(self, now: datetime) -> Iterator[Finding]:
        """Whether posts go out: the clock is at work, nothing is late, no channel is down or made to wait."""
        until = self.figures.clock_until()
        if until is None or until < now - CLOCK_SILENCE:
            yield doubt(
                "run",
                "nashir does not run: nothing goes out by itself. Start `nashir run`.",
                "ناشر لا يعمل: لن يخرج شيء من تلقاء نفسه. شغّل `nashir run`.",
            )
        for channel, why in self.health.pauses().items():
            if channel is None:
                yield doubt(
                    "stop-all",
                    f"All sending is stopped; `nashir start-all` lets it go on. {why.en}",
                    f"الإرسال كله موقوف؛ يعيده `nashir start-all`. {why.ar}",
                )
            else:
                yield doubt(
                    channel,
                    f"The channel is paused; `nashir resume {channel}` lets it go on. {why.en}",
                    f"القناة متوقفة؛ تعيدها `nashir resume {channel}`. {why.ar}",
                )
        for channel, age in self.figures.oldest_due(now).items():
            if age > OLDEST_DUE:
                minutes = int(age.total_seconds() // 60)
                yield bad(
                    channel,
                    f"A post is {plural(minutes, 'minute', 'minutes')} late; see `nashir queue`.",
                    f"منشور متأخر {counted(minutes, *MINUTES)}؛ انظر `nashir queue`.",
                )
        posts = self.figures.in_trouble()
        for post in posts[:MOST_POSTS]:
            say = trouble(post)
            yield doubt(post.channel, say.en, say.ar)
        if more := len(posts) - MOST_POSTS if len(posts) > MOST_POSTS else 0:
            yield doubt(
                "posts",
                f"{more} more wait for a person; see `nashir queue`.",
                f"وغيرها {more} تنتظر من ينظر فيها؛ انظر `nashir queue`.",
            )
        for channel in self.live:
            health = self.health.health(channel)
            if health.retry_at and health.retry_at > now:
                at = clock(health.retry_at, now, self.zone)
                yield doubt(
                    channel,
                    f"The channel waits until {at}: it reached a limit, or the service could not be reached; "
                    "it goes on by itself.",
                    f"القناة تنتظر إلى {at}: بلغت حدا أو تعذر الوصول إلى الخدمة؛ ثم تكمل من تلقاء نفسها.",
                )

    def source_health(self) -> Iterator[Finding]:
        """Whether each source could be read the last time, and what of it could not."""
        for standing in self.standings.standing(self.sources):
            left_out = told(skipped(self.standings.cursor(standing.name)).values())
            for say in left_out:
                yield doubt(standing.name, say.en, say.ar)
            if standing.reason:
                yield bad(standing.name, standing.reason.en, standing.reason.ar)
            elif standing.read_at and not left_out:
                yield well(standing.name, "It was read.", "قُرئ.")

    def account(self, name: str, channel: SendingChannel, at: str) -> Iterator[Finding]:
        """Whether a channel's keys open an account that may post, and whether its lane runs; nothing is posted."""
        account, why = asked(channel.check, at)
        if account is None:
            yield Finding(about=name, verdict="bad", say=why or Say("", ""))
            return
        try:
            down = self.health.health(name).down if self.database.is_ready() else None
        except BotError:  # what is wrong with the database was said
            down = None
        if why:
            yield bad(name, f"{account.name}: {why.en}", f"{account.name}: {why.ar}")
        elif down:
            yield bad(
                name,
                f"{account.name} answers, but the channel stopped: {down.en} It is tried again every 5 minutes.",
                f"الحساب {account.name} يجيب لكن القناة توقفت: {down.ar} وتعاد المحاولة كل 5 دقائق وعند كل تشغيل.",
            )
        else:
            yield well(name, f"The account is {account.name}.", f"الحساب {account.name}.")
        if account.hint:
            yield doubt(name, account.hint.en, account.hint.ar)

    @staticmethod
    def _skew(there: datetime, now: datetime) -> Iterator[Finding]:
        seconds = int(abs((there - now).total_seconds()))
        if seconds > MOST_SKEW.total_seconds():
            yield bad(
                "clock",
                f"This machine's clock is {seconds} seconds off: posts go out at wrong times, and X refuses its keys. "
                "Let it set itself by NTP (timedatectl set-ntp true).",
                f"ساعة هذا الجهاز منحرفة {counted(seconds, *SECONDS)}: تخرج المنشورات في غير وقتها ويرفض إكس المفاتيح. "
                "اجعلها تُضبط عبر NTP (timedatectl set-ntp true).",
            )
