"""What the API takes and gives, as its OpenAPI page shows it."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from bot.config.values import wanted
from bot.domain.article import Article
from bot.domain.channel import Channel
from bot.domain.delivery import Delivery, SegmentState, State
from bot.domain.post import Service
from bot.domain.say import Say


def _clean(text: str) -> str:
    """No database keeps a NUL."""
    return text.replace("\0", "")


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise wanted("a moment of our time", "لحظة من زماننا") from None


Short = Annotated[str, Field(max_length=2000), AfterValidator(_clean)]
Long = Annotated[str, Field(max_length=1_000_000), AfterValidator(_clean)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
Names = Annotated[list[Annotated[str, Field(max_length=60)]], Field(min_length=1, max_length=50)]


class Given(BaseModel):
    """What a caller sends: a key that is not known is an error."""

    model_config = ConfigDict(extra="forbid")


class ArticleIn(Given):
    """An article; one with the same `guid` (else `url`) is a new version of it. `body` is HTML or plain paragraphs."""

    title: Short = ""
    body: Long = ""
    url: Short = ""
    guid: Short = ""
    tags: Annotated[list[Short], Field(max_length=100)] = []
    section: Short = ""
    author: Short = ""
    image: Short = ""
    published_at: Moment | None = None
    embargoed_until: Moment | None = None
    urgent: bool = False
    withdrawn: bool = False


class WordPressPost(BaseModel):
    """A post as WordPress's REST API v2 shows it; others (`_embedded`, `tags`, `date_gmt` …) are read where known."""

    model_config = ConfigDict(extra="allow")

    id: Annotated[int, Field(ge=1, le=2**53)]
    title: dict[str, object] | str = ""
    content: dict[str, object] | str = ""
    link: str = ""
    status: str = "publish"


class Saying(BaseModel):
    """A sentence in both languages."""

    message: str
    message_ar: str

    @classmethod
    def of(cls, say: Say) -> "Saying":
        """As the house says it."""
        return cls(message=say.en, message_ar=say.ar)


class ArticleOut(BaseModel):
    """An article that is known."""

    id: str
    source: str
    guid: str
    version: int
    title: str
    body: str
    url: str
    tags: list[str]
    section: str
    author: str
    image: str
    published_at: datetime | None
    embargoed_until: datetime | None
    urgent: bool
    withdrawn: bool

    @classmethod
    def of(cls, article: Article) -> "ArticleOut":
        """Its newest version."""
        return cls.model_validate({key: getattr(article, key) for key in cls.model_fields} | {"tags": [*article.tags]})


class BroughtOut(BaseModel):
    """What became of an article: `sighted` and `known` made nothing new."""

    outcome: Literal["new", "changed", "sighted", "known"]
    article: ArticleOut
    notes: list[Saying]


class SegmentOut(BaseModel):
    """One message of a post, exactly as it goes out."""

    n: int
    text: str
    parse_mode: str | None
    subject: str | None
    length: int | None
    limit: int | None
    state: SegmentState
    remote_id: str | None
    url: str | None


class PostOut(BaseModel):
    """One post on its way to one channel."""

    id: int
    channel: str
    service: Service
    state: State
    preview: bool
    article: str
    version: int
    occasion: str
    edition: int
    title: str
    section: str
    urgent: bool
    due_at: datetime
    expires_at: datetime | None
    slot: str | None
    created_at: datetime
    updated_at: datetime
    approved_by: str
    edited_by: str
    attempts: int
    not_before: datetime | None
    reason: Saying
    note: Saying | None
    hashtags: list[str]
    segments: list[SegmentOut]

    @classmethod
    def of(cls, delivery: Delivery, waits: Say | None = None) -> "PostOut":
        """A delivery with its segments; `waits`: why it does not go although its time has come."""
        own = {key: getattr(delivery, key, None) for key in cls.model_fields}
        segments = [
            SegmentOut(
                n=row.n,
                text=(segment := delivery.post.segments[row.n]).text,
                parse_mode=segment.parse_mode,
                subject=segment.subject,
                length=segment.length,
                limit=segment.limit,
                state=row.state,
                remote_id=row.receipt.remote_id if row.receipt else None,
                url=row.receipt.url if row.receipt else None,
            )
            for row in delivery.segments
        ]
        more = {
            "article": delivery.article_id,
            "reason": Saying.of(delivery.reason),
            "note": Saying.of(note) if (note := waits or delivery.note) else None,
            "hashtags": [*delivery.post.hashtags],
            "segments": segments,
        }
        return cls.model_validate(own | more)


class PostPage(BaseModel):
    """Posts, the newest first; `next` is the `cursor` of the page after this one."""

    posts: list[PostOut]
    next: int | None


class Publish(Given):
    """What to publish now and where: exactly one of `article` (an id), `url` and `text`."""

    article: Annotated[str, Field(pattern="^[0-9a-f]{10}$")] | None = None
    url: Short | None = None
    text: ArticleIn | None = None
    channels: Names
    again: bool = False
    urgent: bool = False


class Published(BaseModel):
    """One channel's part: the post's number, or why there is none."""

    channel: str
    id: int | None = None
    refused: Saying | None = None


class PublishedOut(BaseModel):
    """What became of it on each channel."""

    article: str
    posts: list[Published]


class Simple(Given):
    """An action that needs no more than its name."""

    action: Literal["hold", "release", "send_now", "cancel", "retry", "not_sent", "retract", "enough"]


class SaidOut(Given):
    """You looked, and it is there: its number or address."""

    action: Literal["said_out"]
    remote_id: Short = ""


class Edit(Given):
    """Other words, one text for each segment, for the edition that you saw."""

    action: Literal["edit"]
    edition: Annotated[int, Field(ge=1, le=2**31 - 1)]
    texts: Annotated[list[Annotated[str, Field(max_length=100_000)]], Field(min_length=1, max_length=25)]
    subject: Short | None = None


class Schedule(Given):
    """Another time, for the edition that you saw."""

    action: Literal["schedule"]
    edition: Annotated[int, Field(ge=1, le=2**31 - 1)]
    at: Moment


class Urgent(Given):
    """Whether it goes as breaking news, for the edition that you saw."""

    action: Literal["urgent"]
    edition: Annotated[int, Field(ge=1, le=2**31 - 1)]
    on: bool


Action = Annotated[Simple | SaidOut | Edit | Schedule | Urgent, Field(discriminator="action")]


class ChannelOut(BaseModel):
    """One account on one service."""

    name: str
    service: Service
    live: bool
    account: str
    approval: Literal["none", "editor", "chief"]
    paused: Saying | None
    down: Saying | None

    @classmethod
    def of(cls, channel: Channel, paused: Say | None, down: Say | None) -> "ChannelOut":
        """A channel and how it stands."""
        own = {key: getattr(channel, key) for key in ("name", "service", "live", "account", "approval")}
        why = {"paused": Saying.of(paused) if paused else None, "down": Saying.of(down) if down else None}
        return cls.model_validate(own | why)


class ChannelsOut(BaseModel):
    """Every channel; `stopped` where all sending is stopped."""

    channels: list[ChannelOut]
    stopped: Saying | None


class Done(BaseModel):
    """Whether anything had to change."""

    changed: bool


class Health(BaseModel):
    """Whether nashir can do its work."""

    ready: bool
    faults: list[str]
