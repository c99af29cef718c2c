"""A message that says of itself that it is a test: what «send a test» puts out."""

from datetime import datetime

from bot.domain.channel import Channel
from bot.domain.post import Segment
from bot.formats.x import LIMIT
from bot.text import bidi
from bot.text.marks import ALM, RLM
from bot.text.measure import telegram_length, x_length


def trial(channel: Channel, newsroom: str, at: datetime) -> Segment:
    """One segment for the channel's service; the time in it keeps two of them apart, for X refuses the same text."""
    name = newsroom.replace("&", "").replace("<", "").replace(">", "")[:60]
    text = f"اختبار من مكتب النشر في {name}، لا خبر فيه.\n{at:%Y-%m-%d %H:%M:%S}"
    if channel.service == "x":
        mended = bidi.mend(text, ALM)
        return Segment(text=mended, length=x_length(mended), limit=LIMIT)
    if channel.service == "telegram":
        mended = bidi.mend_html(text)
        return Segment(text=mended, parse_mode="HTML", length=telegram_length(mended), limit=4096)
    mended = bidi.mend(text, RLM)
    html = "".join(f'<p dir="rtl">{line}</p>' for line in bidi.mend_html(text, told=True).split("\n"))
    key = f"{channel.name}/trial/{at:%Y%m%dT%H%M%S%f}"
    return Segment(text=mended, subject=f"اختبار من مكتب النشر في {name}", html=html, key=key)
