"""Post (منشور) and Segment (مقطع): what one channel carries for one article."""

from dataclasses import dataclass
from typing import Literal

Service = Literal["telegram", "x", "email"]
SERVICES: tuple[Service, ...] = ("x", "telegram", "email")


@dataclass(frozen=True, kw_only=True)
class Segment:
    """One message of a post, ready to go out as it stands."""

    text: str
    parse_mode: str | None = None  # "HTML" on Telegram
    length: int | None = None  # as the service counts; None where it has no limit
    limit: int | None = None
    preview_url: str | None = None  # Telegram: the address whose card is shown
    photo: str | None = None  # Telegram: the picture under which the text stands as its caption
    rich: bool = False  # Telegram: a rich message, told to run from the right
    subject: str | None = None  # e-mail
    html: str | None = None  # e-mail: the HTML part beside `text`
    key: str = ""  # fixed name of this sending, from which the Message-ID is made; set when the delivery is made


@dataclass(frozen=True, kw_only=True)
class Post:
    """All segments of one article for one service, in order."""

    service: Service
    segments: tuple[Segment, ...]
    hashtags: tuple[str, ...] = ()  # with their #
    title: str = ""
    words: str = ""  # e-mail: the paragraphs that an editor wrote, of which both parts were made
