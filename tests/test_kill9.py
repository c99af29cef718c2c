"""kill -9 at random moments: no segment twice, every delivery ends `sent` or `unsure`.

The servers run in a process of their own and keep what they accept, so they know what readers saw.
"""

import collections
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

KILLS = 20
ARTICLES = 10
SEED = int(os.environ.get("NASHIR_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)

WORDS = (
    "المدينة الأشغال تتقدم كما كان مقررا السكان يرون نتائجها قريبا في كل حي الجسر الحديقة المدرسة المستشفى افتتح "
    "المجلس قدم الرئيس خطة جديدة للنقل والماء والكهرباء وقال إن العمل سيبدأ بعد أسبوع عند الميناء القديم حيث "
    "تجمع التجار والصيادون أمس وناقشوا مع المهندسين مشروع السوق المغطى وموقف الحافلات والطريق الدائري"
).split()


def sentence(rng: random.Random) -> str:
    """A sentence unlike any other: articles that are alike are one for the newsroom."""
    return " ".join(rng.choice(WORDS) for _ in range(22)) + "."


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[dict[str, Any]]:
    keep = tmp_path / "kept"
    keep.mkdir()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.servers",
            "--telegram",
            "--x",
            "--smtp",
            "--keep",
            str(keep),
            "--delay",
            "0.12",
            "--seconds",
            "400",
        ],
        cwd=ROOT,
        stdin=subprocess.PIPE,
    )
    ports = keep / "ports.json"
    for _ in range(200):
        if ports.exists():
            break
        time.sleep(0.05)
    yield json.loads(ports.read_text()) | {"keep": keep}
    process.terminate()
    process.wait(10)


def newsroom(folder: Path, ports: dict[str, Any]) -> None:
    shutil.copytree(ROOT / "templates", folder / "templates")
    (folder / "config").mkdir()
    (folder / "articles").mkdir()
    (folder / "config" / "style.toml").write_text("max_segments = 8\n", "utf-8")
    (folder / "config" / "newsroom.toml").write_text(
        'name = "غرفة"\n[[sources]]\nname = "files"\nkind = "folder"\npath = "articles"\nbackfill = 50\npoll = "1s"\n'
        '[[rules]]\nname = "all"\n',
        "utf-8",
    )
    host, port = ports["smtp"]
    (folder / "config" / "channels.toml").write_text(
        f"""
[[channels]]
name = "telegram"
service = "telegram"
live = true
account = "@nashir_test"
api_base = "{ports["telegram"]}"
timeout = "5s"
[[channels]]
name = "x"
service = "x"
live = true
account = "@nashir_test"
api_base = "{ports["x"]}"
timeout = "5s"
[[channels]]
name = "mail"
service = "email"
live = true
from = "news@example.org"
to = "list@example.org"
host = "{host}"
port = {port}
tls = "none"
timeout = "5s"
""",
        "utf-8",
    )
    for k in range(ARTICLES):
        rng = random.Random(k)
        body = "\n\n".join(f"{sentence(rng)} {sentence(rng)}" for _ in range(12))
        path = folder / "articles" / f"{k}.md"
        path.write_text(
            f"---\ntitle: اللقاء {k} في المدينة\nurl: https://example.com/{k}\ntags: [المدينة]\n---\n{body}\n", "utf-8"
        )
        os.utime(path, (time.time() - 60, time.time() - 60))


def start(folder: Path) -> subprocess.Popen[bytes]:
    secrets = dict.fromkeys(("X_API_KEY", "X_API_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_SECRET"), "key-for-tests")
    env = (
        os.environ
        | secrets
        | {
            "TELEGRAM_BOT_TOKEN": "123456:TEST-token_abc",
            "PYTHONPATH": str(ROOT),
            "LC_ALL": "C.UTF-8",
            "NASHIR_CONFIG": str(folder / "config"),
        }
    )
    with (folder / "run.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "bot", "run", "--quiet"], cwd=folder, env=env, stdout=log, stderr=log
        )


def states(folder: Path) -> list[tuple[str, str]]:
    try:
        with sqlite3.connect(f"file:{folder}/var/nashir.db?mode=ro", uri=True, timeout=10) as db:
            return db.execute("select channel, state from deliveries").fetchall()
    except sqlite3.OperationalError:
        return []


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


@pytest.mark.slow
def test_kill_9_at_random_moments_loses_and_doubles_nothing(servers: dict[str, Any], tmp_path: Path) -> None:
    rng = random.Random(SEED)
    print(f"NASHIR_SEED={SEED}")
    folder = tmp_path / "room"
    folder.mkdir()
    newsroom(folder, servers)
    amid = 0
    for _ in range(KILLS):
        process = start(folder)
        time.sleep(rng.uniform(0.7, 2.2))
        amid += not states(folder) or any(state in ("queued", "sending") for _, state in states(folder))
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    started = (folder / "run.log").read_text("utf-8").count("nashir runs")
    process = start(folder)
    until = time.monotonic() + 120
    while time.monotonic() < until:
        seen = states(folder)
        time.sleep(0.1)
        if (folder / "run.log").read_text("utf-8").count("nashir runs") == started:
            continue
        if len(seen) == 3 * ARTICLES and not any(state in ("queued", "sending") for _, state in seen):
            break
        time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    assert process.wait(10) == 0
    assert time.monotonic() - began < 10
    log = (folder / "run.log").read_text("utf-8")
    final = collections.Counter(states(folder))
    print(final, "kills before the end:", amid)
    assert amid >= 3, "the kills came too late to prove anything"
    assert len(states(folder)) == 3 * ARTICLES, log
    assert {state for _, state in final} <= {"sent", "unsure"}, log

    keep = servers["keep"]
    tweets = lines(keep / "x.jsonl")
    texts = [tweet["text"] for tweet in tweets]
    assert len(texts) == len(set(texts)), "a segment went out twice on X"
    posts = [post["text"] for post in lines(keep / "telegram.jsonl") if post["method"] == "sendMessage"]
    assert len(posts) == len(set(posts)), "a message went out twice on Telegram"
    mails = [mail["message_id"] for mail in lines(keep / "smtp.jsonl")]
    assert len(mails) == len(set(mails)), "a mail went out twice"

    by_id = {tweet["id"]: tweet for tweet in tweets}
    heads = [tweet for tweet in tweets if not tweet["reply_to"]]
    assert len(heads) <= ARTICLES
    children = collections.Counter(tweet["reply_to"] for tweet in tweets if tweet["reply_to"])
    assert all(parent in by_id and count == 1 for parent, count in children.items()), "a thread forked or broke"
    assert final["telegram", "sent"] <= len(posts) <= final["telegram", "sent"] + final["telegram", "unsure"]
    assert final["mail", "sent"] <= len(mails) <= final["mail", "sent"] + final["mail", "unsure"]
    assert final["x", "sent"] <= len(heads)
    assert "TEST-token_abc" not in log
    assert "key-for-tests" not in log
