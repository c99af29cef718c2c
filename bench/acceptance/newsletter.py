"""A list of 100,000 goes out over loopback with one kill -9 in the middle: every address once, but for those unsure.

The sink keeps who got what, from its own side; the ledger's figures are held against it.
"""

import asyncio
import collections
import os
import signal
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import update

from bench.acceptance import Bars, counts
from bot.domain.edition import EditionState, RecipientState
from bot.store.database import Database
from bot.store.editions import EditionStore
from bot.store.tables import leases
from tests.conftest import START
from tests.mail.lists import address, ended, fill, frozen, job, start, states
from tests.newsrooms import until

CONNECTIONS = 4


class Sink:
    """Takes every mail, and counts the recipients; PIPELINING, SIZE, nothing else."""

    def __init__(self) -> None:
        self.got: collections.Counter[str] = collections.Counter()
        self.port = 0
        self._ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()
        self._ready.wait(10)

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._peer, "127.0.0.1", 0, limit=2**20)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await asyncio.sleep(10**6)

    async def _peer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to = ""
        writer.write(b"220 sink\r\n")
        try:
            while line := await reader.readline():
                verb = line[:4].upper()
                if verb == b"EHLO":
                    writer.write(b"250-sink\r\n250-SIZE 10000000\r\n250 PIPELINING\r\n")
                elif verb == b"DATA":
                    writer.write(b"354 go on\r\n")
                    await reader.readuntil(b"\r\n.\r\n")
                    self.got[to] += 1
                    writer.write(b"250 taken\r\n")
                elif verb == b"QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                else:
                    to = line.decode().partition("<")[2].partition(">")[0] if verb == b"RCPT" else to
                    writer.write(b"250 ok\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()


def main() -> int:
    """Kill in the middle, go on, compare."""
    given = counts(__doc__, recipients=100_000)
    bars, sink = Bars(), Sink()
    with tempfile.TemporaryDirectory(prefix="newsletter-") as folder:
        url = f"sqlite:///{Path(folder) / 'nashir.db'}"
        database = Database(url)
        database.upgrade()
        fill(database, given.recipients)
        edition = frozen(database, now=datetime.now(UTC))
        told = job(url, edition, ("127.0.0.1", sink.port), connections=CONNECTIONS)
        process = start(told)
        half = until(lambda: sink.got.total() > given.recipients // 2, 1200)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        bars.hold("killed in the middle", f"{sink.got.total()} were out", "half of them", ok=half)
        with database.write() as db:  # instead of waiting until its lease runs out; on SQLite its lock file tells, too
            db.execute(update(leases).values(until=START))
        time.sleep(0.5)
        ended(start(told), 1800)
        found, figures = states(database, edition), EditionStore(database).figures(edition)
        database.close()
    sent = {address(n) for n, state in found.items() if state == RecipientState.SENT}
    unsure = {address(n) for n, state in found.items() if state == RecipientState.UNSURE}
    twice = [who for who, n in sink.got.items() if n > 1]
    bars.hold("got it twice", len(twice), "0", ok=not twice)
    bars.hold("sent, and not in the sink", len(sent - sink.got.keys()), "0", ok=sent <= sink.got.keys())
    stray = sink.got.keys() - sent - unsure
    bars.hold("in the sink, neither sent nor unsure", len(stray), "0", ok=not stray)
    most = 50 * CONNECTIONS
    bars.hold("unsure", len(unsure), f"at most {most}: a claimed batch of each connection", ok=len(unsure) <= most)
    whole = figures.sent + figures.unsure
    bars.hold("sent and unsure of the figures", whole, str(given.recipients), ok=whole == given.recipients)
    equal = figures.sent == len(sent) and figures.state is EditionState.SENT
    bars.hold("the figures", f"{figures.sent} sent, {figures.state}", f"{len(sent)} sent", ok=equal)
    return bars.end()


if __name__ == "__main__":
    sys.exit(main())
