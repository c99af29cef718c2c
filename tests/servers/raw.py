"""A server that says whatever bytes it is told to, path by path: bombs, trickles, endless bodies."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Self

Talk = Callable[[socket.socket], None]


class RawServer:
    """Each path has a function that talks on the open socket."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.host = host
        self.talks: dict[str, Talk] = {}
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        """The address without a final slash."""
        return f"http://{self.host}:{self._listener.getsockname()[1]}"

    def put(self, path: str, talk: Talk | bytes) -> str:
        """Set what a path says; bytes are a whole answer with its head."""
        self.talks[path] = talk if callable(talk) else lambda peer: peer.sendall(talk)
        return self.url + path

    def __enter__(self) -> Self:
        self._listener = socket.create_server((self.host, 0), backlog=64)
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with peer, contextlib.suppress(OSError, IndexError):
            path = peer.recv(65536).split(b" ")[1].decode().partition("?")[0]
            self.asked.append(path)
            self.talks.get(path, _nothing)(peer)


def _nothing(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")


def whole(body: bytes, *headers: str) -> bytes:
    """An answer 200 with its length."""
    head = "\r\n".join(["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers])
    return f"{head}\r\n\r\n".encode() + body
