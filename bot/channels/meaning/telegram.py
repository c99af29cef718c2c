"""Telegram: what an error of python-telegram-bot means."""

from collections.abc import Callable
from datetime import timedelta

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.channels.http import no_answer, not_reached
from bot.domain.errors import ChannelDown, ChannelError, Rejected, RetryLater
from bot.domain.say import counted

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

# those that speak of the picture: Telegram could not fetch it, or cannot show it
_PICTURE = (
    "failed to get http url content",
    "wrong type of the web page content",
    "http url specified",  # "wrong file identifier/HTTP URL specified", "invalid file HTTP URL specified: …"
    "there is no photo in the request",
    "too big for a photo",
    "photo_invalid_dimensions",
    "photo_save_file_invalid",
    "photo_ext_invalid",
    "image_process_failed",
    "webpage_curl_failed",
    "webpage_media_empty",
)

# a proxy that refuses to connect (ProxyError) was told the server's name, and nothing of the request
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)

Make = Callable[[TelegramError, str], ChannelError]


def _flood(error: TelegramError, _said: str) -> ChannelError:
    after = getattr(error, "retry_after", timedelta(seconds=30))
    after = after if isinstance(after, timedelta) else timedelta(seconds=after)
    seconds = int(after.total_seconds())
    return RetryLater(
        f"Telegram asks to wait {seconds} seconds.",
        f"يطلب تلغرام الانتظار {counted(seconds, 'ثانية', 'ثانيتين', 'ثوان', 'ثانية')}.",
        after=after,
    )


def _busy(_error: TelegramError, said: str) -> ChannelError:
    return RetryLater(
        f"Another call to Telegram stands in the way ({said}); it is tried again.",
        f"طلب آخر إلى تلغرام يتعارض مع هذا ({said})؛ تعاد المحاولة.",
    )


class TokenUnknown(ChannelDown):
    """Telegram knows no such bot, or no such method: both are a 404."""


def _no_token(_error: TelegramError, _said: str) -> ChannelError:
    return TokenUnknown(
        "Telegram does not know this bot token; set the right one in .env.",
        "لا يعرف تلغرام رمز البوت؛ ضع الرمز الصحيح في ملف .env",
    )


def _moved(error: TelegramError, _said: str) -> ChannelError:
    new = getattr(error, "new_chat_id", "")
    return RetryLater(
        f"The chat has moved to {new}; nashir follows it. Write that into `account`.",
        f"انتقلت المحادثة إلى {new} ويتبعها ناشر؛ اكتبه في `account`.",
        after=timedelta(seconds=1),
    )


def _no_chat(_error: TelegramError, _said: str) -> ChannelError:
    return ChannelDown(
        "Telegram knows no such chat: `account` must be @name or the numeric id of a chat that the bot is in.",
        "لا يعرف تلغرام هذه المحادثة: `account` هو @الاسم أو الرقم لمحادثة فيها البوت.",
    )


def _no_right(_error: TelegramError, said: str) -> ChannelError:
    return ChannelDown(
        f"Telegram does not let the bot post here: {said}. Make it an administrator of the channel.",
        f"لا يسمح تلغرام للبوت بالنشر هنا: {said}. اجعله مشرفا في القناة.",
    )


def _no_desk(_error: TelegramError, said: str) -> ChannelError:
    return ChannelDown(
        f"Telegram does not let the bot into the desk chat: {said}. Mend `desk_chat`: a private chat or a group where "
        "the bot may write.",
        f"لا يسمح تلغرام للبوت بدخول محادثة البحث: {said}. أصلح `desk_chat`: محادثة خاصة أو مجموعة يكتب فيها البوت.",
    )


def _too_old(_error: TelegramError, said: str) -> ChannelError:
    return Rejected(
        f"Telegram no longer lets the bot delete this message ({said}): delete it by hand.",
        f"لم يعد تلغرام يسمح للبوت بحذف هذه الرسالة ({said}): احذفها بيدك.",
    )


class PictureRefused(Rejected):
    """Telegram did not take the picture; of the text it said nothing."""


def _no_picture(_error: TelegramError, said: str) -> ChannelError:
    return PictureRefused(
        f"Telegram cannot fetch or show the picture ({said}): mend the picture's address.",
        f"لا يستطيع تلغرام جلب الصورة أو عرضها ({said}): أصلح عنوان الصورة.",
    )


def _refused(_error: TelegramError, said: str) -> ChannelError:
    return Rejected(f"Telegram refused the text: {said}.", f"رفض تلغرام النص: {said}.")


# what an error of the library means: its class, words of its message, the meaning; the first row that fits holds.
# BadRequest and TimedOut are both subclasses of NetworkError: they stand before it (core.telegram.org/bots/api, errors)
MEANINGS: tuple[tuple[type[TelegramError], str, Make], ...] = (
    (RetryAfter, "", _flood),
    (Conflict, "", _busy),
    (InvalidToken, "", _no_token),
    (ChatMigrated, "", _moved),
    (TelegramError, "chat not found", _no_chat),
    (Forbidden, "", _no_right),
    (BadRequest, "message can't be deleted", _too_old),
    *((BadRequest, words, _no_right) for words in _CHAT),
    *((BadRequest, words, _no_picture) for words in _PICTURE),
    (BadRequest, "", _refused),
)


_OF_DESK: dict[Make, Make] = {_no_chat: _no_desk, _no_right: _no_desk}


def meaning(error: TelegramError, *, to_desk: bool = False) -> ChannelError:
    """What an error of the library means for the segment; `to_desk`: it was a call to the desk chat."""
    said = error.message
    for kind, words, make in MEANINGS:
        if isinstance(error, kind) and words in said.lower():
            return (_OF_DESK.get(make, make) if to_desk else make)(error, said)
    # what tells sent from not sent is the cause: a connection that was never made, or anything later
    cause = error.__cause__
    if isinstance(error, NetworkError) and isinstance(cause, _NEVER_SENT):
        return not_reached("Telegram")
    return no_answer("Telegram")
