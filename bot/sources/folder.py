"""A folder of article files. A file is taken when it is complete: when its size and time no longer change."""

import logging
import os
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple

from bot.domain.article import Article
from bot.domain.errors import SourceError
from bot.domain.ports import Batch, Cursor
from bot.domain.say import Say
from bot.domain.skipped import kept, skipped
from bot.sources.files import READERS, read_article, shown

log = logging.getLogger(__name__)

SETTLE = timedelta(seconds=5)  # untouched for so long, a file counts as complete
LOOK_AGAIN = timedelta(seconds=1)
OTHERS = {"doc", "docx", "odt", "rtf", "pages", "pdf"}  # what editors write in and we do not read: it is said once
MOST_BYTES = 10 * 1024 * 1024


class _Fault(NamedTuple):
    """Why there is no article."""

    say: Say
    passes: bool = False  # permission comes back without a new time of the file: look again


class FolderSource:
    """Text, Markdown and JSON files below one folder; hidden ones are left alone."""

    def __init__(
        self,
        *,
        name: str,
        path: Path,
        poll: timedelta,
        backfill: str | int | timedelta,
        section: str,
        first_seen_dates: bool,
        zone: tzinfo,
    ) -> None:
        self.name, self.path, self.poll, self.backfill = name, path, poll, backfill
        self._section, self._first_seen_dates, self._zone = section, first_seen_dates, zone

    def fetch(self, cursor: Cursor, now: datetime) -> Batch:
        """Files that are new or changed since the cursor, and complete; those that could not be read are tried again.

        A fault is told once; as long as it lasts it stays in the cursor.
        """
        if not self.path.is_dir():
            raise SourceError(
                f"The folder {self.path} of source {self.name} does not exist; make it or mend `path`.",
                f"مجلد المصدر {self.name} غير موجود: {self.path}؛ أنشئه أو صحح `path`.",
            )
        known: dict[str, list[object]] = cursor.get("files", {})
        files: dict[str, list[object]] = {}
        articles: list[Article] = []
        faulty, faults = skipped(cursor), dict[str, Say]()
        arriving = False
        for name, path in self._listing():
            try:
                stat = path.stat()
            except OSError:
                continue  # gone between the listing and the look
            if not S_ISREG(stat.st_mode):
                continue  # a pipe or a device never ends
            before = known.get(name)
            here = [stat.st_size, stat.st_mtime_ns]
            first_seen = str(before[2]) if before else now.isoformat()
            same = before is not None and before[:2] == here
            if same and before and before[3]:
                files[name] = before
                faults |= {name: faulty[name]} if name in faulty else {}
                continue
            since = str(before[4]) if same and before else now.isoformat()
            untouched = max(now - datetime.fromtimestamp(stat.st_mtime, UTC), now - datetime.fromisoformat(since))
            taken = untouched >= SETTLE
            files[name] = [*here, first_seen, taken, since]
            arriving = arriving or not taken
            if taken:
                found = self._read(path, name, datetime.fromisoformat(first_seen), now)
                if isinstance(found, Article):
                    articles.append(found)
                    continue
                faults[name] = found.say
                files[name][3] = not found.passes
        return Batch(
            articles=tuple(articles),
            cursor={"files": files} | kept(faults),
            unchanged=files == known and faults == faulty,
            again_in=LOOK_AGAIN if arriving else None,
            faults=tuple(say for name, say in faults.items() if say != faulty.get(name)),
        )

    def _read(self, path: Path, name: str, first_seen: datetime, now: datetime) -> "Article | _Fault":
        """The article of one file, or why there is none: whatever is in it, it never costs its neighbours."""
        try:
            return self.read(path, name, first_seen, now)
        except SourceError as error:
            return _Fault(error.say)
        except Exception as error:
            said = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
            where = shown(path)
            log.info("%s: %s: %s", where, type(error).__name__, error)
            say = Say(f"{where}: the file cannot be read: {said}.", f"{where}: تعذرت قراءة الملف: {said}.")
            return _Fault(say, passes=isinstance(error, OSError))

    def read(self, path: Path, name: str, first_seen: datetime, now: datetime) -> Article:
        """The article of one file; raises SourceError."""
        where = shown(path)
        if path.suffix.lstrip(".").lower() in OTHERS:
            raise SourceError(
                f"{where}: a file of this kind is not read; save it as .txt, .md or .json.",
                f"{where}: لا يُقرأ ملف من هذا النوع؛ احفظه بصيغة .txt أو .md أو .json.",
            )
        stat = path.stat()
        if stat.st_size > MOST_BYTES:
            raise SourceError(
                f"{where}: the file is larger than {MOST_BYTES // 1024 // 1024} MB.",
                f"{where}: الملف أكبر من {MOST_BYTES // 1024 // 1024} ميغابايت.",
            )
        modified = datetime.fromtimestamp(stat.st_mtime, UTC)
        return read_article(
            path.read_bytes(),
            name=name,
            path=where,
            source=self.name,
            section=self._section,
            zone=self._zone,
            relative_to=first_seen if self._first_seen_dates else None,
            default_date=first_seen if self._first_seen_dates else min(modified, now),
            now=now,
        )

    def first_seen(self, cursor: Cursor, name: str, now: datetime) -> datetime:
        """When a file was first seen, as the cursor has it; `now` for one that is new."""
        entry = cursor.get("files", {}).get(name)
        return datetime.fromisoformat(str(entry[2])) if entry else now

    def name_of(self, path: Path) -> str | None:
        """The name that a file has in this source, or None where it lies elsewhere."""
        try:
            return path.resolve().relative_to(self.path.resolve()).as_posix()
        except ValueError:
            return None

    def _listing(self) -> list[tuple[str, Path]]:
        found = []

        def unreadable(error: OSError) -> None:
            raise SourceError(
                f"The folder {error.filename} of source {self.name} cannot be read: {error.strerror}.",
                f"تعذرت قراءة المجلد {error.filename} في المصدر {self.name}: {error.strerror}.",
            )

        for folder, folders, names in os.walk(self.path, onerror=unreadable):
            folders[:] = sorted(each for each in folders if not each.startswith("."))
            for name in sorted(names):
                kind = name.rsplit(".", 1)[-1].lower()
                if not name.startswith((".", "~$")) and (kind in READERS or kind in OTHERS):
                    path = Path(folder, name)
                    found.append((path.relative_to(self.path).as_posix(), path))
        return found
