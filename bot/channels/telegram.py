"""Telegram, through python-telegram-bot; its event loop lives inside this file."""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import structlog
from telegram import Bot, Message, ReplyParameters
from telegram.error import (
    ChatMigrated,
    TelegramError,
)

from bot.channels.http import no_answer, not_reached
from bot.channels.meaning.telegram import PictureRefused, TokenUnknown, meaning
from bot.channels.meaning.telegram_answers import PlainAnswers
from bot.channels.telegram_edits import card, edit, first_way, next_way
from bot.channels.telegram_looking import PROBES, SMALL, address, counts_alone, find
from bot.domain.channel import Account, Receipt
from bot.domain.errors import CannotTell, ChannelError, Rejected, Unsure
from bot.domain.lane import Doubt, Hold
from bot.domain.limits import Limit, Use
from bot.domain.post import Segment
from bot.domain.say import Say

log = structlog.stdlib.get_logger(__name__)

T = TypeVar("T")

NO_DESK = Say(
    "A message that may be out cannot be looked for: write a private chat of the bot into `desk_chat`.",
    "لا يمكن البحث عن رسالة غير مؤكدة: اكتب في `desk_chat` محادثة خاصة فيها البوت.",
)
PROTECTED = Say(
    "The channel's content is protected, so a message that may be out cannot be looked for.",
    "محتوى القناة محمي فلا يمكن البحث فيها عن رسالة غير مؤكدة.",
)
MOVED_AWAY = Say(
    "It stands in the group as it was before it moved, where a bot can change nothing: do it there by hand.",
    "هي في المجموعة قبل انتقالها، ولا يغير البوت فيها شيئا: افعل ذلك هناك بيدك.",
)
NO_RICH = Say(
    "This Bot API server does not know rich messages (10.1): set another `mode` for the channel.",
    "خادم Bot API هذا لا يعرف الرسائل الغنية (10.1): اختر قيمة أخرى لمفتاح `mode` في القناة.",
)

A_SECOND = timedelta(seconds=1.1)  # with a margin
CONNECTING = 2.0  # seconds more for the whole of a call than for its longest silence

os.environ.setdefault("PTB_TIMEDELTA", "1")  # the library's opt-in to time spans; it is read at each error


class TelegramChannel:
    """One Telegram channel or group."""

    def __init__(
        self,
        *,
        token: str,
        chat: str,
        api_base: str,
        timeout: timedelta,
        desk_chat: str = "",
        per_minute: int = 18,
        bot_per_second: int = 25,
    ) -> None:
        self._per_minute, self._per_second = per_minute, bot_per_second
        self._bot_key = f"telegram:bot:{token.partition(':')[0]}"  # the bot's number, which is no secret
        seconds = self._seconds = timeout.total_seconds()
        api_base = api_base.rstrip("/")
        request = PlainAnswers(
            connect_timeout=min(seconds, 10), read_timeout=seconds, write_timeout=seconds, pool_timeout=min(seconds, 10)
        )
        self._chat, self._desk = _chat(chat), _chat(desk_chat)
        self._bot = Bot(token, base_url=f"{api_base}/bot", base_file_url=f"{api_base}/file/bot", request=request)
        self._heard: int | None = None  # the first update that was not asked for yet
        self._number: int | None = None  # of the chat, once it is known
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
        if chat.has_protected_content:
            return Account(name=name, hint=PROTECTED)
        if not counts_alone(chat.id):
            return Account(name=name, hint=SMALL)
        if self._desk:
            try:
                self._call(self._bot.get_chat(self._desk), to_desk=True)
            except ChannelError as error:
                return Account(name=name, hint=Say(f"desk_chat: {error.say.en}", f"desk_chat: {error.say.ar}"))
        return Account(name=name, hint=None if self._desk else NO_DESK)

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
        # the number of a message means another one in another chat
        if parent and parent.place and parent.place != self._here():
            parent = None
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
            call = self._text(segment, reply)
        try:
            begin()
        except BaseException:
            call.close()  # it is never awaited
            raise
        began = time.monotonic()
        try:
            message = self._call(call)
        except PictureRefused as refused:  # it is surely not out, and a picture is no reason to lose the news
            if not segment.photo:
                raise
            log.warning("sent without its picture", segment=segment.key, photo=segment.photo, reason=refused.say.en)
            spent = min(time.monotonic() - began, self._seconds)  # the lane is held for the time of one call
            message = self._call(self._text(segment, reply), more=-spent)
        except TokenUnknown as refused:
            raise (self._rich_refused(refused) if segment.rich else refused) from None
        self._number = message.chat.id
        return Receipt(remote_id=str(message.message_id), url=message.link or "", place=str(message.chat.id))

    def _text(self, segment: Segment, reply: ReplyParameters | None) -> Coroutine[Any, Any, Message]:
        mode, shown = segment.parse_mode, card(segment)
        return self._bot.send_message(
            self._chat, segment.text, parse_mode=mode, link_preview_options=shown, reply_parameters=reply
        )

    def _rich_refused(self, refused: TokenUnknown) -> ChannelError:
        """A 404 says that either the token or the method is not known: a call that each server knows tells which."""
        try:
            self._call(self._bot.get_me())
        except ChannelError:
            return refused
        return Rejected(NO_RICH.en, NO_RICH.ar)

    def uses(self, kind: str, segment: Segment) -> Sequence[Use]:  # noqa: ARG002 - all texts count alike
        """One call of the chat, and one of the bot (core.telegram.org/bots/faq, limits).

        A read is a copy in the desk chat and its deletion.
        """
        bot = Use(key=self._bot_key, limits=(Limit(count=self._per_second, per=A_SECOND),), kind=kind)
        if kind == "read":
            return (Use(key=f"telegram:chat:{self._desk}", limits=(PROBES,), kind=kind), bot, bot)
        chat = (Limit(count=1, per=A_SECOND), Limit(count=self._per_minute, per=timedelta(minutes=1)))
        return (Use(key=f"telegram:chat:{self._chat}", limits=chat, kind=kind), bot)

    def retract(self, receipt: Receipt, begin: Callable[[], None]) -> None:
        """Delete a message; one that is gone is no error. Raises ChannelError, also where it is older than 48 hours."""
        begin()
        with _no_error("message to delete not found"):
            chat = int(receipt.place) if receipt.place else self._chat
            self._call(self._bot.delete_message(chat, int(receipt.remote_id)), out_in=chat)

    def amend(self, receipt: Receipt, old: Segment, segment: Segment, begin: Callable[[], None]) -> None:
        """Put a message into new words; one that reads so already is no error. Raises ChannelError."""
        begin()
        chat = int(receipt.place) if receipt.place else self._chat
        where, way = {"chat_id": chat, "message_id": int(receipt.remote_id)}, first_way(old, segment)
        with _no_error("message is not modified"):
            for way_left in (2, 1, 0):
                try:
                    self._call(edit(self._bot, way, where, segment), out_in=chat)
                    break
                except Rejected as refused:
                    if not way_left:
                        raise
                    way = next_way(way, segment, refused)

    def look(self, doubt: Doubt, hold: Hold) -> Receipt | None:
        """Forward what stands after the last known id to the desk chat, message by message, and compare it.

        A bot cannot read a channel's history. "message to forward not found" says that an id has no message; ids have
        gaps, so ten such answers in a row say that there is none. Raises CannotTell, ChannelError.
        """
        if not self._desk:
            raise CannotTell(NO_DESK.en, NO_DESK.ar)
        here = self._here()
        if not counts_alone(int(here)):
            raise CannotTell(SMALL.en, SMALL.ar)
        if not doubt.known or doubt.place not in ("", here):  # the numbers of another chat prove nothing here
            raise CannotTell(
                "It is the first message that nashir sent here, so no id is known to look from: look at the channel.",
                "هذه أول رسالة يرسلها ناشر هنا فلا رقم معروفا يبدأ البحث منه: تحقق من القناة.",
            )
        found = find(int(doubt.known), doubt, partial(hold, self.uses("read", doubt.segment)), self._forwarded)
        return Receipt(remote_id=str(found[0]), url=address(*found), place=here) if found else None

    def _forwarded(self, number: int) -> Message | None:
        """The message of an id, through a copy in the desk chat that is deleted at once; None where there is none."""
        try:
            copy = self._call(
                self._bot.forward_message(self._desk, self._chat, number, disable_notification=True), to_desk=True
            )
        except Rejected as refused:
            said = refused.say.en.lower()
            if "message to forward not found" in said or "message not found" in said:
                return None
            raise CannotTell(
                f"Telegram does not forward from this channel: {refused.say.en} Look at it yourself.",
                f"لا يعيد تلغرام التوجيه من هذه القناة: {refused.say.ar} تحقق منها بنفسك.",
            ) from None
        with contextlib.suppress(ChannelError):
            self._call(self._bot.delete_message(self._desk, copy.message_id))
        return copy

    def close(self) -> None:
        """Give back connections."""
        if not self._loop.is_closed():
            self._loop.run_until_complete(self._bot.request.shutdown())
            self._loop.close()

    def _here(self) -> str:
        """The number of the chat, which its name hides; raises ChannelError, and nothing that puts a post in doubt."""
        if isinstance(self._chat, int):
            return str(self._chat)
        if self._number is None:
            try:
                self._number = self._call(self._bot.get_chat(self._chat)).id
            except Unsure:
                raise not_reached("Telegram") from None
        return str(self._number)

    def _call(
        self,
        call: Coroutine[Any, Any, T],
        *,
        more: float = 0,
        to_desk: bool = False,
        out_in: str | int | None = None,
    ) -> T:
        """`out_in`: the call changes a message that is out in this chat."""
        try:  # the library's time-outs hold between two bytes; this one holds for the whole call
            return self._loop.run_until_complete(asyncio.wait_for(call, self._seconds + CONNECTING + more))
        except TimeoutError:
            raise no_answer("Telegram") from None
        except TelegramError as error:
            if isinstance(error, ChatMigrated) and to_desk:
                self._desk = error.new_chat_id
            elif isinstance(error, ChatMigrated):
                self._chat = error.new_chat_id if out_in in (None, self._chat) else self._chat
                if out_in is not None:
                    raise Rejected(MOVED_AWAY.en, MOVED_AWAY.ar) from None
            raise meaning(error, to_desk=to_desk) from None
        except (AttributeError, KeyError, TypeError, ValueError) as error:  # in a good answer, of a form not known
            log.warning("an answer of a form that is not known", error=repr(error))
            raise no_answer("Telegram") from None


@contextlib.contextmanager
def _no_error(words: str) -> Iterator[None]:
    """A refusal in these words says that all is as it should be."""
    try:
        yield
    except Rejected as refused:
        if words not in refused.say.en.lower():
            raise


def _chat(name: str) -> str | int:
    return int(name) if name.lstrip("-").isdigit() else name
