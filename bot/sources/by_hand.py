"""What an editor gives by hand: a file, under the source that it lies in, or the address of a page."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from bot.domain.article import BY_HAND, Article
from bot.domain.errors import NotFound
from bot.domain.ports import Cursor, Source
from bot.sources import fetch, page
from bot.sources.files import READERS
from bot.sources.folder import FolderSource


class ByHand:
    """Reads files and pages that are given one by one."""

    def __init__(
        self, sources: Iterable[Source], zone: tzinfo, *, section: str, timeout: timedelta, allow_private: bool
    ) -> None:
        self._folders = [source for source in sources if isinstance(source, FolderSource)]
        self._zone, self._section, self._timeout, self._allow_private = zone, section, timeout, allow_private

    def page(self, url: str) -> Article:
        """The article of a page; raises SourceError."""
        with fetch.private_where(
            "whoever keeps the newsroom's settings allows it ([by_hand] allow_private = true).",
            "يسمح به من يتولى إعدادات الغرفة ([by_hand] allow_private = true).",
        ):
            return page.read(
                url, source=BY_HAND, section=self._section, timeout=self._timeout, allow_private=self._allow_private
            )

    def file(self, path: Path, cursor: Callable[[str], Cursor], now: datetime) -> Article:
        """The article of a file; raises NotFound, SourceError. `cursor` gives what a source remembers of its files."""
        if path.suffix.lstrip(".").lower() not in READERS:
            kinds = ", ".join(f".{kind}" for kind in READERS)
            raise NotFound(
                f"{path}: an article file ends in one of {kinds}.", f"{path}: ملف المادة ينتهي بأحد {kinds}."
            )
        for folder in self._folders:
            if name := folder.name_of(path):
                return folder.read(path, name, folder.first_seen(cursor(folder.name), name, now), now)
        modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        alone = FolderSource(
            name=BY_HAND,
            path=path.parent,
            poll=timedelta(minutes=1),
            backfill="none",
            section=self._section,
            first_seen_dates=True,
            zone=self._zone,
        )
        return alone.read(path, path.resolve().as_posix(), modified, now)
