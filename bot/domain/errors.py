"""Every failure that an editor may have to act on; each carries the sentence that tells how."""

from datetime import datetime, timedelta

from bot.domain.say import Say


class BotError(Exception):
    """Something went wrong in a way that a person can understand."""

    def __init__(self, en: str, ar: str) -> None:
        super().__init__(en)
        self.say = Say(en, ar)


class ConfigError(BotError):
    """A file in config/ or a variable of the environment is wrong; the sentence names file, line and key."""


class SourceError(BotError):
    """A source could not be read; what it gave before stays."""

    def __init__(self, en: str, ar: str, *, after: timedelta | None = None, gone: bool = False) -> None:
        super().__init__(en, ar)
        self.after = after  # as long as the server asks to be left alone
        self.gone = gone  # the server says that it is gone for good (410)


class FormatError(BotError):
    """An article cannot be put into a form that its service accepts."""


class NotFound(BotError):
    """What was asked for by name or id does not exist."""


class Mistyped(BotError):
    """A command was written with a value that it does not know."""


class Refused(BotError):
    """The request is clear but must not be carried out now."""


class LeaseLost(BotError):
    """Another process took over; the loser writes nothing and starts no call."""


class NotNow(BotError):
    """Nothing is wrong, but this call must wait."""

    def __init__(self, en: str, ar: str, *, until: datetime | None = None, spent: bool = False) -> None:
        super().__init__(en, ar)
        self.until = until  # None: until a person lets it go on
        self.spent = spent  # the month's budget is used up


class ChannelError(BotError):
    """A service did not take a segment."""


class RetryLater(ChannelError):
    """The segment is certainly not out; the same call may be made again after a time."""

    def __init__(
        self, en: str, ar: str, *, after: timedelta | None = None, reached: bool = True, counts: bool | None = None
    ) -> None:
        super().__init__(en, ar)
        self.after = after  # how long to wait, where that is known
        self.reached = reached  # False: the service never saw it, so the fault is not this segment's
        # as a failed attempt, of which there is an end; a wait that the service asks for is none
        self.counts = reached and (after is None if counts is None else counts)


class Rejected(ChannelError):
    """The service refused this very text; sending it again changes nothing."""


class ChannelDown(ChannelError):
    """The account or its rights are broken; nothing can go out here until a person mends it, or a date has come."""

    def __init__(self, en: str, ar: str, *, after: timedelta | None = None) -> None:
        super().__init__(en, ar)
        self.after = after  # as long as the service says that it lasts


class Unsure(ChannelError):
    """The segment may be out; a machine must not send it again before it knows."""

    def __init__(self, en: str, ar: str, *, seen: bool = False) -> None:
        super().__init__(en, ar)
        self.seen = seen  # the service says that such a text is there: that none is found then proves nothing


class ThreadEnds(ChannelError):
    """The service refuses the reply and no other; what is out of the thread stands by itself."""


class CannotTell(ChannelError):
    """No look-up can say whether the segment is out; a person has to look."""
