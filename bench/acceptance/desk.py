"""Twenty editors over 500 waiting posts: no post twice, none lost, how long a page takes beside a bare page, and how
soon a change shows on another editor's screen."""

import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import requests
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from jinja2 import Environment

from bench.acceptance import FREELY, Bars, Room, counts, room
from bot.web.server import WebServer
from tests.newsrooms import SETTLED, article, kept, stop, until

ROOT = Path(__file__).parent.parent.parent
PASSWORD = "a-long-password"
EACH = 2.0  # seconds between an editor's acts
MOST = 5.0  # times a bare page
SEEN = 1.0  # seconds until a change shows
KEPT = 5  # articles that wait until that is measured
ROW = "<article><h3>{{ r.title }}</h3><p>{{ r.why }}</p><button>{{ r.act }}</button></article>"
BARE = Environment(autoescape=True).from_string(
    "<!doctype html><html lang=ar dir=rtl><body>{% for r in rows %}" + ROW + "{% endfor %}</body></html>"
)


def bare() -> FastAPI:
    """A page of as many rows by FastAPI and Jinja2 alone: no session, no database."""
    web = FastAPI()
    shown = [{"title": f"خبر {n} " + "كلمة " * 8, "why": "سبب " * 8, "act": "وافق"} for n in range(500)]

    @web.get("/")
    def page() -> HTMLResponse:
        return HTMLResponse(BARE.render(rows=shown))

    return web


class Editor(threading.Thread):
    """Opens the queue, approves or skips or holds something, again and again."""

    def __init__(self, address: str, number: int, ids: list[str], seconds: float) -> None:
        super().__init__(daemon=True)
        self.address, self.number, self.ids, self.until = address, number, ids, time.monotonic() + seconds
        self.pages: list[float] = []
        self.acts: list[float] = []
        self.done: Counter[int] = Counter()

    def run(self) -> None:
        """Sign in and work."""
        with requests.Session() as session:
            page = session.post(f"{self.address}/login", {"login": f"e{self.number}", "password": PASSWORD}).text
            found = re.search(r'<meta name="csrf" content="([^"]+)"', page)
            if not found:
                return
            session.headers["x-csrf"] = found[1]
            n = self.number
            time.sleep(EACH * random.Random(n).random())  # people do not press in step
            while time.monotonic() < self.until:
                began = time.monotonic()
                session.get(self.address)
                self.pages.append(time.monotonic() - began)
                # neighbours press on the same articles: one of them is quicker
                id_ = self.ids[(n // 2 * 7) % len(self.ids)]
                act = "release" if n % 5 else "cancel"
                began_act = time.monotonic()
                self.done[session.post(f"{self.address}/articles/{act}", {"ids": id_}).status_code] += 1
                self.acts.append(time.monotonic() - began_act)
                n += 20
                time.sleep(max(0.0, EACH - (time.monotonic() - began)))


def signed_up(made: Room, editors: int) -> None:
    """Accounts by the command line."""
    for n in range(editors):
        command = [sys.executable, "-m", "bot", "users", "add", f"e{n}", "--role", "chief"]
        subprocess.run(command, cwd=made.folder, env=made.environ, input=PASSWORD.encode(), check=True)


def seen_after(address: str, ids: list[str]) -> list[float]:
    """Seconds from an act to the event on another editor's stream."""
    spans = []
    with requests.Session() as one, requests.Session() as other:
        for session, login in ((one, "e0"), (other, "e1")):
            page = session.post(f"{address}/login", {"login": login, "password": PASSWORD}).text
            session.headers["x-csrf"] = re.findall(r'<meta name="csrf" content="([^"]+)"', page)[0]
        for id_ in ids:
            stamp = other.get(f"{address}/stamp").text
            acted: list[float] = []

            def act(id_: str = id_, acted: list[float] = acted) -> None:
                time.sleep(0.5)
                acted.append(time.monotonic())
                one.post(f"{address}/articles/release", {"ids": id_}).raise_for_status()

            worker = threading.Thread(target=act)
            with other.get(f"{address}/events?seen={stamp}", stream=True, timeout=10) as stream:
                worker.start()
                for line in stream.iter_lines():
                    if line.startswith(b"id: ") and line[4:].decode() != stamp:
                        spans.append(time.monotonic())
                        break
            worker.join()
            spans[-1] -= acted[0]
            time.sleep(3)  # what it set going is over
    return spans


def main() -> int:
    """Run it."""
    given, bars = counts(__doc__, articles=170, editors=20, seconds=60), Bars()
    with room(delay=0.02) as made:
        held = 'approval = "chief"'
        made.channels(telegram=f"{FREELY}\n{held}", x=f'mode = "short"\n{held}', email=f"{FREELY}\n{held}")
        for n in range(given.articles):
            made.bring(n, article(n, paragraphs=3), age=SETTLED)
        signed_up(made, given.editors)
        process = made.start()
        until(lambda: len(made.states()) >= 3 * given.articles, 120)
        address = re.findall(r"http://127\.0\.0\.1:\d+", made.log)[0]
        ids = [row.article_id for row in made.ask("select distinct article_id from deliveries order by article_id")]
        print(f"     {len(made.states())} posts wait")
        with tempfile.TemporaryDirectory():
            peer = WebServer(bare(), "127.0.0.1", 0)
            peer.start()
            workers = [Editor(address, n, ids[KEPT:], given.seconds) for n in range(given.editors)]
            for worker in workers:
                worker.start()
            bare_pages = []
            while any(worker.is_alive() for worker in workers):
                began = time.monotonic()
                requests.get(peer.address, timeout=10)
                bare_pages.append(time.monotonic() - began)
                time.sleep(0.2)
            peer.stop()
        pages = sorted(span for worker in workers for span in worker.pages)
        done = sum((worker.done for worker in workers), Counter[int]())
        until(lambda: not any(state in ("queued", "sending") for _, state in made.states()), 120)
        spans = seen_after(address, ids[:KEPT])
        until(lambda: not any(state in ("queued", "sending") for _, state in made.states()), 60)
        states = Counter(state for _, state in made.states())
        texts = Counter(tweet["text"] for tweet in kept(made.ports["keep"], "x"))
        texts += Counter(mail["message_id"] for mail in kept(made.ports["keep"], "smtp"))
        joined = "receipts join deliveries on deliveries.id = delivery_id"
        sent = len(made.ask(f"select 1 from {joined} where channel <> 'telegram'"))
        stop(process)
    p95, bare95 = pages[int(len(pages) * 0.95)], sorted(bare_pages)[int(len(bare_pages) * 0.95)]
    print(f"     {sum(done.values())} acts {dict(done)}; states {dict(states)}; {len(pages)} pages")
    bars.hold("posts that are out twice", str(sum(n > 1 for n in texts.values())), "0", ok=max(texts.values()) == 1)
    bars.hold(
        "receipts of X and mail without their post",
        str(sent - sum(texts.values())),
        "0",
        ok=sent == sum(texts.values()),
    )
    bars.hold(
        "acts that broke",
        str(sum(n for code, n in done.items() if code >= 500)),
        "0",
        ok=not any(c >= 500 for c in done),
    )
    at_work = sum(bool(worker.pages) for worker in workers)
    bars.hold("editors at work", str(at_work), str(given.editors), ok=at_work == given.editors)
    acts = sorted(span for worker in workers for span in worker.acts)
    slow = acts[int(len(acts) * 0.95)]
    print(f"     an act takes {1000 * statistics.median(acts):.0f} ms, one in twenty {1000 * slow:.0f} ms or more")
    what = f"p95 of the queue's page {1000 * p95:.0f} ms beside a bare page's {1000 * bare95:.0f} ms"
    bars.hold(what, f"{p95 / bare95:.1f} x", f"{MOST:.0f} x", ok=p95 <= MOST * bare95)
    measured = f"median {statistics.median(spans):.2f} s, longest {max(spans):.2f} s"
    bars.hold("a change shows on another screen after", measured, f"{SEEN:.0f} s", ok=max(spans) <= SEEN)
    return bars.end()


if __name__ == "__main__":
    sys.exit(main())
