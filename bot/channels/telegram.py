"""Telegram, through python-telegram-bot; its event loop lives inside this file."""

import asyncio
import os
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

import httpx
from telegram import Bot, LinkPreviewOptions, Message, ReplyParameters
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from bot.channels.http import no_answer, not_reached
from bot.domain.channel import Account, Receipt
from bot.domain.errors import ChannelDown, ChannelError, Rejected, RetryLater
from bot.domain.post import Segment
from bot.domain.say import Say, counted

T = TypeVar("T")

CONNECTING = 2.0  # seconds more for the whole of a call than for its longest silence

os.environ.setdefault("PTB_TIMEDELTA", "1")  # the library's opt-in to time spans; it is read at each error

# Bot API descriptions of a 400 that speak of the chat or the bot's rights there, not of the text
_CHAT = (
    "not enough rights",
    "need administrator rights",
    "bot is not a member",
    "chat_write_forbidden",
    "have no rights",
    "channel_private",
    "user is deactivated",
    "group chat was deactivated",
)


class TelegramChannel:
    """One Telegram channel or group."""

    def __init__(self, *, token: str, chat: str, api_base: str, timeout: timedelta) -> None:
        seconds = self._seconds = timeout.total_seconds()
        api_base = api_base.rstrip("/")
        request = HTTPXRequest(
            connect_timeout=min(seconds, 10), read_timeout=seconds, write_timeout=seconds, pool_timeout=min(seconds, 10)
        )
        self._chat: str | int = int(chat) if chat.lstrip("-").isdigit() else chat
        self._bot = Bot(token, base_url=f"{api_base}/bot", base_file_url=f"{api_base}/file/bot", request=request)
        self._heard: int | None = None  # the first update that was not asked for yet
        self._loop = asyncio.new_event_loop()

    def check(self) -> Account:
        """Whose token this is, and whether the bot may post in the chat; raises ChannelError."""
        me = self._call(self._bot.get_me())
        chat = self._call(self._bot.get_chat(self._chat))
        member = self._call(self._bot.get_chat_member(self._chat, me.id))
        may = getattr(member, "can_post_messages", None)
        name = f"{chat.title or chat.username or chat.id} (@{me.username})"
        if member.status not in ("administrator", "creator", "member") or may is False:
            return Account(
                name=name,
                note=Say(
                    "The bot may not post here; make it an administrator of the channel.",
                    "لا يملك البوت حق النشر هنا؛ اجعله مشرفا في القناة.",
                ),
            )
        return Account(name=name)

    def whoami(self) -> str:
        """The bot's own name; raises ChannelError."""
        return str(self._call(self._bot.get_me()).username)

    def chats_heard_of(self, seconds: int) -> list[tuple[str, str]]:
        """Id and title of chats that a message or a change of rights came from, newest first; waits a while.

        Raises ChannelError. What came is marked as read at the next call.
        """
        kinds = ["message", "channel_post", "my_chat_member"]
        updates = self._call(
            self._bot.get_updates(offset=self._heard, timeout=seconds, allowed_updates=kinds), more=seconds
        )
        self._heard = updates[-1].update_id + 1 if updates else self._heard
        chats = (update.effective_chat for update in reversed(updates))
        return list(dict.fromkeys((str(c.id), c.title or c.username or str(c.id)) for c in chats if c))

    def send(self, segment: Segment, parent: Receipt | None, begin: Callable[[], None]) -> Receipt:
        """One message; raises ChannelError."""
        preview = LinkPreviewOptions(is_disabled=True)
        if segment.preview_url:
            above = segment.preview_url not in segment.text  # the picture's card, not that of a link that stands there
            preview = LinkPreviewOptions(url=segment.preview_url, prefer_large_media=True, show_above_text=above)
        reply = ReplyParameters(int(parent.remote_id), allow_sending_without_reply=True) if parent else None
        call: Coroutine[Any, Any, Message]
        if segment.rich:  # Bot API 10.1, which the library does not name yet
            rich = {"html": segment.text, "is_rtl": True}
            wanted = {"chat_id": self._chat, "rich_message": rich, "reply_parameters": reply}
            call = self._bot.do_api_request("sendRichMessage", api_kwargs=wanted, return_type=Message)
        elif segment.photo:
            call = self._bot.send_photo(
                self._chat, segment.photo, segment.text, parse_mode=segment.parse_mode, reply_parameters=reply
            )
        else:
            call = self._bot.send_message(
                self._chat,
                segment.text,
                parse_mode=segment.parse_mode,
                link_preview_options=preview,
                reply_parameters=reply,
            )
        begin()
        message = self._call(call)
        return Receipt(remote_id=str(message.message_id), url=_address(message))

    def close(self) -> None:
        """Give back connections."""
        if not self._loop.is_closed():
            self._loop.run_until_complete(self._bot.request.shutdown())
            self._loop.close()

    def _call(self, call: Coroutine[Any, Any, T], *, more: float = 0) -> T:
        try:  # the library's time-outs hold between two bytes; this one holds for the whole call
            return self._loop.run_until_complete(asyncio.wait_for(call, self._seconds + CONNECTING + more))
        except TimeoutError:
            raise no_answer("Telegram") from None
        except TelegramError as error:
            raise meaning(error) from None


def meaning(error: TelegramError) -> ChannelError:
    """What an error of the library means for the segment.

    BadRequest and TimedOut are both subclasses of NetworkError; what tells sent from not sent is the cause.
    """
    if isinstance(error, RetryAfter):
        after = error.retry_after
        after = after if isinstance(after, timedelta) else timedelta(seconds=after)
        seconds = int(after.total_seconds())
        return RetryLater(
            f"Telegram asks to wait {seconds} seconds.",
            f"يطلب تلغرام الانتظار {counted(seconds, 'ثانية', 'ثانيتين', 'ثوان', 'ثانية')}.",
            after=after,
        )
    if isinstance(error, InvalidToken):
        return ChannelDown(
            "Telegram does not know this bot token; set the right one in .env.",
            "لا يعرف تلغرام رمز البوت؛ ضع الرمز الصحيح في ملف .env",
        )
    if isinstance(error, ChatMigrated):
        return ChannelDown(
            f"The chat has moved to {error.new_chat_id}; write that into `account`.",
            f"انتقلت المحادثة إلى {error.new_chat_id}؛ اكتبه في `account`.",
        )
    said = error.message
    if "chat not found" in said.lower():
        return ChannelDown(
            "Telegram knows no such chat: `account` must be @name or the numeric id of a chat that the bot is in.",
            "لا يعرف تلغرام هذه المحادثة: `account` هو @الاسم أو الرقم لمحادثة فيها البوت.",
        )
    if isinstance(error, Forbidden) or (isinstance(error, BadRequest) and any(s in said.lower() for s in _CHAT)):
        return ChannelDown(
            f"Telegram does not let the bot post here: {said}. Make it an administrator of the channel.",
            f"لا يسمح تلغرام للبوت بالنشر هنا: {said}. اجعله مشرفا في القناة.",
        )
    if isinstance(error, BadRequest):
        return Rejected(f"Telegram refused the text: {said}.", f"رفض تلغرام النص: {said}.")
    cause = error.__cause__
    if isinstance(error, TimedOut | NetworkError) and isinstance(
        cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.UnsupportedProtocol
    ):
        return not_reached("Telegram")
    return no_answer("Telegram")


def _address(message: Message) -> str:
    return message.link or ""
