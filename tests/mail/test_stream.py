"""Mails over one connection, against a server that refuses, breaks off and loses answers at every stage."""

import socket
import struct
import threading
from collections.abc import Iterator, Sequence

import pytest

from bot.domain.edition import Answer, End, Recipient
from bot.domain.errors import ChannelDown, RetryLater
from bot.mail.replies import is_no_mailbox
from bot.mail.stream import Stream
from bot.mail.wire import Server
from tests.mail.letters import faults, mailing
from tests.servers.plan import Fault
from tests.servers.smtp import SmtpServer

MAILS = mailing(signed=False)


def people(count: int, start: int = 1) -> list[Recipient]:
    return [Recipient(id=n, address=f"reader{n}@example.net", name="") for n in range(start, start + count)]


def stream(server: SmtpServer | tuple[str, int], **more: object) -> Stream:
    host, port = server.address if isinstance(server, SmtpServer) else server
    at = Server(host=host, port=port, timeout=5, **more)  # type: ignore[arg-type]  # the fields of Server
    return Stream(at, lambda r: MAILS.mail(r.id, r.address, r.name), size=MAILS.size)


def ends(answers: Sequence[Answer]) -> dict[int, End]:
    return {answer.id: answer.end for answer in answers}


def kept(server: SmtpServer) -> list[int]:
    return [int(mail.rcpts[0].removeprefix("reader").partition("@")[0]) for mail in server.kept]


@pytest.fixture(params=[True, False], ids=["pipelining", "one by one"])
def server(request: pytest.FixtureRequest) -> Iterator[SmtpServer]:
    with SmtpServer(pipelining=request.param) as running:
        yield running


def test_a_claim_goes_out_over_one_connection_as_it_was_made(server: SmtpServer) -> None:
    line = stream(server)
    for start in (1, 26):
        assert ends(line.send(people(25, start))) == dict.fromkeys(range(start, start + 25), End.SENT)
    line.leave()
    assert kept(server) == list(range(1, 51))
    assert server.calls.count("mail") == 50
    first = server.kept[0]
    assert first.raw == MAILS.mail(1, "reader1@example.net", "").content
    assert first.sender == MAILS.return_of(1)
    assert all(faults(mail.raw) == [] for mail in server.kept)


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "end"])
def test_what_the_server_defers_is_tried_later_and_its_neighbours_go(server: SmtpServer, stage: str) -> None:
    server.faults.append(Fault.none(), on=stage)
    server.faults.append(Fault.status(451, "4.3.0 not now"), on=stage)
    answers = stream(server).send(people(4))
    assert ends(answers) == {1: End.SENT, 2: End.LATER, 3: End.SENT, 4: End.SENT}
    assert next(a for a in answers if a.id == 2).code == 451
    assert kept(server) == [1, 3, 4]


@pytest.mark.parametrize("stage", ["rcpt", "data", "end"])
def test_what_the_server_refuses_is_refused_and_its_neighbours_go(server: SmtpServer, stage: str) -> None:
    server.faults.append(Fault.none(), on=stage)
    server.faults.append(Fault.status(550, "5.1.1 no such user"), on=stage)
    answers = stream(server).send(people(4))
    assert ends(answers) == {1: End.SENT, 2: End.REFUSED, 3: End.SENT, 4: End.SENT}
    assert next(a for a in answers if a.id == 2).stage == stage
    assert kept(server) == [1, 3, 4]


def test_the_last_of_a_claim_may_be_refused_and_the_next_claim_goes(server: SmtpServer) -> None:
    server.refused["reader3@example.net"] = "550 5.1.1 unknown"
    line = stream(server)
    assert ends(line.send(people(3)))[3] is End.REFUSED
    assert ends(line.send(people(2, 4))) == {4: End.SENT, 5: End.SENT}
    assert kept(server) == [1, 2, 4, 5]


def test_a_server_that_refuses_the_sender_stops_the_stream(server: SmtpServer) -> None:
    server.faults.append(Fault.status(550, "5.7.1 sender not allowed"), on="mail")
    with pytest.raises(ChannelDown, match="refuses our sender"):
        stream(server).send(people(3))
    assert kept(server) == []


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "end"])
@pytest.mark.parametrize("fault", [Fault.refuse_before(), Fault.reset_after()], ids=["before", "after"])
def test_a_connection_that_breaks_loses_and_doubles_nothing(server: SmtpServer, stage: str, fault: Fault) -> None:
    server.faults.append(Fault.none(), on=stage)
    server.faults.append(fault, on=stage)
    line = stream(server)
    answers = line.send(people(4))
    expected = {1: End.SENT, 2: End.UNSURE if stage == "end" else End.UNTRIED, 3: End.UNTRIED, 4: End.UNTRIED}
    assert ends(answers) == expected
    rest = [each for each in people(4) if expected[each.id] is End.UNTRIED]
    assert set(ends(line.send(rest)).values()) == {End.SENT}
    assert len(kept(server)) == len(set(kept(server)))


def test_a_server_that_closes_takes_no_more(server: SmtpServer) -> None:
    server.faults.append(Fault.status(421, "4.3.2 closing"), on="rcpt")
    line = stream(server)
    assert ends(line.send(people(3))) == {1: End.LATER, 2: End.UNTRIED, 3: End.UNTRIED}
    assert ends(line.send(people(2, 2))) == {2: End.SENT, 3: End.SENT}


def test_a_server_that_hung_up_meanwhile_is_called_again(server: SmtpServer) -> None:
    line = stream(server)
    line.send(people(1))
    port = server.port
    server.stop()
    server.start()
    assert server.port == port
    assert ends(line.send(people(1, 2))) == {2: End.SENT}


class Cut:
    """A way to the server that breaks after so many octets."""

    def __init__(self, target: tuple[str, int], after: int) -> None:
        self._target, self._left = target, after
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = self._listener.getsockname()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        peer, _ = self._listener.accept()
        server = socket.create_connection(self._target)
        threading.Thread(target=self._back, args=[server, peer], daemon=True).start()
        while self._left > 0 and (data := peer.recv(min(65536, self._left))):
            server.sendall(data)
            self._left -= len(data)
        for each in (peer, server):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            each.close()
        self._listener.close()

    @staticmethod
    def _back(server: socket.socket, peer: socket.socket) -> None:
        try:
            while data := server.recv(65536):
                peer.sendall(data)
        except OSError:
            return


SIZE = len(MAILS.mail(1, "reader1@example.net", "").content)


@pytest.mark.parametrize("after", [10, 60, 130, 150, 200, SIZE // 2, SIZE, *range(SIZE + 150, SIZE + 320, 7), 2 * SIZE])
def test_cut_at_any_octet_nothing_is_both_out_and_untried(server: SmtpServer, after: int) -> None:
    way = Cut(server.address, after)
    try:
        answers = ends(stream(way.address).send(people(4)))
    except RetryLater:
        assert after < 60
        return
    threading.Event().wait(0.05)  # what the server had of a mail is taken in
    there = set(kept(server))
    sent = {n for n, end in answers.items() if end is End.SENT}
    untried = {n for n, end in answers.items() if end is End.UNTRIED}
    assert sent <= there
    assert not untried & there
    assert len([end for end in answers.values() if end is End.UNSURE]) <= 1
    assert len(sent) < 4


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_encrypted_and_signed_in(tls: str) -> None:
    with SmtpServer(tls=tls, user="salma", password="kalima", pipelining=True) as server:  # type: ignore[arg-type]  # a parameter
        line = stream(server, tls=tls, user="salma", password="kalima", cafile=str(server.cafile))
        assert set(ends(line.send(people(30))).values()) == {End.SENT}
        line.leave()
        assert kept(server) == list(range(1, 31))


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_certificate_that_nobody_vouches_for_is_refused(tls: str) -> None:
    with SmtpServer(tls=tls) as server, pytest.raises(ChannelDown, match="certificate"):  # type: ignore[arg-type]  # a parameter
        stream(server, tls=tls).send(people(1))


def test_a_wrong_password_is_told_without_it() -> None:
    with SmtpServer(tls="starttls", user="salma", password="kalima") as server:
        line = stream(server, tls="starttls", user="salma", password="secret-word", cafile=str(server.cafile))
        with pytest.raises(ChannelDown, match="does not accept") as caught:
            line.send(people(1))
    assert "secret-word" not in str(caught.value)


def test_a_mail_that_is_too_large_for_the_server_is_not_begun() -> None:
    with SmtpServer(size=500) as server, pytest.raises(ChannelDown, match="at most"):
        stream(server).send(people(1))


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    with pytest.raises(RetryLater):
        stream(address).send(people(1))


@pytest.mark.parametrize(
    ("code", "words", "dead"),
    [
        (550, "5.1.1 no such user", True),
        (550, "5.1.10 null mx", True),
        (550, "No such user here", True),
        (553, "mailbox unavailable", True),
        (550, "5.7.1 blocked by policy: user unknown to us", False),
        (550, "relaying denied", False),
        (552, "5.2.2 mailbox full", False),
        (554, "5.7.26 DMARC", False),
        (450, "4.1.1 unknown user", False),
    ],
)
def test_which_refusals_mean_that_the_mailbox_is_not_there(code: int, words: str, dead: bool) -> None:
    assert is_no_mailbox(code, words) is dead
