"""How fast an edition goes out, beside `smtp-source -d`, smtplib with EmailMessage, and nodemailer where node is there.

    python bench/newsletter.py [--mails 20000] [--rounds 2] [--memory 1000000]

All send the same personal mail of 45 KB to one smtp-sink of postfix (Debian package postfix) over loopback, one after
the other in each round. Ours is the whole of it: a process of its own from its start to its end, the claims and answers
of each recipient in a SQLite ledger, with synchronous = FULL.
"""

import argparse
import contextlib
import json
import os
import shutil
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bot.domain.edition import Letter
from bot.mail import marks
from bot.mail.message import Mailing
from bot.store.database import Database
from bot.store.editions import EditionStore
from tests.mail.letters import PUBLIC, SIGNER, letter
from tests.mail.lists import fill, frozen, job, start
from tests.postgres import Postgres

ROOT = Path(__file__).parent.parent
TEXT = "افتتح المجلس أمس السوق المغطى قرب الميناء القديم، وقال الرئيس إن العمل في الحديقة سيبدأ بعد أسبوع. "
SIZE = 45_000  # octets of a mail
CONNECTIONS = (1, 2, 4)


def edition_letter() -> Letter:
    """A letter whose mails have 45 KB."""
    paragraphs = "".join(f"<p>{TEXT}</p>\n" for _ in range(120))
    html = f'<html dir="rtl" lang="ar"><a href="https://desk.example.org/u/{marks.UNSUBSCRIBE}">x</a>{paragraphs}'
    html += f"<p>{marks.GREETING}</p><span>{marks.ADDRESS}</span>"
    html += f'<a href="https://desk.example.org/p/{marks.PREFERENCES}">y</a></html>\n'
    text = f"https://desk.example.org/u/{marks.UNSUBSCRIBE}\n{TEXT * 50}\n{marks.GREETING}\n{marks.ADDRESS}\n"
    return letter(html=html, text=text)


@contextlib.contextmanager
def sink() -> Iterator[tuple[str, int]]:
    """postfix's own receiver, which takes all and keeps nothing."""
    program = shutil.which("smtp-sink") or "/usr/sbin/smtp-sink"
    if not Path(program).exists():
        raise SystemExit("smtp-sink is missing: run `make postfix` as root (Debian package postfix)")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    user = ["-u", "nobody"] if os.getuid() == 0 else []
    process = subprocess.Popen([program, *user, f"127.0.0.1:{port}", "1000"], stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
        yield "127.0.0.1", port
    finally:
        process.terminate()
        process.wait()


def postfix_rate(at: tuple[str, int], mails: int, connections: int, size: int) -> float:
    """Mails in a second of `smtp-source -d`."""
    program = shutil.which("smtp-source") or "/usr/sbin/smtp-source"
    began = time.monotonic()
    sizes = ["-s", str(connections), "-l", str(size), "-m", str(mails)]
    people = ["-f", "news@example.org", "-t", "reader@example.net"]
    subprocess.run([program, "-d", *sizes, *people, f"{at[0]}:{at[1]}"], check=True)
    return mails / (time.monotonic() - began)


@dataclass(frozen=True)
class Run:
    """One edition sent by one process."""

    rate: float  # mails in a second
    cpu: float  # seconds of the process for each mail
    peak: float  # MiB


class Newsroom:
    """A database with a list, of which one edition after the other goes out."""

    def __init__(self, url: str, mails: int) -> None:
        self.url, self.mails, self._day = url, mails, 0
        self.database = Database(url)
        self.database.upgrade()
        fill(self.database, mails)

    def send(self, at: tuple[str, int], connections: int, pem: str = "") -> Run:
        """The next edition, whole."""
        self._day += 1
        now = datetime.now(UTC)
        edition = frozen(self.database, day=f"day {self._day}", now=now, of=edition_letter())
        signs = {"dkim_domain": "example.org", "dkim_selector": "s1", "dkim_key": pem} if pem else {}
        began = time.monotonic()
        process = start(job(self.url, edition, at, connections=connections, **signs))
        peak = 0
        while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            peak = max(peak, _peak(process.pid))
            time.sleep(0.05)
        seconds = time.monotonic() - began
        used = os.wait4(process.pid, 0)[2]
        process.returncode = 0
        figures = EditionStore(self.database).figures(edition)
        if figures.sent != self.mails:
            raise SystemExit(f"only {figures.sent} of {self.mails} were sent: {figures.reason}")
        return Run(self.mails / seconds, (used.ru_utime + used.ru_stime) / self.mails, peak / 1024)


def _peak(pid: int) -> int:
    """KiB; of this program alone, unlike ru_maxrss, which counts the one that it was forked from."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])
    return 0


def smtplib_rate(at: tuple[str, int], mails: int) -> float:
    """Mails in a second as one writes it with the standard library: one EmailMessage for each reader."""
    given = edition_letter()
    began = time.monotonic()
    with smtplib.SMTP(*at) as server:
        for n in range(mails):
            message = EmailMessage()
            message["From"], message["To"] = given.sender, f"reader{n}@example.net"
            message["Subject"], message["Date"] = given.subject, format_datetime(given.date)
            message["Message-ID"] = f"<{n}@example.org>"
            message["List-Unsubscribe"] = f"<https://desk.example.org/u/{n:024}>"
            message.set_content(_filled(given.text, n), cte="base64")
            message.add_alternative(_filled(given.html, n), subtype="html", cte="base64")
            server.send_message(message)
    return mails / (time.monotonic() - began)


def _filled(text: str, n: int) -> str:
    for mark, value in (
        (marks.UNSUBSCRIBE, f"{n:024}"), (marks.PREFERENCES, f"{n:024}"), (marks.GREETING, "مرحبا،"),
        (marks.ADDRESS, f"reader{n}@example.net"),
    ):  # fmt: skip
        text = text.replace(mark, value)
    return text


NODE = """
const nodemailer = require('nodemailer'), fs = require('fs');
const [host, port, connections, mails, file] = process.argv.slice(2);
const given = JSON.parse(fs.readFileSync(file, 'utf8'));
const pool = nodemailer.createTransport({host, port: +port, pool: true, maxConnections: +connections,
  maxMessages: Infinity, secure: false, ignoreTLS: true});
(async () => {
  let next = 0;
  const began = Date.now();
  const worker = async () => {
    while (next < +mails) {
      const n = next++, id = String(n).padStart(24, '0');
      const fill = text => text.replaceAll(given.marks[0], id).replaceAll(given.marks[1], id)
        .replaceAll(given.marks[2], 'مرحبا،').replaceAll(given.marks[3], `reader${n}@example.net`);
      await pool.sendMail({from: given.sender, to: `reader${n}@example.net`, subject: given.subject,
        text: fill(given.text), html: fill(given.html), textEncoding: 'base64', encoding: 'base64'});
    }
  };
  await Promise.all(Array.from({length: 2 * connections}, worker));
  console.log(+mails / ((Date.now() - began) / 1000));
  pool.close();
})();
"""


def nodemailer_rate(at: tuple[str, int], mails: int, connections: int) -> float | None:
    """Mails in a second of nodemailer's pool; None where there is no node or no nodemailer."""
    program, folder = shutil.which("node"), ROOT / "tests" / "conformance"
    if program is None or not (folder / "node_modules" / "nodemailer").is_dir():
        return None
    given = edition_letter()
    marks_ = [marks.UNSUBSCRIBE, marks.PREFERENCES, marks.GREETING, marks.ADDRESS]
    with tempfile.TemporaryDirectory() as name:
        values = {"sender": given.sender, "subject": given.subject, "text": given.text, "html": given.html}
        (Path(name) / "letter.json").write_text(json.dumps(values | {"marks": marks_}), "utf-8")
        (Path(name) / "send.cjs").write_text(NODE, "utf-8")
        command = [program, f"{name}/send.cjs", at[0], str(at[1]), str(connections), str(mails)]
        environ = os.environ | {"NODE_PATH": str(folder / "node_modules")}
        command.append(f"{name}/letter.json")
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    return float(done.stdout) if done.returncode == 0 else None


def openssl_signature() -> float:
    """Seconds of one RSA-2048 signature in `openssl speed`."""
    said = subprocess.run(
        ["openssl", "speed", "-seconds", "2", "rsa2048"], capture_output=True, text=True, check=True
    ).stdout
    line = next(line for line in said.splitlines() if line.strip().startswith("rsa") and "2048" in line)
    return float(next(word for word in line.split() if word.endswith("s") and word[0].isdigit()).rstrip("s"))


def key() -> str:
    """A new RSA key in PEM."""
    return subprocess.run(["openssl", "genrsa", "2048"], capture_output=True, text=True, check=True).stdout


def told(what: str, value: float, bar: float, *, least: bool) -> bool:
    """One line with its bar; whether it is met."""
    met = value >= bar if least else value <= bar
    print(f"{'✓' if met else '✗'} {what}: {value:.2f} ({'at least' if least else 'at most'} {bar:g})", flush=True)
    return met


def speed(folder: Path, mails: int, rounds: int) -> bool:
    """Rates beside the peers, and what a signature costs."""
    room = Newsroom(f"sqlite:///{folder}/speed.db", mails)
    size = len(_one_mail())
    ours: dict[int, list[float]] = {each: [] for each in CONNECTIONS}
    theirs: dict[int, list[float]] = {each: [] for each in CONNECTIONS}
    plain: list[float] = []
    with sink() as at:
        for _ in range(rounds):
            for connections in CONNECTIONS:
                theirs[connections].append(postfix_rate(at, mails, connections, size))
                run = room.send(at, connections)
                ours[connections].append(run.rate)
                plain += [run.cpu] if connections == 1 else []
        standard = smtplib_rate(at, max(mails // 40, 200))
        node = nodemailer_rate(at, max(mails // 20, 200), 1)
    print(f"a mail has {size} octets; mails in a second, best of {rounds}:")
    for each in CONNECTIONS:
        print(f"  {each} connections: nashir {max(ours[each]):.0f}, smtp-source -d {max(theirs[each]):.0f}, "
              f"ratio {max(ours[each]) / max(theirs[each]):.2f}")  # fmt: skip
    print(f"  1 connection: smtplib + EmailMessage {standard:.0f}" + (f", nodemailer {node:.0f}" if node else ""))
    best = max(max(ours[each]) / max(theirs[each]) for each in CONNECTIONS)
    met = told("unsigned beside smtp-source -d, at the best of 1, 2 and 4 connections", best, 0.8, least=True)
    ratio = max(ours[1]) / standard
    met &= told("unsigned beside smtplib + EmailMessage, one connection", ratio, 10, least=True)
    return met & signing(room, rounds)


def signing(room: Newsroom, rounds: int) -> bool:
    """What a signature costs the process, beside openssl's own."""
    pem = key()
    ratios = []
    with sink() as at:
        for _ in range(max(rounds, 2)):
            plain, signed = room.send(at, 1).cpu, room.send(at, 1, pem).cpu
            one = openssl_signature()
            ratios.append((signed - plain) / one)
            micros = [f"{each * 1e6:.0f} µs" for each in (plain, signed, one)]
            print(f"  CPU of a mail: {micros[0]}, signed {micros[1]}; openssl signs in {micros[2]}")
    return told("signed minus unsigned, in openssl's signatures", min(ratios), 1.3, least=False)


def _one_mail() -> bytes:
    host = "b.example.org"
    mails = Mailing(edition_letter(), edition=1, public_url=PUBLIC, return_domain=host, signer=SIGNER)
    return mails.mail(1, "reader1@example.net", "").content


def memory(folder: Path, many: int, few: int) -> bool:
    """The peak of a sending process with a long list and a short one, on both databases."""
    met, pem = True, key()
    with sink() as at, Postgres.start() as postgres:
        for name, bar in (("SQLite", 64), ("PostgreSQL", 96)):
            peaks = []
            for what, count, signs in (("signed", few, pem), ("unsigned", few, ""), ("unsigned", many, "")):
                url = f"sqlite:///{folder}/memory-{count}-{what}.db" if name == "SQLite" else postgres.fresh()
                run = Newsroom(url, count).send(at, 4, signs)
                peaks.append(run.peak)
                print(f"  {name}, {count} recipients, {what}: {run.peak:.1f} MiB, {run.rate:.0f} mails in a second")
            met &= told(f"peak of a process on {name}, MiB", max(peaks), bar, least=False)
            met &= told(f"{many} recipients beside {few} on {name}", peaks[2] / peaks[1], 1.2, least=False)
    return met


def main() -> int:
    """Print every bar; 1 where one is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--memory", type=int, default=0, help="the longer list; 0: memory is not measured")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="newsletter-") as name:
        met = speed(Path(name), arguments.mails, arguments.rounds)
        if arguments.memory:
            met &= memory(Path(name), arguments.memory, 20_000)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
