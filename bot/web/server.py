"""The web application under uvicorn, in the main thread or in one of its own."""

import contextlib
import socket
import threading
import time

import uvicorn
from fastapi import FastAPI

from bot.domain.errors import ConfigError


class WebServer:
    """Listens at once; serves from `start` until `stop`."""

    def __init__(self, application: FastAPI, host: str, port: int, *, else_any: bool = False) -> None:
        """Raises ConfigError where the port is taken; with `else_any` another one is taken then."""
        self.application = application
        self._listener = _listen(host, port, else_any)
        config = uvicorn.Config(
            application,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=3,
            lifespan="off",
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)

    @property
    def address(self) -> str:
        """Where it listens, as a browser of this machine writes it."""
        host, port = self._listener.getsockname()[:2]
        return f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104 - shown, not bound

    def start(self) -> None:
        """Serve in a thread of its own."""
        self._thread.start()
        until = time.monotonic() + 5
        while not self._server.started and time.monotonic() < until:
            time.sleep(0.01)

    def ask_to_stop(self) -> None:
        """Take nothing new, and do not wait for what is under way."""
        self._server.should_exit = True

    def stop(self) -> None:
        """End what is under way, within three seconds."""
        self.ask_to_stop()
        if self._thread.is_alive():
            self._thread.join(5)
        self._listener.close()

    def _serve(self) -> None:
        # uvicorn would take SIGTERM for itself; here the program around it decides when to end
        self._server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]  # told above
        self._server.run(sockets=[self._listener])


def _listen(host: str, port: int, else_any: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for each in (port, 0) if else_any else (port,):
        try:
            listener = socket.create_server((host, each), family=family, backlog=256)
        except OSError as error:
            reason = error.strerror
            continue
        # each connection inherits it; asyncio sets it only on sockets that were made with IPPROTO_TCP, and without it
        # the second part of an answer waits 40 ms for the browser's delayed acknowledgement
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    raise ConfigError(
        f"The web process cannot listen on {host}:{port}: {reason}; set another `port`, or PORT in the environment.",
        f"تعذر على عملية الويب أن تستمع على {host}:{port}: {reason}؛ اضبط `port` أو PORT في البيئة.",
    )
