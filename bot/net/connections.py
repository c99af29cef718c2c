"""Connections for `requests` that are judged before they are made, and that end in time.

A socket's own time-out holds between two bytes: a server that sends one byte a second would never end. A timer closes
the sockets instead.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from typing import Any

import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from bot.net import addresses

Judge = Callable[[str, Sequence[str]], None]  # host and addresses; raises where they must not be called


class Deadline:
    """Closes its sockets when the time is over; `expired` is set then, and what was read is not whole."""

    def __init__(self, seconds: float) -> None:
        self.expired = threading.Event()
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    def watch(self, opened: socket.socket) -> None:
        """This socket ends with the others, at once where the time is over already."""
        self._sockets.append(opened)
        if self.expired.is_set():
            self._end()

    def cancel(self) -> None:
        """It ended by itself."""
        self._timer.cancel()

    def _end(self) -> None:
        self.expired.set()
        for each in self._sockets:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # closed already


class JudgedAdapter(HTTPAdapter):
    """Resolves a host, has its addresses judged, and connects to one of them; no other name can come in between."""

    def __init__(self, judge: Judge, opened: Callable[[socket.socket], None]) -> None:
        self._pools = _pools(judge, opened)
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools


def anywhere(_host: str, _found: Sequence[str]) -> None:
    """The judge of those who call an address out of their own settings."""


def never_sent(error: BaseException) -> bool:
    """Whether an error of `requests` or urllib3 says that the connection was not even made."""
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    return isinstance(
        reason,
        urllib3.exceptions.NewConnectionError
        | urllib3.exceptions.NameResolutionError
        | urllib3.exceptions.ConnectTimeoutError
        | urllib3.exceptions.ProxyError,
    )


def _pools(judge: Judge, opened: Callable[[socket.socket], None]) -> dict[str, type[HTTPConnectionPool]]:
    def connect(connection: HTTPConnection) -> socket.socket:
        try:
            found = addresses.resolve(connection.host, connection.port)
        except OSError as error:
            # the stubs know getaddrinfo's own error only
            fault = urllib3.exceptions.NameResolutionError
            raise fault(connection.host, connection, error) from error  # type: ignore[arg-type]  # it takes any OSError
        judge(connection.host, found)
        why: OSError | None = None
        for where in found:
            try:
                made = socket.create_connection((where, connection.port), connection.timeout)
            except OSError as error:
                why = error
            else:
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                opened(made)
                return made
        raise urllib3.exceptions.NewConnectionError(connection, f"no connection: {why}")

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return connect(self)

        def connect(self) -> None:
            try:
                super().connect()
            except (ssl.SSLError, OSError) as error:  # before anything was sent
                raise BadHandshake(self, str(error)) from error
            opened(self.sock)  # the one below was given up for it

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


class BadHandshake(urllib3.exceptions.NewConnectionError):
    """The other side speaks no TLS, or its certificate is not valid; nothing was sent."""
