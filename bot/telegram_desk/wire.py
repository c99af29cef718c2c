"""The wire to Telegram: python-telegram-bot, its event loop inside this file, and the pace that Telegram allows."""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterator, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from telegram import (
    Bot,
    BotCommand,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
    Update,
)
from telegram.error import BadRequest, RetryAfter, TelegramError, TimedOut
from telegram.request import HTTPXRequest

from bot.domain.post import Segment
from bot.telegram_desk.cards import Drawn
from bot.telegram_desk.signing import Signer

T = TypeVar("T")

KINDS = ["message", "callback_query"]
A_SECOND, A_MINUTE = 1.1, 60.0  # with a margin
GROUP = 19  # messages a minute in a group; Telegram takes about 20 (core.telegram.org/bots/faq)
CARDS = 15  # of them for cards, so that answers do not wait
GONE = ("message to edit not found", "message can't be edited", "message_id_invalid")


class Pacer:
    """Lets so many messages into a chat as Telegram takes; shared by all wires of a process."""

    def __init__(self, monotonic: Callable[[], float], rest: Callable[[timedelta], None]) -> None:
        self._monotonic, self._rest = monotonic, rest
        self._lock = threading.Lock()
        self._sent: dict[int, deque[float]] = {}
        self._until: dict[int, float] = {}

    def enter(self, chat_id: int, *, most: int = GROUP) -> None:
        """Wait until a message may go into that chat."""
        while (wait := self._take(chat_id, most)) > 0:
            self._rest(timedelta(seconds=wait))

    def hold(self, chat_id: int, seconds: float) -> None:
        """Telegram asks to leave that chat alone for a while."""
        with self._lock:
            self._until[chat_id] = self._monotonic() + seconds

    def _take(self, chat_id: int, most: int) -> float:
        """Seconds to wait; 0: it may go, and counts."""
        with self._lock:
            now, sent = self._monotonic(), self._sent.setdefault(chat_id, deque())
            while sent and sent[0] <= now - A_MINUTE:
                sent.popleft()
            wait = self._until.get(chat_id, now) - now
            if sent:
                wait = max(wait, sent[-1] + A_SECOND - now)
            if chat_id < 0 and len(sent) >= most:
                wait = max(wait, sent[-most] + A_MINUTE - now)
            if wait <= 0:
                sent.append(now)
            return wait


class Wire:
    """One connection to the desk's bot; calls are made one after the other, from whatever thread."""

    def __init__(self, token: str, api_base: str, pacer: Pacer, signer: Signer, *, timeout: float = 20) -> None:
        base = api_base.rstrip("/")
        asked = [
            HTTPXRequest(connect_timeout=10, read_timeout=timeout, write_timeout=timeout, pool_timeout=10)
            for _ in range(2)
        ]
        self._bot = Bot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=asked[0],
            get_updates_request=asked[1],
        )
        self._pacer, self._signer, self._timeout = pacer, signer, timeout
        self._loop = asyncio.new_event_loop()
        self._lock = threading.Lock()

    def name(self) -> str:
        """The bot's user name; raises TelegramError."""
        return str(self._call(self._bot.get_me()).username)

    def chat_id(self, name: str) -> int:
        """The number of a chat; raises TelegramError."""
        if name.lstrip("-").isdigit():
            return int(name)
        return self._call(self._bot.get_chat(name)).id

    def updates(self, offset: int | None, wait: int, *, within: float | None = None) -> Sequence[Update]:
        """What came; what was before `offset` never comes again. Raises TelegramError."""
        call = self._bot.get_updates(offset=offset, timeout=wait, allowed_updates=KINDS)
        return self._call(call, within or self._timeout + wait + 2)

    def update(self, body: dict[str, Any]) -> Update | None:
        """An update that came by webhook."""
        return Update.de_json(body, self._bot)

    def announce(self, commands: Sequence[tuple[str, str]], webhook: str = "", secret: str = "") -> None:
        """Tell Telegram the commands and where updates go: to that address, or (none) to who asks for them."""
        self._call(self._bot.set_my_commands([BotCommand(*each) for each in commands]))
        if webhook:
            self._call(self._bot.set_webhook(webhook, secret_token=secret, allowed_updates=KINDS, max_connections=4))
        else:
            self._call(self._bot.delete_webhook())

    def send(
        self,
        chat_id: int,
        drawn: Drawn,
        *,
        reply_to: int | None = None,
        loud: bool = True,
        ask: bool = False,
        most: int = GROUP,
    ) -> int:
        """A message in HTML; with `ask` the reader's answer is asked for. Raises TelegramError."""

        def call() -> Coroutine[Any, Any, Message]:
            return self._bot.send_message(
                chat_id,
                drawn.text,
                parse_mode="HTML",
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                reply_parameters=_reply(reply_to),
                disable_notification=not loud,
                reply_markup=ForceReply(selective=True) if ask else self._keys(chat_id, drawn),
            )

        return self._paced(chat_id, call, most).message_id

    def show(self, chat_id: int, segment: Segment, *, reply_to: int | None = None, most: int = GROUP) -> int:
        """A segment exactly as it goes out on Telegram, or as plain text; silent. Raises TelegramError."""
        more: dict[str, Any] = {"disable_notification": True, "reply_parameters": _reply(reply_to)}

        def call() -> Coroutine[Any, Any, Message]:
            if segment.rich:  # Bot API 10.1, which the library does not name yet
                rich = more | {"chat_id": chat_id, "rich_message": {"html": segment.text, "is_rtl": True}}
                return self._bot.do_api_request("sendRichMessage", api_kwargs=rich, return_type=Message)
            if segment.photo:
                return self._bot.send_photo(chat_id, segment.photo, segment.text, parse_mode=segment.parse_mode, **more)
            url = segment.preview_url
            above = url is not None and url not in segment.text
            preview = LinkPreviewOptions(is_disabled=True)
            if url:
                preview = LinkPreviewOptions(url=url, prefer_large_media=True, show_above_text=above)
            return self._bot.send_message(
                chat_id, segment.text, parse_mode=segment.parse_mode, link_preview_options=preview, **more
            )

        return self._paced(chat_id, call, most).message_id

    def redraw(self, chat_id: int, message_id: int, drawn: Drawn, *, most: int = GROUP) -> None:
        """Let a message look otherwise; one that is gone stays gone. Raises TelegramError."""

        def call() -> Coroutine[Any, Any, Message | bool]:
            return self._bot.edit_message_text(
                drawn.text,
                chat_id=chat_id,
                message_id=message_id,
                parse_mode="HTML",
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                reply_markup=self._keys(chat_id, drawn),
            )

        with _no_error("message is not modified", *GONE):
            self._paced(chat_id, call, most)

    def answer(self, query_id: str, text: str, *, alert: bool = False) -> None:
        """What who pressed sees for a moment, or (alert) until it is closed; a press that is too old gets none."""
        with contextlib.suppress(TelegramError):
            self._call(self._bot.answer_callback_query(query_id, text[:200], show_alert=alert))

    def close(self) -> None:
        """Give back connections."""
        with self._lock:
            if not self._loop.is_closed():
                self._loop.run_until_complete(self._bot.request.shutdown())
                self._loop.close()

    def _keys(self, chat_id: int, drawn: Drawn) -> InlineKeyboardMarkup | None:
        rows = [
            [
                InlineKeyboardButton(b.text, url=b.url)
                if b.press is None
                else InlineKeyboardButton(b.text, callback_data=self._signer.pack(chat_id, b.press))
                for b in row
            ]
            for row in drawn.rows
        ]
        return InlineKeyboardMarkup(rows) if rows else None

    def _paced(self, chat_id: int, call: Callable[[], Coroutine[Any, Any, T]], most: int) -> T:
        self._pacer.enter(chat_id, most=most)
        try:
            return self._call(call())
        except RetryAfter as error:
            after = error.retry_after
            self._pacer.hold(chat_id, after.total_seconds() if isinstance(after, timedelta) else after)
            self._pacer.enter(chat_id, most=most)
            return self._call(call())

    def _call(self, call: Coroutine[Any, Any, T], within: float | None = None) -> T:
        with self._lock:  # the library's time-outs hold between two bytes; this one holds for the whole call
            try:
                return self._loop.run_until_complete(asyncio.wait_for(call, within or self._timeout + 2))
            except TimeoutError:
                raise TimedOut from None


def _reply(message_id: int | None) -> ReplyParameters | None:
    return ReplyParameters(message_id, allow_sending_without_reply=True) if message_id else None


@contextlib.contextmanager
def _no_error(*words: str) -> Iterator[None]:
    """A refusal in one of these words says that all is as it should be, or cannot be helped."""
    try:
        yield
    except BadRequest as refused:
        if not any(each in refused.message.lower() for each in words):
            raise
