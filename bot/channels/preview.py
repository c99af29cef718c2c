"""The preview: what a follower would see, on a page of its own and in the terminal. It ships: dry run, demo, tests."""

import contextlib
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from bot.config import private
from bot.domain.channel import Account, Channel, Receipt
from bot.domain.errors import ChannelDown, FormatError
from bot.domain.lane import Doubt, Hold
from bot.domain.post import Segment

MOST = 60  # segments of each channel that the page shows

_lock = threading.Lock()


class Render(Protocol):
    """How the page is drawn, given by the app; the adapter knows no templates."""

    def __call__(self, columns: Sequence[dict[str, Any]]) -> str: ...


class PreviewChannel:
    """Takes the segments of one channel in place of its service."""

    def __init__(
        self,
        *,
        channel: Channel,
        folder: Path,
        render: Render,
        clock: Callable[[], datetime],
        echo: Callable[[Channel, Segment], None],
        channels: Sequence[Channel],
    ) -> None:
        self._channel, self._folder, self._render = channel, folder, render
        self._clock, self._echo, self._channels = clock, echo, channels

    @property
    def page(self) -> Path:
        """Where the page stands."""
        return self._folder / "index.html"

    def _write(self, file: Path, shown: list[dict[str, Any]], begin: Callable[[], None] = lambda: None) -> None:
        """The channel's lines and the page, both or neither but for a crash between two renames."""
        part = _part(file, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in shown[-MOST:]))
        page = _part(self.page, self._render(columns(self._folder, self._channels, {self._channel.name: shown})))
        begin()
        part.replace(file)
        page.replace(self.page)

    def check(self) -> Account:
        """The preview needs no account."""
        return Account(name=str(self.page))

    def send(self, segment: Segment, parent: Receipt | None, begin: Callable[[], None]) -> Receipt:
        """Write one segment to the page; the receipt's id is its number on the channel."""
        try:
            private.folder(self._folder)
            with _alone(self._folder):
                file = self._folder / f"{self._channel.name}.jsonl"
                shown = _read(file)
                number = shown[-1]["number"] + 1 if shown else 1
                shown.append(
                    {
                        "number": number,
                        "parent": int(parent.remote_id.rpartition("-")[2]) if parent else None,
                        "at": self._clock().isoformat(),
                        "segment": asdict(segment),
                    }
                )
                self._write(file, shown, begin)
        except OSError as error:
            raise _not_written(error) from None
        except FormatError as error:
            raise ChannelDown(error.say.en, error.say.ar) from None
        with contextlib.suppress(OSError, ValueError):  # a terminal that is gone changes nothing
            self._echo(self._channel, segment)
        return Receipt(remote_id=f"preview-{number}", url=self.page.resolve().as_uri())

    def retract(self, receipt: Receipt, begin: Callable[[], None]) -> None:
        """Take a segment off the page."""
        self._rewrite(receipt, None, begin)

    def amend(
        self,
        receipt: Receipt,
        old: Segment,  # noqa: ARG002 - its number names it
        segment: Segment,
        begin: Callable[[], None],
    ) -> None:
        """Put a segment of the page into new words."""
        self._rewrite(receipt, segment, begin)

    def _rewrite(self, receipt: Receipt, segment: Segment | None, begin: Callable[[], None]) -> None:
        number = int(receipt.remote_id.rpartition("-")[2])
        try:
            with _alone(self._folder):
                file = self._folder / f"{self._channel.name}.jsonl"
                shown = _read(file)
                for line in shown:
                    if line["number"] == number and segment:
                        line["segment"] = asdict(segment)
                shown = [line for line in shown if segment or line["number"] != number]
                begin()
                self._write(file, shown)
        except OSError as error:
            raise _not_written(error) from None

    def look(self, doubt: Doubt, hold: Hold) -> Receipt | None:
        """The segment on the page; only what was written there is out."""
        hold()
        lines = [*_read(self._folder / f"{self._channel.name}.jsonl")]
        ours = [f"preview-{line['number']}" for line in lines if line["segment"] == asdict(doubt.segment)]
        found = next((each for each in reversed(ours) if each not in doubt.others and each != doubt.known), None)
        return Receipt(remote_id=found, url=self.page.resolve().as_uri()) if found else None

    def close(self) -> None:
        """Nothing is kept open."""


def columns(
    folder: Path, channels: Sequence[Channel], newer: Mapping[str, list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    """One column for each channel, newest post first, a thread's segments in order; `newer` stands over the files."""
    found = []
    for channel in channels:
        posts: list[list[dict[str, Any]]] = []
        lines = newer[channel.name] if channel.name in newer else _read(folder / f"{channel.name}.jsonl")
        for line in lines:
            thread = next((p for p in reversed(posts) if line["parent"] and p[-1]["number"] == line["parent"]), None)
            if thread is None:
                posts.append(thread := [])
            thread.append(line)
        found.append({"channel": channel, "posts": posts[::-1]})
    return found


def _not_written(error: OSError) -> ChannelDown:
    return ChannelDown(
        f"The preview cannot be written: {error.filename}: {error.strerror}.",
        f"تعذرت كتابة المعاينة: {error.filename}: {error.strerror}.",
    )


def _read(file: Path) -> list[dict[str, Any]]:
    try:
        lines = file.read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in lines]


def _part(path: Path, text: str) -> Path:
    """The text in a file beside, to be put in the place of `path` at once: a reader never sees half of it."""
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(text, "utf-8")
    return part


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One writer at a time, among threads and among processes."""
    with _lock, (folder / ".lock").open("w") as file:
        try:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        except ImportError:
            pass  # not a POSIX system: one process writes previews there
        yield
