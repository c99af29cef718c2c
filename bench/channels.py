"""How many channels one machine carries: posts a second of one process, embedded engine, to a local server.

Beside it the same posts by requests alone, in as many threads, with no outbox and no ledger: the ratio is what the
proof of every segment costs.
"""

import argparse
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from tests.servers.telegram import TelegramServer  # noqa: E402 - after the path

TOKEN = "123456:TEST-token_abc"


def newsroom(folder: Path, channels: int, articles: int, base: str) -> None:
    """A folder with that many Telegram channels and articles."""
    (folder / "config").mkdir(parents=True)
    (folder / "articles").mkdir()
    (folder / "config" / "newsroom.toml").write_text(
        'name = "غرفة"\n[[sources]]\nname = "files"\nkind = "folder"\npath = "articles"\nbackfill = 1000\npoll = "1s"\n'
        '[[rules]]\nname = "all"\n',
        "utf-8",
    )
    (folder / "config" / "style.toml").write_text("", "utf-8")
    tables = [
        f'[[channels]]\nname = "c{n}"\nservice = "telegram"\nlive = true\naccount = "@chan{n:05}"\n'
        f'api_base = "{base}"\nbot_per_second = 1000\nper_minute = 1000\n'
        for n in range(channels)
    ]
    (folder / "config" / "channels.toml").write_text("".join(tables), "utf-8")
    for n in range(articles):
        rng = random.Random(n)
        words = " ".join(f"كلمة{rng.randrange(10**6)}" for _ in range(60))
        path = folder / "articles" / f"{n}.md"
        path.write_text(f"---\ntitle: خبر {n}\nurl: https://example.com/{n}\n---\n{words}\n", "utf-8")
        os.utime(path, (time.time() - 60, time.time() - 60))


def ours(folder: Path, server: TelegramServer, wanted: int) -> tuple[float, float]:
    """Seconds from the first to the last acceptance, and the process's CPU seconds."""
    env = os.environ | {"TELEGRAM_BOT_TOKEN": TOKEN, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "run", "--quiet"], cwd=folder, env=env, stdout=subprocess.DEVNULL
    )
    until = time.monotonic() + 300
    while len(server.posts) < wanted and time.monotonic() < until:
        time.sleep(0.05)
    process.terminate()
    process.wait(15)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    with sqlite3.connect(folder / "var" / "nashir.db") as db:
        states = dict(db.execute("select state, count(*) from deliveries group by state").fetchall())
    assert states == {"sent": wanted}, states
    times = [post.at for post in server.posts]
    return max(times) - min(times), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def peer(server: TelegramServer, channels: int, articles: int) -> float:
    """The same calls by requests alone."""

    def lane(n: int) -> None:
        with requests.Session() as session:
            for k in range(articles):
                body = {"chat_id": f"@chan{n:05}", "text": f"خبر {k} {n}"}
                session.post(f"{server.url}/bot{TOKEN}/sendMessage", json=body, timeout=20).raise_for_status()

    began = time.monotonic()
    with ThreadPoolExecutor(channels) as pool:
        list(pool.map(lane, range(channels)))
    return time.monotonic() - began


def main() -> int:
    """Run both, and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--channels", type=int, default=100)
    parser.add_argument("--articles", type=int, default=5)
    given = parser.parse_args()
    chats = {f"@chan{n:05}": -1000000000000 - n for n in range(given.channels)}
    wanted = given.channels * given.articles
    with tempfile.TemporaryDirectory() as folder, TelegramServer(token=TOKEN, chats=chats, delay=0.02) as server:
        newsroom(Path(folder) / "room", given.channels, given.articles, server.url)
        seconds, cpu = ours(Path(folder) / "room", server, wanted)
    with TelegramServer(token=TOKEN, chats=chats, delay=0.02) as server:
        bare = peer(server, given.channels, given.articles)
    print(f"{given.channels} channels, {wanted} posts, a server of 20 ms in this process")
    print(
        f"nashir    {wanted / seconds:7.1f} posts a second ({seconds:.1f} s), {cpu / wanted * 1000:.1f} ms of CPU each"
    )
    print(f"requests  {wanted / bare:7.1f} posts a second ({bare:.1f} s), nothing proved; ratio {seconds / bare:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
