"""A process that sends shards of one edition: `python -m bot.shard`, a job on its standard input.

It imports only what sending needs, so that many of them fit where one whole newsroom would. It ends when its standard
input ends: who started it has gone, or wants it to stop.
"""

import json
import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.edition import EditionState, Letter, Recipient
from bot.domain.errors import BotError
from bot.domain.mailing import Rules, ShardKey
from bot.domain.posting import Job
from bot.mail import dkim
from bot.mail.links import Signer
from bot.mail.message import Dkim, Mail, Mailing
from bot.mail.replies import is_no_mailbox
from bot.mail.stream import Stream
from bot.mail.wire import Server
from bot.pipeline.mailing import ShardRun
from bot.store.database import Database
from bot.store.editions import EditionStore
from bot.store.leases import Holder, LeaseStore
from bot.store.mail_ledger import MailLedger, lease_name
from bot.store.rates import Rates

SWITCH = 0.0002  # seconds: a connection that has its reply waits no longer for the thread of the ledger


def _now() -> datetime:
    return datetime.now(UTC)


class Sending:
    """One edition, sent from this process."""

    def __init__(self, job: Job, stopping: threading.Event) -> None:
        self._job, self._stopping = job, stopping
        self._database = Database(job.database_url)
        folder = self._database.file.parent / "holders" if self._database.file else None
        self._holder = Holder(folder)
        self._leases, self._editions = LeaseStore(self._database, self._holder), EditionStore(self._database)
        rates = Rates(total=job.total_per_minute, per_domain=job.domain_per_minute, domains=job.domains)
        self._ledger = MailLedger(self._database, rates)
        self._server = Server(**job.server)
        self._rules = Rules(
            again=job.again,
            retry_for=timedelta(hours=job.retry_hours),
            connections=job.connections,
            reply=timedelta(seconds=self._server.timeout),
            lease=timedelta(seconds=30 + 2 * self._server.timeout),
        )

    def run(self) -> int:
        """Send what is due; how many shards were worked at. Raises BotError."""
        edition, worked = self._editions.get(self._job.edition), 0
        if edition.letter is None or edition.began_at is None or edition.state is not EditionState.SENDING:
            return 0
        self._began_at = edition.began_at
        self._mailing = mailing(self._job, edition.letter)
        for n in self._due():
            if not self._stopping.is_set() and self._shard(n):
                worked += 1
        return worked

    def close(self) -> None:
        """Give back the database."""
        self._holder.close()
        self._database.close()

    def _due(self) -> list[int]:
        due = [n for edition, n in self._editions.due(_now()) if edition == self._job.edition]
        return [n for n in due if self._job.shard in (None, n)]

    def _shard(self, n: int) -> bool:
        name = lease_name(self._job.edition, n)
        token = self._leases.claim("edition", name, self._rules.lease, _now())
        if token is None:
            return False
        try:
            ShardRun(
                shard=ShardKey(edition=self._job.edition, n=n, token=token),
                ledger=self._ledger,
                open_line=lambda may: Stream(self._server, self._made, size=self._mailing.size, may_go_on=may),
                rules=self._rules,
                began_at=self._began_at,
                is_dead=is_no_mailbox,
                now=_now,
                monotonic=time.monotonic,
                stopping=self._stopping,
            ).run()
        finally:
            self._leases.release("edition", name, token)
        return True

    def _made(self, recipient: Recipient) -> Mail:
        return self._mailing.mail(recipient.id, recipient.address, recipient.name)


def mailing(job: Job, letter: Letter) -> Mailing:
    """The mails of a job."""
    signs = None
    if job.dkim_key:
        key = dkim.private_key(job.dkim_key.encode(), where="[mail.dkim]")
        signs = Dkim(domain=job.dkim_domain, selector=job.dkim_selector, key=key)
    return Mailing(
        letter,
        edition=job.edition,
        public_url=job.public_url,
        return_domain=job.return_domain,
        signer=Signer(bytes.fromhex(job.key)),
        dkim_=signs,
    )


def _until_left(stopping: threading.Event) -> None:
    while os.read(0, 4096):  # not sys.stdin, whose lock a daemon thread would hold at the end
        pass
    stopping.set()


def main() -> int:
    """Send, and say in one line of JSON how it went."""
    sys.setswitchinterval(SWITCH)
    stopping = threading.Event()
    said: dict[str, Any]
    job = Job.of_json(sys.stdin.readline())
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stopping.set())
    threading.Thread(target=_until_left, args=[stopping], daemon=True).start()
    try:
        sending = Sending(job, stopping)
        worked = sending.run()
        sending.close()
        said = {"worked": worked}
    except BotError as error:
        said = {"worked": 0, "en": error.say.en, "ar": error.say.ar}
    print(json.dumps(said), flush=True)  # noqa: T201 - the answer to who started it
    return 0


if __name__ == "__main__":
    sys.exit(main())
