"""Edits on Telegram: what is out as a text stays a text, what is out under a picture stays there.

The record may differ from what is out: a picture that Telegram could not fetch was left out, one that a correction took
away stays. So the service's own word decides, and what it refuses for the message's form is tried in the other.
"""

from collections.abc import Coroutine
from typing import Any, Literal

import structlog
from telegram import Bot, InputMediaPhoto, LinkPreviewOptions

from bot.channels.likeness import plain
from bot.channels.meaning.telegram import PictureRefused
from bot.domain.errors import Rejected
from bot.domain.post import Segment
from bot.text.measure import utf16_length

log = structlog.stdlib.get_logger(__name__)

Way = Literal["rich", "text", "caption", "media"]

CAPTION_LIMIT = 1024  # UTF-16 units after entities are parsed (core.telegram.org/bots/api#editmessagecaption)


def first_way(old: Segment, new: Segment) -> Way:
    """How an edit is tried, going by the record."""
    if new.rich:
        return "rich"
    if not old.photo or (not new.photo and _too_long(new)):
        return "text"
    return "media" if new.photo and new.photo != old.photo else "caption"


def next_way(way: Way, new: Segment, refused: Rejected) -> Way:
    """How it is tried again, where the message is of another form; raises Rejected where there is no other way."""
    said = refused.say.en.lower()
    if way == "media" and isinstance(refused, PictureRefused):  # what was wrong is mended, under the old picture
        log.warning("corrected without its picture", segment=new.key, photo=new.photo, reason=refused.say.en)
        return "caption"
    if way in ("caption", "media") and ("no caption in the message" in said or "no media in the message" in said):
        return "text"
    if "no text in the message" not in said:
        raise refused
    if way == "rich":
        raise Rejected(
            "It is out as a picture with a caption, which cannot become a rich message: take it back with "
            "`nashir retract`, and publish it anew.",
            "خرجت صورة تحتها نص ولا تصير رسالة غنية: اسحبها بالأمر `nashir retract` ثم انشرها من جديد.",
        )
    if _too_long(new):
        raise Rejected(
            f"It is out under a picture, where at most {CAPTION_LIMIT} characters stand, and the new text is longer: "
            "shorten it and correct again, or take it back with `nashir retract` and publish it anew.",
            f"خرجت تحت صورة ولا يسع ما تحتها أكثر من {CAPTION_LIMIT} حرفا، والنص الجديد أطول: اختصره وصحح من جديد، "
            "أو اسحبها بالأمر `nashir retract` ثم انشرها من جديد.",
        )
    return "media" if new.photo else "caption"


def edit(bot: Bot, way: Way, where: dict[str, Any], segment: Segment) -> Coroutine[Any, Any, Any]:
    """The call; `where`: chat_id and message_id."""
    if way == "rich":
        rich = where | {"rich_message": {"html": segment.text, "is_rtl": True}}
        return bot.do_api_request("editMessageText", api_kwargs=rich)
    mode = segment.parse_mode
    if way == "media":
        return bot.edit_message_media(InputMediaPhoto(segment.photo or "", segment.text, parse_mode=mode), **where)
    if way == "caption":
        return bot.edit_message_caption(caption=segment.text, parse_mode=mode, **where)
    return bot.edit_message_text(segment.text, parse_mode=mode, link_preview_options=card(segment), **where)


def card(segment: Segment) -> LinkPreviewOptions:
    """The card under a message."""
    if not segment.preview_url:
        return LinkPreviewOptions(is_disabled=True)
    above = segment.preview_url not in segment.text  # the picture's card, not that of a link that stands there
    return LinkPreviewOptions(url=segment.preview_url, prefer_large_media=True, show_above_text=above)


def _too_long(segment: Segment) -> bool:
    return utf16_length(plain(segment.text) if segment.parse_mode else segment.text) > CAPTION_LIMIT
