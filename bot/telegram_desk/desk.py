"""Runs the Telegram desk beside the engine: one thread hears editors, one keeps the cards; of several processes one."""

import contextlib
import hmac
import json
import threading
from collections.abc import Callable
from datetime import timedelta

import structlog
from telegram.error import TelegramError, TimedOut

from bot.app import App
from bot.ops.clocks import since_boot, until
from bot.telegram_desk import words
from bot.telegram_desk.board import Board
from bot.telegram_desk.door import Door
from bot.telegram_desk.signing import Signer
from bot.telegram_desk.wire import Pacer, Wire

log = structlog.stdlib.get_logger(__name__)

LEASE = timedelta(minutes=1)
RENEW = 15.0  # seconds
POLL = 2  # seconds that one call waits for updates: the program must end within ten
PATIENCE = 2.5  # seconds that a stop waits for calls on their way
LONGEST_PAUSE = 60.0  # seconds after errors


class TelegramDesk:
    """The desk of one newsroom."""

    def __init__(
        self,
        app: App,
        *,
        monotonic: Callable[[], float] = since_boot,
        rest: Callable[[timedelta], None] | None = None,
    ) -> None:
        self._app, self._settings, self._monotonic = app, app.config.newsroom.desk, monotonic
        key = app.config.secrets.own_key(app.config.var)
        self._signer = Signer(key)
        self._path = hmac.digest(key, b"telegram desk path", "sha256").hex()[:32]
        self._secret = hmac.digest(key, b"telegram desk secret", "sha256").hex()
        pacer = Pacer(monotonic, rest or self._rest)
        token = app.config.secrets.get(self._settings.token_env)
        self._hearing, self._showing = (Wire(token, self._settings.api_base, pacer, self._signer) for _ in range(2))
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._token: int | None = None  # of the lease
        self._renewed = 0.0
        self._offset: int | None = None  # the first update that was not acted on
        self._told_of: int | None = None  # what Telegram knows of that
        self._parts: tuple[Board, Door] | None = None
        self._announced = False

    @property
    def by_webhook(self) -> bool:
        """Whether Telegram calls us."""
        return self._settings.mode == "webhook"

    def start(self, *, cards: bool = True) -> None:
        """Begin; without `cards` only what comes by webhook is heard."""
        works = [self.keep_cards] if cards else []
        if self.by_webhook:
            self._app.on_telegram = self.called
        elif cards:
            works.append(self.hear)
        for work in works:
            thread = threading.Thread(target=self._loop, args=(work,), name=f"desk-{work.__name__}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> bool:
        """End; False where a call on its way did not end in time."""
        end = self._monotonic() + PATIENCE
        for thread in self._threads:
            thread.join(max(end - self._monotonic(), 0.1))
        if any(thread.is_alive() for thread in self._threads):
            return False
        self.close()
        return True

    def close(self) -> None:
        """Give back the lease and the connections."""
        if self._token is not None:
            self._app.leases.release("desk", "telegram", self._token)
            self._token = None
        if self._offset != self._told_of:
            with contextlib.suppress(TelegramError):  # else what was acted on comes again, and changes nothing
                self._hearing.updates(self._offset, 0, within=1)
        self._hearing.close()
        self._showing.close()

    def keep_cards(self) -> float:
        """Hold the lease, and with it mend and send cards; seconds until the next time. Raises TelegramError."""
        if not self._leads():
            return 1.0
        board, _ = self._built()
        if not self._announced:
            url = f"{self._app.config.newsroom.public_url}/telegram/{self._path}" if self.by_webhook else ""
            self._showing.announce(words.COMMANDS, url, self._secret)
            self._announced = True
        return 0.0 if board.sync(self._showing) else 1.0

    def hear(self, wait: int = POLL) -> float:
        """Act on what came; Telegram is told of it with the next call only. Raises TelegramError, DatabaseError."""
        if self._token is None or not self._announced:
            return 0.2
        _, door = self._built()
        updates = self._hearing.updates(self._offset, wait)
        self._told_of = self._offset
        for update in updates:
            door.take(update)
            self._offset = update.update_id + 1
        return 0.0 if updates else 0.1

    def called(self, path: str, secret: str, body: bytes) -> int:
        """An update that Telegram brings; the HTTP status that answers it, 200 only where it was acted on."""
        if not hmac.compare_digest(path.encode("utf-8", "replace"), self._path.encode()):
            return 404
        if not hmac.compare_digest(secret.encode("utf-8", "replace"), self._secret.encode()):
            return 403
        try:
            update = self._hearing.update(json.loads(body))
        except (ValueError, TypeError, KeyError, AttributeError):
            return 400
        if update is None:
            return 400
        try:
            with self._lock:
                self._built()[1].take(update)
        except Exception as error:  # it comes again
            self._told(error)
            return 503
        return 200

    def _built(self) -> tuple[Board, Door]:
        """What needs to know the bot's name and the group's number; raises TelegramError."""
        if self._parts is None:
            chat = self._settings.telegram_chat
            group = self._showing.chat_id(chat) if chat else None
            board = Board(self._app, group)
            self._parts = (
                board,
                Door(self._app, board, self._hearing, self._signer, group, self._showing.name()),
            )
        return self._parts

    def _leads(self) -> bool:
        """Whether this process is the one; the lease is renewed now and then."""
        now, leases = self._app.now(), self._app.leases
        if self._token is None:
            self._token = leases.claim("desk", "telegram", LEASE, now)
            self._renewed = self._monotonic()
        elif self._monotonic() - self._renewed >= RENEW:
            if not leases.renew("desk", "telegram", self._token, LEASE, now):
                self._token, self._announced = None, False
            self._renewed = self._monotonic()
        return self._token is not None

    def _rest(self, span: timedelta) -> None:
        """Wait for the pace, but not when the program ends; raises TimedOut then."""
        until(self._app.stopping, span)
        if self._app.stopping.is_set():
            raise TimedOut("nashir ends")

    def _loop(self, work: Callable[[], float]) -> None:
        pause, stopping = 0.0, self._app.stopping
        while not stopping.wait(pause):
            try:
                pause = work()
            except Exception as error:  # the desk never dies, and lanes never notice
                self._told(error)
                pause = min(max(pause * 2, 1.0), LONGEST_PAUSE)

    def _told(self, error: Exception) -> None:
        """In the log, without the token."""
        said = self._app.config.secrets.redact(str(error))
        log.warning("the Telegram desk has to try again", error=type(error).__name__, reason=said)
