"""Looking a message up on Telegram, where a bot cannot read a chat's history: id by id, each through a copy."""

from collections.abc import Callable
from datetime import timedelta

from telegram import Message

from bot.channels.likeness import alike, plain
from bot.domain.errors import CannotTell
from bot.domain.lane import Doubt
from bot.domain.limits import Limit
from bot.domain.say import Say

GAP = 10  # ids in a row without a message that prove that none came
MOST_PROBES = 40  # ids that one look asks for
# of the desk chat: one a second in the mean (core.telegram.org/bots/faq), with a margin, and a whole look at once
PROBES = Limit(count=MOST_PROBES, per=timedelta(seconds=1.1 * MOST_PROBES))

SMALL = Say(
    "Messages of a basic group or a private chat cannot be looked for: make the group a supergroup.",
    "لا يمكن البحث عن رسالة في مجموعة صغيرة أو محادثة خاصة: حوّل المجموعة إلى مجموعة كبيرة.",
)
NOT_COMPARED = Say(
    "A rich message stands there, which cannot be compared: look at the channel.",
    "في القناة رسالة غنية لا يمكن مقارنتها: تحقق منها.",
)


def find(
    known: int, doubt: Doubt, hold: Callable[[], None], forwarded: Callable[[int], Message | None]
) -> tuple[int, Message] | None:
    """The id of a segment's message and a copy of it, or None where it is not there; raises CannotTell.

    It begins after the id `known`. `forwarded`: a copy of the message of an id, None where there is none. Ids have
    gaps, so ten without a message in a row say that none came, where no newer one is known. What `hold`, called before
    each copy, raises goes through.
    """
    number, probes, missing = known, 0, 0
    newest = max((int(other) for other in doubt.others if other.isdigit()), default=0)
    while probes < MOST_PROBES:
        number += 1
        if str(number) in doubt.others:
            missing = 0
            continue
        probes += 1
        hold()
        message = forwarded(number)
        if message is None:
            missing += 1
            if missing >= GAP and number > newest:  # before a message that is there, a gap is no end
                return None
            continue
        missing = 0
        text = message.text or message.caption
        if text is None and doubt.segment.rich:
            raise CannotTell(NOT_COMPARED.en, NOT_COMPARED.ar)
        ours = doubt.segment.text if doubt.segment.parse_mode is None else plain(doubt.segment.text)
        if text is not None and alike(ours, text):
            return number, message
    raise CannotTell(
        "Too many other messages came after it: look at the channel.", "جاءت بعدها رسائل كثيرة: تحقق من القناة."
    )


def counts_alone(chat: int) -> bool:
    """Whether a chat numbers its messages by itself: channels and supergroups do.

    Of basic groups and private chats one count holds for all of an account's (core.telegram.org/api/updates), so that
    a gap proves nothing.
    """
    return str(chat).startswith("-100")


def address(number: int, copy: Message) -> str:
    """The address of the message that a copy comes from (core.telegram.org/api/links#message-links)."""
    chat = getattr(copy.forward_origin, "chat", None)
    if chat is None:
        return ""
    place = chat.username or f"c/{str(chat.id).removeprefix('-100')}"
    return f"https://t.me/{place}/{number}"
