"""Mails one after the other over one connection, as tight as RFC 2920 allows.

The end of a mail and the envelope of the next go in one write, so each mail costs one round trip; the mail after that
is made while the server reads.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from bot.domain.edition import Answer, End, Recipient
from bot.domain.errors import ChannelDown
from bot.mail.message import Mail
from bot.mail.replies import Reply
from bot.mail.wire import Dropped, Server, Wire

DOT = b".\r\n"
CLOSING = 421  # the server ends the connection (RFC 5321, 3.8)
GO_AHEAD = 354

Make = Callable[[Recipient], Mail]


class _Coming:
    """The mails of one claim in their order; the next is made before it is wanted."""

    def __init__(self, recipients: Iterable[Recipient], make: Make, may_go_on: Callable[[], bool]) -> None:
        self._left, self._make, self._may_go_on = deque(recipients), make, may_go_on
        self._ready: Mail | None = None

    def prepare(self) -> None:
        """Make the next one, while there is time."""
        if self._ready is None and self._left:
            self._ready = self._make(self._left.popleft())

    def take(self) -> Mail | None:
        """The next one; None where all are gone, or no more may begin."""
        if not self._may_go_on():
            return None
        self.prepare()
        mail, self._ready = self._ready, None
        return mail


class Stream:
    """Sends claims of one edition; keeps its connection between them."""

    def __init__(self, server: Server, make: Make, *, size: int, may_go_on: Callable[[], bool] = lambda: True) -> None:
        self._server, self._make, self._size, self._may_go_on = server, make, size, may_go_on
        self._wire: Wire | None = None
        self._open = self._tight = False  # a transaction is open that a refusal left; the server takes groups
        self._suffix = b""

    def send(self, recipients: Sequence[Recipient]) -> list[Answer]:
        """An answer for each recipient.

        Raises ChannelDown or RetryLater where there is no connection to be had or the server refuses our sender: then
        nothing was sent.
        """
        answers: list[Answer] = []
        wire = self._connected()
        try:
            self._all(wire, _Coming(recipients, self._make, self._may_go_on), answers)
        except Dropped:
            self.close()
        except ChannelDown:
            self.close()
            if not answers:
                raise
        done = {answer.id for answer in answers}
        return [*answers, *(Answer(id=each.id, end=End.UNTRIED) for each in recipients if each.id not in done)]

    def leave(self) -> None:
        """End the connection in order."""
        if self._wire:
            self._wire.leave()
            self._wire = None

    def close(self) -> None:
        """Break the connection off."""
        if self._wire:
            self._wire.close()
            self._wire = None

    def _connected(self) -> Wire:
        if self._wire and not self._wire.is_quiet():
            self.close()
        if self._wire is None:
            wire = Wire(self._server)
            if 0 < wire.largest < self._size:
                wire.leave()
                raise ChannelDown(
                    f"{self._server.host} takes mails of {wire.largest} octets at most; this one has {self._size}.",
                    f"أكبر رسالة يقبلها {self._server.host} {wire.largest} بايت؛ وهذه {self._size}.",
                )
            self._wire, self._open, self._tight = wire, False, "PIPELINING" in wire.offers
            self._suffix = b" SIZE=%d" % self._size if "SIZE" in wire.offers else b""
        return self._wire

    def _all(self, wire: Wire, coming: _Coming, answers: list[Answer]) -> None:
        mail = coming.take()
        if mail and self._tight:
            wire.write(self._group(mail))
        while mail:
            refusal = self._read_envelope(wire, mail)
            after = coming.take() if self._tight else None
            if refusal:
                answers.append(refusal)
                _heed(refusal)
                if after:
                    wire.write(self._group(after))
            else:
                answers.append(self._content(wire, mail, after, coming))
                _heed(answers[-1])
            mail = after if self._tight else coming.take()

    def _content(self, wire: Wire, mail: Mail, after: Mail | None, coming: _Coming) -> Answer:
        """The mail itself, with the envelope of the next behind it; the answer to it."""
        end = mail.content + DOT
        try:
            wire.write(end + self._group(after) if after else end)
        except Dropped as drop:
            if drop.written < len(end):  # without its dot it is no mail
                raise
            return _lost(mail)
        coming.prepare()
        try:
            return _answer(mail, wire.reply(), "end")
        except Dropped:
            return _lost(mail)

    def _group(self, mail: Mail) -> bytes:
        """The envelope in one piece."""
        reset = b"RSET\r\n" if self._open else b""
        return reset + b"\r\n".join((*self._envelope(mail), b""))

    def _envelope(self, mail: Mail) -> tuple[bytes, bytes, bytes]:
        sender, to = mail.sender.encode("ascii"), mail.to.encode("ascii")
        return b"MAIL FROM:<" + sender + b">" + self._suffix, b"RCPT TO:<" + to + b">", b"DATA"

    def _read_envelope(self, wire: Wire, mail: Mail) -> Answer | None:
        """None where the server waits for the mail."""
        if self._open and not self._tight:
            wire.write(b"RSET\r\n")
        if self._open:
            wire.reply()
        self._open = True
        refusal: Answer | None = None
        for stage, command in zip(("mail", "rcpt", "data"), self._envelope(mail), strict=True):
            if not self._tight:
                if refusal:
                    break
                wire.write(command + b"\r\n")
            reply = wire.reply()
            if stage == "data" and reply.code == GO_AHEAD:
                self._open = False
                if refusal:  # it would take a mail for nobody (RFC 2920, 3.1)
                    wire.write(DOT)
                    wire.reply()
            elif refusal is None and (stage == "data" or not reply.good):
                refusal = _answer(mail, reply, stage)
        if refusal and refusal.stage == "mail" and refusal.end is End.REFUSED:
            raise ChannelDown(
                f"{self._server.host} refuses our sender: {refusal.code} {refusal.words}.",
                f"رفض {self._server.host} عنوان المرسل: {refusal.code} {refusal.words}.",
            )
        return refusal


def _heed(answer: Answer) -> None:
    """After some answers the connection is of no more use."""
    if answer.code == CLOSING or answer.end is End.UNSURE:
        raise Dropped


def _lost(mail: Mail) -> Answer:
    return Answer(id=mail.id, end=End.UNSURE, stage="end")


def _answer(mail: Mail, reply: Reply, stage: str) -> Answer:
    if reply.good and stage == "end":
        return Answer(id=mail.id, end=End.SENT, code=reply.code, stage=stage)
    end = End.REFUSED if reply.code // 100 == 5 else End.LATER if reply.later else End.UNSURE
    if stage != "end" and end is End.UNSURE:
        end = End.LATER  # no answer that SMTP knows, and the mail was not handed over
    return Answer(id=mail.id, end=end, code=reply.code, words=" ".join(reply.text.split())[:300], stage=stage)
