"""Newsrooms whose program and servers run in processes of their own, as people run them: for kill -9 and its kin."""

import collections
import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bot.store.database import Database, DatabaseError
from tests.conftest import ROOT

WORDS = (
    "المدينة الأشغال تتقدم كما كان مقررا السكان يرون نتائجها قريبا في كل حي الجسر الحديقة المدرسة المستشفى افتتح "
    "المجلس قدم الرئيس خطة جديدة للنقل والماء والكهرباء وقال إن العمل سيبدأ بعد أسبوع عند الميناء القديم حيث "
    "تجمع التجار والصيادون أمس وناقشوا مع المهندسين مشروع السوق المغطى وموقف الحافلات والطريق الدائري"
).split()
SECRETS = dict.fromkeys(("X_API_KEY", "X_API_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_SECRET"), "key-for-tests") | {
    "TELEGRAM_BOT_TOKEN": "123456:TEST-token_abc"
}
SETTLED = 6.0  # seconds untouched after which a file counts as complete
STARTED = "nashir runs"  # what the program says once it is at work


def sentence(rng: random.Random, words: int = 22) -> str:
    """A sentence unlike any other: articles that are alike are one for the newsroom."""
    return " ".join(rng.choice(WORDS) for _ in range(words)) + "."


def article(number: int, *, title: str = "", paragraphs: int = 12, more: str = "", figure: str = "") -> str:
    """An article's file; `figure` stands in its first sentence."""
    rng = random.Random(number)
    body = "\n\n".join(f"{sentence(rng)} {sentence(rng)}" for _ in range(paragraphs))
    head = f"---\ntitle: {title or f'اللقاء {number} في المدينة'}\nurl: https://example.com/{number}\n{more}---\n"
    return f"{head}{f'حضر {figure} من السكان. ' if figure else ''}{body}\n"


@contextlib.contextmanager
def servers(keep: Path, *more: str, delay: float = 0.12, seconds: float = 400) -> Iterator[dict[str, Any]]:
    """The three services in a process of their own, with a file each of what they accept; gives their addresses."""
    keep.mkdir(parents=True, exist_ok=True)
    which = ["--telegram", "--x", "--smtp", "--keep", str(keep), "--delay", str(delay), "--seconds", str(seconds)]
    process = subprocess.Popen([sys.executable, "-m", "tests.servers", *which, *more], cwd=ROOT, stdin=subprocess.PIPE)
    try:
        until(lambda: (keep / "ports.json").exists(), 15)
        yield json.loads((keep / "ports.json").read_text()) | {"keep": keep}
    finally:
        process.terminate()
        process.wait(10)


@dataclass(kw_only=True)
class Room:
    """A newsroom's folder, and the processes that run it."""

    folder: Path
    ports: dict[str, Any]
    url: str = ""
    started: int = field(default=0, init=False)
    _database: Database | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(ROOT / "templates", self.folder / "templates")
        for name in ("config", "articles", "logs"):
            (self.folder / name).mkdir()
        self.write("style.toml", "max_segments = 8\n")
        self.newsroom()
        self.channels(telegram="", x="", email="")

    def write(self, name: str, content: str) -> None:
        """A file of config/."""
        (self.folder / "config" / name).write_text(content, "utf-8")

    def newsroom(self, more: str = "", tables: str = "", *, poll: str = "1s") -> None:
        """newsroom.toml: one folder and a rule for all; `more` keys at the top, `tables` at the end."""
        self.write(
            "newsroom.toml",
            f'name = "غرفة"\n{more}\n[[sources]]\nname = "files"\nkind = "folder"\npath = "articles"\nbackfill = 500\n'
            f'poll = "{poll}"\n[[rules]]\nname = "all"\n[web]\nport = 0\n{tables}',
        )

    def channels(self, *, common: str = 'timeout = "5s"', **named: str) -> None:
        """channels.toml: for each name more keys; what a name begins with is its service."""
        host, port = self.ports["smtp"]
        keys = {
            "telegram": f'account = "@nashir_test"\napi_base = "{self.ports["telegram"]}"',
            "x": f'account = "@nashir_test"\napi_base = "{self.ports["x"]}"',
            "email": 'from = "news@example.org"\nto = "list@example.org"\ntls = "none"\n'
            f'host = "{host}"\nport = {port}',
        }
        tables = []
        for name, more in named.items():
            service = next(each for each in keys if name.startswith(each))
            own = [key for key in keys[service].splitlines() if f"{key.split(' =')[0]} =" not in more]
            head = ["[[channels]]", f'name = "{name}"', f'service = "{service}"', "live = true"]
            tables.append("\n".join([*head, *own, common, more]))
        self.write("channels.toml", "\n".join(tables) + "\n")

    def bring(self, number: int, content: str = "", *, age: float = SETTLED) -> Path:
        """Put an article into the folder, complete."""
        path = self.folder / "articles" / f"{number}.md"
        partial = path.with_suffix(".part")
        partial.write_text(content or article(number, more="tags: [المدينة]\n"), "utf-8")
        os.utime(partial, (time.time() - age, time.time() - age))
        partial.replace(path)
        return path

    @property
    def environ(self) -> dict[str, str]:
        """What its processes are given."""
        own = {"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "NASHIR_CONFIG": str(self.folder / "config")}
        return os.environ | SECRETS | own | ({"DATABASE_URL": self.url} if self.url else {})

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """One process of the program, with a log of its own."""
        self.started += 1
        with self._log(self.started).open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "bot", *(command or ("run", "--quiet"))],
                cwd=self.folder,
                env=self.environ,
                stdout=log,
                stderr=log,
            )

    def is_up(self, number: int = 0) -> bool:
        """Whether the last process, or one by its number, is at work."""
        return STARTED in self._log(number or self.started).read_text("utf-8")

    def _log(self, number: int) -> Path:
        return self.folder / "logs" / f"{number:04}.log"

    @property
    def log(self) -> str:
        """All that its processes said."""
        return "".join(path.read_text("utf-8", "replace") for path in sorted((self.folder / "logs").iterdir()))

    def ask(self, query: str, **values: Any) -> Sequence[Any]:
        """Rows of its database; none where there is none yet."""
        file = self.folder / "var" / "nashir.db"
        if not self.url and not file.exists():
            return []
        self._database = self._database or (Database(self.url) if self.url else Database.of_file(file))
        try:
            with self._database.read() as db:
                return db.execute(text(query), values).all()
        except DatabaseError:
            return []

    def close(self) -> None:
        """Give back the connection."""
        if self._database:
            self._database.close()

    def states(self) -> list[tuple[str, str]]:
        """Channel and state of each delivery."""
        return [tuple(row) for row in self.ask("select channel, state from deliveries")]

    def is_at_rest(self, deliveries: int) -> bool:
        """Whether so many deliveries are there, and nothing of them moves any more by itself."""
        states = self.states()
        moving = any(state in ("queued", "sending") for _, state in states)
        looking = self.ask(
            "select 1 from doubts join deliveries on deliveries.id = doubts.delivery_id "
            "where doubts.next_at is not null and deliveries.state = 'unsure'"
        )
        amending = self.ask("select 1 from amendments where state = 'open'")
        return len(states) >= deliveries and not moving and not looking and not amending


def stop(process: subprocess.Popen[bytes], patience: float = 15) -> int:
    """End a process in order; its code."""
    process.terminate()
    return process.wait(patience)


def until(condition: Callable[[], Any], seconds: float, every: float = 0.05) -> bool:
    """Wait for something; False where it does not come in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True


def kept(keep: Path, name: str) -> list[dict[str, Any]]:
    """What a server has accepted so far, oldest first; a line that is half written is left for later."""
    path = keep / f"{name}.jsonl"
    lines = path.read_text("utf-8").splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What the ledger says, held against what the servers keep."""

    lost: list[str]
    doubled: list[str]
    broken: list[str]
    stray: list[str]  # on X, and no proof names it
    states: collections.Counter[tuple[str, str]]

    @property
    def unsure(self) -> dict[str, int]:
        """By channel."""
        return {channel: n for (channel, state), n in self.states.items() if state == "unsure"}


def judge(room: Room, articles: int, channels: Sequence[str] = ("telegram", "x", "email")) -> Judgement:
    """Lost: proved and not there, or no delivery. Doubled: there twice. Broken: not under the segment before it."""
    keep = room.ports["keep"]
    tweets = {tweet["id"]: tweet for tweet in kept(keep, "x") if not tweet["gone"]}
    posts = {str(each["message_id"]): each for each in kept(keep, "telegram") if each["method"] == "sendMessage"}
    mails = {mail["message_id"]: mail for mail in kept(keep, "smtp")}
    there = {"telegram": posts, "x": tweets, "email": mails}
    lost, broken = [], []
    rows = room.ask("select id, channel, state, post from deliveries order by id")
    for channel in channels:
        count = sum(row.channel == channel for row in rows)
        lost += [f"{channel}: {articles - count} deliveries were never made"] if count < articles else []
    proofs: dict[int, list[str]] = collections.defaultdict(list)
    for row in room.ask("select delivery_id, n, remote_id from receipts order by delivery_id, n"):
        proofs[row.delivery_id].append(row.remote_id)
    for row in rows:
        post = json.loads(row.post) if isinstance(row.post, str) else row.post
        wanted, proved = len(post["segments"]), proofs[row.id]
        if row.state not in ("sent", "unsure"):
            lost.append(f"delivery {row.id} ({row.channel}) is {row.state}")
        if row.state == "sent" and len(proved) < wanted:
            lost.append(f"delivery {row.id} ({row.channel}): {len(proved)} of {wanted} segments are proved")
        gone = [each for each in proved if each not in there[row.channel]]
        lost += [f"delivery {row.id} ({row.channel}): {each} is not there" for each in gone]
        if row.channel == "x":
            for before, each in zip([None, *proved], proved, strict=False):
                if each in tweets and tweets[each]["reply_to"] != before:
                    broken.append(f"delivery {row.id}: {each} hangs under {tweets[each]['reply_to']}, not {before}")
    return Judgement(
        lost=lost,
        doubled=[
            *_twice("x", [tweet["text"] for tweet in tweets.values()]),
            *_twice("telegram", [p["text"] for p in kept(keep, "telegram") if p["method"] == "sendMessage"]),
            *_twice("email", [mail["message_id"] for mail in kept(keep, "smtp")]),
        ],
        broken=broken,
        stray=sorted(tweets.keys() - {each for ids in proofs.values() for each in ids}),
        states=collections.Counter(room.states()),
    )


def _twice(channel: str, texts: list[str]) -> list[str]:
    return [f"{channel}: {n} times: {each[:60]}" for each, n in collections.Counter(texts).items() if n > 1]
