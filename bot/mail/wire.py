"""A connection to a mail server: opened, encrypted, signed in; octets out, replies in."""

import base64
import select
import socket
import ssl
import struct
from dataclasses import dataclass
from typing import Literal

from bot.domain.errors import ChannelDown, RetryLater
from bot.mail.replies import Reply

MOST_REPLY = 65_536  # octets; a server that says more in one reply is none


class Dropped(Exception):
    """The connection broke; `whole` octets had been handed to the system by then."""

    def __init__(self, written: int = 0) -> None:
        super().__init__("the connection broke")
        self.written = written


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where mails go, and how."""

    host: str
    port: int
    tls: Literal["none", "starttls", "implicit"] = "none"
    user: str = ""
    password: str = ""
    timeout: float = 60.0  # seconds for each reply
    name: str = "localhost"  # how this machine calls itself in EHLO
    cafile: str = ""  # a certificate to trust besides the system's

    def __repr__(self) -> str:
        return f"Server({self.host}:{self.port})"


class Wire:
    """One open connection."""

    def __init__(self, server: Server) -> None:
        self._server, self._buffer = server, b""
        try:
            self._socket: socket.socket | ssl.SSLSocket = socket.create_connection(
                (server.host, server.port), server.timeout
            )
        except OSError:
            raise unreachable(server) from None
        try:
            self._begin()
        except BaseException:
            self._socket.close()
            raise

    def _begin(self) -> None:
        server = self._server
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if server.tls == "implicit":
                self._encrypt()
            greeting = self.reply()
            if not greeting.good:
                raise _unwilling(server, greeting)
            self.offers = self._hello()
            if server.tls == "starttls":
                self._start_tls()
            if server.user:
                self._sign_in()
        except Dropped:
            raise unreachable(server) from None
        if server.tls == "none":
            self._block()

    def _block(self) -> None:
        """Let the system itself watch the time: a time-out of Python's costs a poll before each call."""
        seconds, part = divmod(self._server.timeout, 1)
        span = struct.pack("ll", int(seconds), int(part * 1e6))
        self._socket.settimeout(None)
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            self._socket.setsockopt(socket.SOL_SOCKET, option, span)

    def _hello(self) -> dict[str, str]:
        reply = self.ask(f"EHLO {self._server.name}")
        if not reply.good:
            reply = self.ask(f"HELO {self._server.name}")
            if not reply.good:
                raise _unwilling(self._server, reply)
            return {}
        lines = [line.partition(" ") for line in reply.text.splitlines()[1:]]
        return {name.upper(): rest for name, _, rest in lines}

    def _start_tls(self) -> None:
        if "STARTTLS" not in self.offers:
            raise _offers_no(self._server, "STARTTLS")
        reply = self.ask("STARTTLS")
        if not reply.good:
            raise _unwilling(self._server, reply)
        self._buffer = b""  # what came before the encryption counts for nothing (RFC 3207, 4.2)
        self._encrypt()
        self.offers = self._hello()

    def _encrypt(self) -> None:
        server = self._server
        context = ssl.create_default_context()
        if server.cafile:
            context.load_verify_locations(server.cafile)
        try:
            self._socket = context.wrap_socket(self._socket, server_hostname=server.host)
        except ssl.SSLError:
            raise ChannelDown(
                f"The certificate of {server.host} is not valid, or it speaks no TLS on port {server.port}.",
                f"شهادة {server.host} غير صالحة، أو أن المنفذ {server.port} لا يستعمل TLS.",
            ) from None
        except OSError:
            raise unreachable(server) from None

    def _sign_in(self) -> None:
        server = self._server
        known = self.offers.get("AUTH", "").upper().split()
        if "PLAIN" in known:
            reply = self.ask("AUTH PLAIN " + _base64(f"\0{server.user}\0{server.password}"))
        elif "LOGIN" in known:
            reply = self.ask("AUTH LOGIN")
            for word in (server.user, server.password):
                if reply.code == 334:
                    reply = self.ask(_base64(word))
        else:
            raise _offers_no(server, "AUTH PLAIN")
        if reply.later:
            raise _unwilling(server, reply)
        if not reply.good:
            raise ChannelDown(
                f"{server.host} does not accept this user and password.",
                f"لا يقبل {server.host} اسم المستخدم وكلمة السر.",
            )

    @property
    def largest(self) -> int:
        """The most octets that a mail may have; 0 where the server does not say."""
        size = self.offers.get("SIZE", "")
        return int(size) if size.isdigit() else 0

    def ask(self, command: str) -> Reply:
        """One command and its reply; raises Dropped."""
        self.write(command.encode() + b"\r\n")
        return self.reply()

    def write(self, octets: bytes) -> None:
        """All of it; raises Dropped, which tells how much had been handed over."""
        view, written = memoryview(octets), 0
        try:
            while written < len(octets):
                written += self._socket.send(view[written:])
        except OSError:
            raise Dropped(len(octets) if isinstance(self._socket, ssl.SSLSocket) else written) from None

    def reply(self) -> Reply:
        """The next reply; raises Dropped."""
        lines: list[bytes] = []
        while True:
            line = self._line()
            if not line[:3].isdigit() or len(line) < 3:
                raise Dropped
            lines.append(line[4:])
            if line[3:4] != b"-":
                return Reply(int(line[:3]), b"\n".join(lines))

    def _line(self) -> bytes:
        while (at := self._buffer.find(b"\n")) < 0:
            try:
                more = self._socket.recv(MOST_REPLY)
            except OSError:
                raise Dropped from None
            if not more or len(self._buffer) > MOST_REPLY:
                raise Dropped
            self._buffer += more
        line, self._buffer = self._buffer[:at].rstrip(b"\r"), self._buffer[at + 1 :]
        return line

    def is_quiet(self) -> bool:
        """Whether nothing came unasked: a server that said good-bye meanwhile takes no more."""
        return not self._buffer and not select.select([self._socket], [], [], 0)[0]

    def leave(self) -> None:
        """Say good-bye, without waiting for long."""
        try:
            self._socket.settimeout(2)
            self.ask("QUIT")
        except (Dropped, OSError):
            pass  # every answer is in: how the server says good-bye changes nothing
        self.close()

    def close(self) -> None:
        """Break it off."""
        self._socket.close()


def unreachable(server: Server) -> RetryLater:
    """What a connection that cannot be made means."""
    return RetryLater(
        f"{server.host}:{server.port} cannot be reached; it is tried again.",
        f"تعذر الوصول إلى {server.host}:{server.port}؛ تعاد المحاولة.",
        reached=False,
    )


def _unwilling(server: Server, reply: Reply) -> ChannelDown | RetryLater:
    said = f"{reply.code} {' '.join(reply.text.split())[:200]}"
    if reply.later:
        return RetryLater(f"{server.host} asks to try later: {said}.", f"يطلب {server.host} المحاولة لاحقا: {said}.")
    return ChannelDown(f"{server.host} refuses: {said}.", f"رفض {server.host}: {said}.")


def _offers_no(server: Server, what: str) -> ChannelDown:
    return ChannelDown(
        f"{server.host} does not offer {what}, which `tls` and `user` ask for.",
        f"لا يوفر {server.host} ما يطلبه `tls` و`user`: {what}.",
    )


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
