"""The mailbox to which mails come back, over IMAP; what was taken in is marked as read."""

import imaplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from bot.domain.errors import ChannelDown, RetryLater

AT_ONCE = 200  # mails of one look


@dataclass(frozen=True, kw_only=True)
class Mailbox:
    """One folder of one account."""

    host: str
    port: int
    tls: Literal["none", "starttls", "implicit"]
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    timeout: float = 30.0
    cafile: str = ""

    def greet(self) -> None:
        """Sign in, open the folder and leave; raises ChannelDown, RetryLater."""
        self.look(lambda _: None, most=0)

    def look(self, take: Callable[[bytes], object], *, most: int = AT_ONCE) -> int:
        """Give each unread mail to `take`, and mark it as read after; how many. Raises ChannelDown, RetryLater."""
        if not f"{self.user}{self.password}{self.folder}".isascii():  # RFC 3501 takes no other letters as they are
            raise ChannelDown(
                "User, password and folder of the mailbox of bounces have to be in Latin letters, digits and signs.",
                "لا بد أن يكون اسم المستخدم وكلمة السر والمجلد في صندوق الارتداد بحروف لاتينية وأرقام ورموز.",
            )
        try:
            with self._open() as server:
                return self._each(server, take, most)
        except imaplib.IMAP4.abort:  # the connection broke, which is no refusal
            raise RetryLater(
                f"The mailbox of bounces at {self.host} broke the connection off; it is tried again.",
                f"قطع صندوق الارتداد في {self.host} الاتصال؛ تعاد المحاولة.",
                reached=False,
            ) from None
        except imaplib.IMAP4.error as error:
            raise ChannelDown(
                f"The mailbox of bounces at {self.host} refuses: {error}.",
                f"رفض صندوق الارتداد في {self.host}: {error}.",
            ) from None
        except OSError as error:
            raise RetryLater(
                f"The mailbox of bounces at {self.host}:{self.port} cannot be reached: {type(error).__name__}.",
                f"تعذر الوصول إلى صندوق الارتداد في {self.host}:{self.port}: {type(error).__name__}.",
                reached=False,
            ) from None

    def _open(self) -> imaplib.IMAP4:
        context = ssl.create_default_context(cafile=self.cafile or None)
        if self.tls == "implicit":
            server: imaplib.IMAP4 = imaplib.IMAP4_SSL(self.host, self.port, ssl_context=context, timeout=self.timeout)
        else:
            server = imaplib.IMAP4(self.host, self.port, timeout=self.timeout)
        if self.tls == "starttls":
            server.starttls(context)
        server.login(self.user, self.password)
        return server

    def _each(self, server: imaplib.IMAP4, take: Callable[[bytes], object], most: int) -> int:
        status, _ = server.select(f'"{self.folder}"')
        if status != "OK":
            raise imaplib.IMAP4.error(f"there is no folder {self.folder}")
        _, found = server.uid("SEARCH", "UNSEEN")
        numbers = (found[0] or b"").split()[:most]
        for number in numbers:
            _, parts = server.uid("FETCH", number.decode(), "(BODY.PEEK[])")
            raw = next((part[1] for part in parts if isinstance(part, tuple)), None)
            if raw is not None:
                take(raw)
            server.uid("STORE", number.decode(), "+FLAGS", "(\\Seen)")
        return len(numbers)
