"""The HTTP server under every HTTP service here."""

from __future__ import annotations

import json
import socket
import socketserver
import struct
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Generic, Self, TypeVar, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.servers.plan import Faults, Keeper, Kind

K = TypeVar("K")
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Request:
    """One HTTP request as it was read."""

    method: str
    path: str
    query: dict[str, str]
    headers: Message
    body: bytes


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    code: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def json_answer(code: int, value: Any, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer with a JSON body."""
    body = json.dumps(value, ensure_ascii=False).encode()
    return Answer(code, body, {"Content-Type": "application/json; charset=utf-8", **(headers or {})})


class LocalServer(Generic[K]):
    """An HTTP server on 127.0.0.1; a service overrides `name` and `handle`."""

    def __init__(self, keep_file: Path | str | None = None, delay: float = 0.0) -> None:
        self.faults = Faults()
        self.keeper = Keeper[K](keep_file)
        self.delay = delay
        self.requests: list[Request] = []
        self.lock = threading.RLock()
        self._closing = threading.Event()
        self._port = 0
        self._http: _Http | None = None

    @property
    def kept(self) -> list[K]:
        """Everything accepted so far, oldest first."""
        return self.keeper.records

    @property
    def calls(self) -> list[str]:
        """The names of all calls that arrived, the faulted ones too."""
        return [self.name(request) for request in self.requests]

    @property
    def url(self) -> str:
        """The address without a final slash."""
        return f"http://127.0.0.1:{self._port}"

    def name(self, request: Request) -> str:
        """The name under which faults are scripted for this request."""
        return f"{request.method} {request.path}"

    def handle(self, request: Request) -> Answer:
        """Process one request; runs alone, under the server's lock."""
        raise NotImplementedError

    def answer(self, request: Request) -> Answer | None:
        """Process a request under the plan of faults; None resets the connection."""
        arrived = time.monotonic()
        with self.lock:
            self.requests.append(request)
        fault = self.faults.take(self.name(request))
        if fault.kind in {Kind.REFUSE_BEFORE, Kind.HANG_BEFORE, Kind.LATE}:
            stopped = self._closing.wait(fault.seconds) if fault.seconds else False
            if stopped or fault.kind is not Kind.LATE:
                return None
        planned = json_answer(fault.code, fault.body, fault.headers)
        if fault.kind is Kind.STATUS and not fault.processed:
            return planned
        with self.lock:
            answer = self.handle(request)
        pause = self.delay + (fault.seconds if fault.kind is Kind.HANG_AFTER else 0.0)
        if pause:  # counted from when the request was here, as a service's own delay is
            self._closing.wait(max(0.0, arrived + pause - time.monotonic()))
        if fault.kind is Kind.RESET_AFTER:
            return None
        if fault.kind is Kind.BAD_JSON_AFTER:
            return Answer(answer.code, b"<html>upstream</html>", {"Content-Type": "text/html"})
        return planned if fault.kind is Kind.STATUS else answer

    def start(self) -> Self:
        """Listen; after `stop` the same address is taken again."""
        self._closing.clear()
        self._http = _Http(self._port, self)
        self._port = self._http.server_port
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Stop listening and close every connection."""
        http, self._http = self._http, None
        if http is None:
            return
        self._closing.set()
        http.shutdown()
        http.server_close()
        http.close_connections()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, owner: LocalServer[Any]) -> None:
        self.owner = owner
        self.live: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        self.live.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        request.close()
        self.live.discard(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def close_connections(self) -> None:
        for connection in list(self.live):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        patience = time.monotonic() + 1.0
        while self.live and time.monotonic() < patience:
            time.sleep(0.002)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        request = Request(self.command, unquote(parts.path), query, self.headers, body)
        answer = cast(_Http, self.server).owner.answer(request)
        if answer is None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            self.close_connection = True
            return
        self.send_response(answer.code)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815  # names of http.server

    def log_message(self, format: str, *args: Any) -> None:
        pass
