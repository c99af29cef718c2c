"""Article (مادة): one item as its source gave it."""

import hashlib
from dataclasses import dataclass, fields
from datetime import datetime

BY_HAND = "by-hand"  # the source of what an editor gives and no source of the settings has
BROUGHT = "api"  # the source of what comes through the API; always there, without a table in the settings
OWN_NAMES = (BY_HAND, BROUGHT)  # that no source of the settings may take


@dataclass(frozen=True, kw_only=True)
class Article:
    """One item of one source; `body` holds paragraphs parted by a blank line."""

    source: str
    guid: str  # identity within the source: its guid, else the canonical URL, else the path of the file
    title: str
    body: str
    url: str = ""  # may be empty: then the article goes out without a link
    tags: tuple[str, ...] = ()
    section: str = ""
    author: str = ""
    image: str = ""  # absolute URL of the lead picture
    published_at: datetime | None = None  # aware; None where the source gives none
    embargoed_until: datetime | None = None  # aware; nothing goes out before
    urgent: bool = False  # its source says that it is breaking news
    withdrawn: bool = False  # its source has taken it back
    pruned: bool = False  # its text was deleted for its age
    version: int = 1

    def __post_init__(self) -> None:
        for key in ("published_at", "embargoed_until"):
            moment = getattr(self, key)
            if moment is not None and moment.tzinfo is None:
                raise ValueError(f"{key} must be aware")

    @property
    def id(self) -> str:
        """Ten hexadecimal digits made from source and guid: the same item has the same id on any machine."""
        return hashlib.sha256(f"{self.source}\0{self.guid}".encode()).hexdigest()[:10]

    @property
    def digest(self) -> str:
        """Changes whenever anything that a reader could see changes."""
        seen = [getattr(self, f.name) for f in fields(self) if f.name not in _UNSEEN]
        return hashlib.sha256(repr(seen).encode("utf-8", "surrogatepass")).hexdigest()


_UNSEEN = {"version", "source", "guid", "published_at", "pruned"}


@dataclass(frozen=True)
class Heading:
    """What a list says of an article's newest version."""

    title: str
    source: str
    version: int
