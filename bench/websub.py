"""From the POST of a WebSub notification to Telegram's acceptance, through `nashir run`; beside polling each second.

The newsroom runs as a process with a live Telegram channel on a local server that keeps when it accepted. Each round
publishes one new item: once by the hub's notification, once by changing the feed and waiting for the poll.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
TOKEN = "123456:TEST-token_abc"
WORDS = "المدينة المشروع السكان العمل المجلس الماء الطريق المدرسة السوق الميناء الحديقة الجسر".split()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    from tests.servers.feed import FeedServer, rss
    from tests.servers.hub import HubServer
    from tests.servers.telegram import TelegramServer

    def item(n: int) -> dict[str, object]:
        words = random.Random(n).choices(WORDS, k=60)
        return {
            "title": f"{words[0]} {words[1]} في خبر فريد {n * 7919}",
            "guid": f"urn:{n}",
            "link": f"https://example.com/{n}",
            "content": f"<p>{' '.join(words)} {n * 104729}.</p>",
        }

    with (
        FeedServer() as feed,
        HubServer() as hub,
        TelegramServer(token=TOKEN) as telegram,
        tempfile.TemporaryDirectory() as folder,
    ):
        links = {"Link": f'<{hub.url}/hub>; rel="hub"'}
        url = feed.put("/feed.xml", rss([item(0)]), headers=links)
        config = Path(folder) / "config"
        config.mkdir()
        (config / "style.toml").write_text("", "utf-8")
        (config / "channels.toml").write_text(
            f'[[channels]]\nname = "tg"\nservice = "telegram"\nlive = true\naccount = "@nashir_test"\n'
            f'api_base = "{telegram.url}"\n',
            "utf-8",
        )
        (config / "newsroom.toml").write_text(
            f'name = "غرفة"\npublic_url = "https://desk.example.org"\n[web]\nport = 0\n[[sources]]\nname = "site"\n'
            f'kind = "feed"\nurl = "{url}"\nallow_private = true\nfull_text = "feed"\npoll = "1s"\n'
            '[[rules]]\nname = "all"\n',
            "utf-8",
        )
        env = os.environ | {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "PYTHONPATH": str(ROOT),
            "LC_ALL": "C.UTF-8",
            "NASHIR_LOG": "plain",
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run", "--quiet"], cwd=folder, env=env, stdout=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout
            for line in process.stdout:
                if line.startswith("Desk: "):
                    hub.target = line.split()[1]
                    break
            wait(lambda: bool(hub.kept))
            hub.verify(hub.kept[-1])
            time.sleep(1.5)  # the first contact is made
            by_hub, by_poll = [], []
            for n in range(1, 2 * rounds + 1):
                time.sleep(1.2 + n * 0.37 % 1)  # a chat takes one post a second, and the poll is met at any time
                body = rss([item(n)])
                if n <= rounds:
                    by_hub.append(timed(lambda body=body: hub.publish(body), telegram, n))
                else:
                    by_poll.append(timed(lambda body=body: feed.put("/feed.xml", body, headers=links), telegram, n))
        finally:
            process.terminate()
            process.wait(12)
    for name, seconds in (("WebSub notification", by_hub), ("polling each second", by_poll)):
        print(f"{name} to Telegram's acceptance: median {statistics.median(seconds):.2f} s, worst {max(seconds):.2f} s")
    print(f"ratio of the medians: {statistics.median(by_poll) / statistics.median(by_hub):.1f}")
    print(json.dumps({"websub": by_hub, "poll": by_poll}))
    if max(by_hub) > 2:
        raise SystemExit("slower than 2 s")


def timed(publish: object, telegram: object, n: int) -> float:
    """Seconds from the publication to the server's acceptance."""
    before = len(telegram.posts)  # type: ignore[attr-defined]  # a test server, given as an object
    began = time.time()
    publish()  # type: ignore[operator]  # a function, given as an object
    wait(lambda: len(telegram.posts) > before)  # type: ignore[attr-defined]  # a test server, given as an object
    post = telegram.posts[-1]  # type: ignore[attr-defined]  # a test server, given as an object
    assert str(n * 7919) in post.text
    return float(post.at - began)


def wait(until: object) -> None:
    """Look often for a while."""
    end = time.monotonic() + 30
    while not until():  # type: ignore[operator]  # a function, given as an object
        if time.monotonic() > end:
            raise SystemExit("it did not happen in 30 s")
        time.sleep(0.005)


if __name__ == "__main__":
    main()
