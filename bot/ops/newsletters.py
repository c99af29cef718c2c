"""Whether newsletters can go out: the mail server, the key that signs, editions that rest."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.domain.errors import BotError
from bot.domain.say import Say
from bot.ops.doctor import Finding, bad, doubt, well

ABOUT = "newsletters"


@dataclass(frozen=True, kw_only=True)
class NewsletterCheck:
    """Opens connections to the mail server and the mailbox of bounces and ends them; no mail is sent or read."""

    names: Sequence[str]  # of the newsletters
    server: str  # host and port, as people write them
    open_and_leave: Callable[[], None]  # raises ChannelError
    in_clear: bool  # user and password go to it unencrypted
    look_at_returns: Callable[[], None] | None  # opens the mailbox of bounces, where there is one; raises ChannelError
    signing_key: Callable[[], str]  # PEM, or nothing; raises ConfigError
    resting: Sequence[tuple[str, Say]]  # editions that stopped by themselves, and why

    def look(self) -> Iterator[Finding]:
        """What is wrong; nothing where there is no newsletter. Raises nothing."""
        if not self.names:
            return
        yield from self._server()
        yield from self._key()
        yield from self._returns()
        for edition, why in self.resting:
            yield bad(ABOUT, f"Edition {edition} rests: {why.en}", f"العدد {edition} متوقف: {why.ar}")

    def _server(self) -> Iterator[Finding]:
        try:
            self.open_and_leave()
        except BotError as error:
            yield bad(ABOUT, f"{self.server}: {error.say.en}", f"{self.server}: {error.say.ar}")
        else:
            yield well(ABOUT, f"{self.server} takes mail.", f"خادم البريد {self.server} يستقبل.")
        if self.in_clear:
            yield doubt(
                ABOUT,
                f"The password for {self.server} goes there unencrypted: set `tls` in [mail].",
                f"كلمة سر {self.server} ترسل بلا تشفير: اضبط `tls` في [mail].",
            )

    def _returns(self) -> Iterator[Finding]:
        if self.look_at_returns is None:
            return
        try:
            self.look_at_returns()
        except BotError as error:
            yield bad(ABOUT, error.say.en, error.say.ar)

    def _key(self) -> Iterator[Finding]:
        try:
            if self.signing_key():
                return
        except BotError as error:
            yield bad(ABOUT, error.say.en, error.say.ar)
            return
        yield doubt(
            ABOUT,
            "Mails are not signed by DKIM; large providers refuse such mail. See `nashir email dns`.",
            "الرسائل بلا توقيع DKIM وكبار المزودين يرفضونها. انظر `nashir email dns`.",
        )
