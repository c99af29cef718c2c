"""What went wrong with an HTTP call that may have published: sent or not sent."""

import requests

from bot.domain.errors import ChannelError, RetryLater, Unsure
from bot.net.connections import never_sent


def transport_error(service: str, error: requests.RequestException) -> ChannelError:
    """RetryLater where the request surely did not leave, else Unsure."""
    if isinstance(error, requests.ConnectTimeout) or never_sent(error):
        return not_reached(service)
    return no_answer(service)


def not_reached(service: str) -> RetryLater:
    """The connection was never made."""
    return RetryLater(
        f"{service} cannot be reached; it is tried again.",
        f"تعذر الوصول إلى {_arabic(service)}؛ تعاد المحاولة.",
        reached=False,
    )


def no_answer(service: str) -> Unsure:
    """The request left and no usable answer came."""
    return Unsure(
        f"The connection to {service} broke after the text was handed over; it may be out. Look at the channel.",
        f"انقطع الاتصال بعد تسليم النص إلى {_arabic(service)}؛ قد يكون ظاهرا. تحقق من القناة.",
    )


def unreadable(service: str) -> RetryLater:
    """A question that publishes nothing got no answer that says anything."""
    return RetryLater(
        f"{service} gives no answer that can be read; it is asked again later.",
        f"لم يأت من {_arabic(service)} جواب مفهوم؛ يُسأل من جديد لاحقا.",
    )


def _arabic(service: str) -> str:
    return {"Telegram": "تلغرام", "X": "إكس"}.get(service, service)
