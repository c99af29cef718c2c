"""Bounces and complaints as servers write them, and what follows; forged ones do nothing."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.edition import EditionState
from bot.domain.subscriber import digest_of
from bot.mail.links import Signer, return_path
from bot.mail.mailbox import Mailbox
from bot.mail.reports import read
from bot.pipeline.returns import Returns
from bot.store.database import Database
from bot.store.editions import EditionStore
from bot.store.mail_tables import bounces, suppressions
from bot.store.pruning import prune
from bot.store.returns import ReturnStore
from tests.conftest import START
from tests.mail.letters import SIGNER, mailing
from tests.mail.lists import address, fill
from tests.servers.imap import ImapServer

DSN = """\
From: MAILER-DAEMON@mx.example.net
To: {path}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b{n}"

--b{n}
Content-Type: text/plain

This is the mail system at host mx.example.net.

--b{n}
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {to}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} {words}

--b{n}--
"""

COMPLAINT = """\
From: feedback@isp.example
To: abuse@example.org
Subject: FW: news
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="c"

--c
Content-Type: text/plain

This is an email abuse report.

--c
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Some/1.0
Version: 1

--c
Content-Type: message/rfc822

Return-Path: <{path}>
From: news@example.org
Subject: news

text
--c--
"""

QMAIL = """\
From: MAILER-DAEMON@mail.example.net
To: {path}
Subject: failure notice

Hi. This is the qmail-send program at mail.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<reader3@example.net>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <{path}>
"""


def path(subscriber: int, edition: int, signer: Signer = SIGNER) -> str:
    return return_path(signer.tokens(subscriber, edition)[2], "bounces.example.org")


def dsn(subscriber: int, edition: int, status: str, *, action: str = "failed", signer: Signer = SIGNER) -> bytes:
    values = {"path": path(subscriber, edition, signer), "to": address(subscriber), "words": "told"}
    return DSN.format(**values, status=status, action=action, n=edition).encode()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    database.upgrade()
    fill(database, 9)
    for n in range(6):
        EditionStore(database).add("morning", f"2026-11-2{n}", "daily", state=EditionState.SENT, now=START)
    yield database
    database.close()


@pytest.fixture
def returns(database: Database) -> Returns:
    return Returns(
        read=read, whose=SIGNER.returned, rows=ReturnStore(database), soft_limit=3, now=lambda: START
    )  # fmt: skip


def suppressed(database: Database) -> dict[str, str]:
    with database.read() as db:
        rows = db.execute(select(suppressions.c.digest, suppressions.c.reason)).all()
    return {row.digest: row.reason for row in rows}


def test_a_hard_bounce_suppresses_at_once(database: Database, returns: Returns) -> None:
    assert returns.take(dsn(3, 1, "5.1.1")).result == "suppressed"
    assert suppressed(database) == {digest_of(address(3)): "hard_bounce"}
    assert returns.take(dsn(3, 1, "5.1.1")).result == "known"
    with database.read() as db:
        assert len(db.execute(select(bounces)).all()) == 1


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("smtp; 550 5.1.1 <x@x.example>: User unknown", "hard"),
        ("smtp; 550-5.1.1 The account\n does not exist", "hard"),
        ("550 No such user here", "hard"),
        ("smtp; 550 5.7.1 User unknown, or mail from you is not wanted", "soft"),
        ("smtp; 550 Rejected as spam: no such user", "soft"),
        ("smtp; 450 4.1.1 User unknown", "soft"),
        ("x-unix; No such user", "soft"),
    ],
)
def test_a_status_that_tells_nothing_is_judged_by_the_servers_words(words: str, kind: str) -> None:
    raw = dsn(3, 1, "5.0.0").replace(b"smtp; 550 5.0.0 told", words.encode())
    assert words.encode() in raw
    found = read(raw)
    assert found
    assert found.kind == kind


@pytest.mark.parametrize("status", ["4.2.2", "5.2.2", "5.7.1"])
def test_soft_bounces_suppress_after_the_limit_of_editions(database: Database, returns: Returns, status: str) -> None:
    assert returns.take(dsn(4, 1, status)).result == "counted"
    assert returns.take(dsn(4, 2, status)).result == "counted"
    assert suppressed(database) == {}
    assert returns.take(dsn(4, 3, status)).result == "suppressed"
    assert suppressed(database) == {digest_of(address(4)): "soft_bounces"}


def test_soft_bounces_count_for_ninety_days(database: Database) -> None:
    clock = [START]
    rows = ReturnStore(database)
    returns = Returns(read=read, whose=SIGNER.returned, rows=rows, soft_limit=3, now=lambda: clock[0])
    for edition, days in ((1, 0), (2, 50), (3, 91), (4, 92)):
        clock[0] = START + timedelta(days=days)
        result = returns.take(dsn(4, edition, "4.2.2")).result
        assert result == ("suppressed" if edition == 4 else "counted")


def test_old_bounces_go_and_suppressions_stay(database: Database, returns: Returns) -> None:
    keep = dict.fromkeys(("texts", "previews", "reasons", "attempts", "acts"), timedelta(days=30))
    returns.take(dsn(3, 1, "5.1.1"))
    for days, left in ((89, 1), (91, 0)):
        at = START + timedelta(days=days)
        assert prune(database, keep, at, really=False)["bounces"] == 1 - left
        prune(database, keep, at, really=True)
        with database.read() as db:
            assert len(db.execute(select(bounces)).all()) == left
    assert suppressed(database) == {digest_of(address(3)): "hard_bounce"}


def test_a_complaint_suppresses_at_once(database: Database, returns: Returns) -> None:
    raw = COMPLAINT.format(kind="abuse", path=path(5, 2)).encode()
    assert returns.take(raw).result == "suppressed"
    assert suppressed(database) == {digest_of(address(5)): "complaint"}


def test_a_complaint_without_the_return_path_is_known_by_the_message_id(database: Database, returns: Returns) -> None:
    raw = COMPLAINT.format(kind="abuse", path=path(5, 2))
    own = mailing(signed=False, edition=2).mail(5, address(5), "").content.decode()
    line = next(line for line in own.splitlines() if line.startswith("Message-ID:"))
    cut = raw.replace(f"Return-Path: <{path(5, 2)}>", line)
    assert "b-" not in cut
    assert returns.take(cut.encode()).result == "suppressed"
    assert suppressed(database) == {digest_of(address(5)): "complaint"}


def test_that_a_mail_was_no_spam_is_no_complaint(database: Database, returns: Returns) -> None:
    assert returns.take(COMPLAINT.format(kind="not-spam", path=path(5, 2)).encode()).result == "none"
    assert suppressed(database) == {}


def test_an_older_server_is_understood(database: Database, returns: Returns) -> None:
    assert returns.take(QMAIL.format(path=path(3, 1)).encode()).result == "suppressed"
    assert suppressed(database) == {digest_of(address(3)): "hard_bounce"}


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed"])
def test_what_is_no_failure_counts_for_nothing(database: Database, returns: Returns, action: str) -> None:
    assert returns.take(dsn(3, 1, "4.4.1", action=action)).result == "none"
    assert suppressed(database) == {}


def test_a_forged_return_path_does_nothing(database: Database, returns: Returns) -> None:
    forged = dsn(3, 1, "5.1.1", signer=Signer(b"a guess"))
    assert returns.take(forged).result == "none"
    other = path(3, 1)
    changed = other.replace(other[6], "0" if other[6] != "0" else "1", 1)
    assert returns.take(dsn(3, 1, "5.1.1").replace(other.encode(), changed.encode())).result == "none"
    assert suppressed(database) == {}


def test_a_nul_in_a_report_holds_up_no_other(database: Database, returns: Returns) -> None:
    nul = dsn(3, 1, "5.1.1").replace(b"550 5.1.1 told", b"550 5.1.1 to\0ld")
    assert b"\0" in nul
    with ImapServer("salma", "kalima", [nul, dsn(4, 1, "5.1.1")]) as server:
        mailbox = Mailbox(host=server.host, port=server.port, tls="none", user="salma", password="kalima")
        assert mailbox.look(returns.take) == 2
    assert set(suppressed(database)) == {digest_of(address(3)), digest_of(address(4))}


def test_an_edition_that_is_not_here_is_unknown(database: Database, returns: Returns) -> None:
    assert returns.take(dsn(3, 99, "5.1.1")).result == "unknown"


@pytest.mark.parametrize("raw", [b"", b"\xff\x00 nothing", b"From: a@b\nSubject: hello\n\nI am away until Monday.\n"])
def test_any_other_mail_is_left_alone(database: Database, returns: Returns, raw: bytes) -> None:
    assert returns.take(raw).result == "none"
    assert suppressed(database) == {}


def test_an_answer_of_a_reader_to_the_return_path_is_left_alone(database: Database, returns: Returns) -> None:
    raw = f"From: reader3@example.net\nTo: {path(3, 1)}\nSubject: Re: news\n\nShukran!\n".encode()
    assert returns.take(raw).result == "none"


def test_the_mailbox_is_read_once(database: Database, returns: Returns) -> None:
    with ImapServer("salma", "kalima", [dsn(3, 1, "5.1.1"), b"Subject: hi\r\n\r\nhi\r\n"]) as server:
        mailbox = Mailbox(host=server.host, port=server.port, tls="none", user="salma", password="kalima")
        assert mailbox.look(returns.take) == 2
        assert mailbox.look(returns.take) == 0
    assert suppressed(database) == {digest_of(address(3)): "hard_bounce"}


def test_a_mailbox_that_refuses_or_is_gone_says_so(returns: Returns) -> None:
    from bot.domain.errors import ChannelDown, RetryLater

    with ImapServer("salma", "kalima", []) as server:
        wrong = Mailbox(host=server.host, port=server.port, tls="none", user="salma", password="secret-word")
        with pytest.raises(ChannelDown) as caught:
            wrong.look(returns.take)
        assert "secret-word" not in str(caught.value)
    arabic = Mailbox(host="127.0.0.1", port=9, tls="none", user="salma", password="كلمة")
    with pytest.raises(ChannelDown) as told:
        arabic.look(returns.take)
    assert "كلمة" not in repr(told.value).replace("وكلمة السر", "")
    gone = Mailbox(host=server.host, port=server.port, tls="none", user="salma", password="kalima", timeout=2)
    with pytest.raises(RetryLater):
        gone.look(returns.take)
