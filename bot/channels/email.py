"""E-mail to one address, through smtplib."""

import base64
import hashlib
import re
import smtplib
import ssl
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Literal

from bot.channels.http import no_answer
from bot.domain.channel import Account, Receipt
from bot.domain.errors import ChannelDown, ChannelError, Rejected, RetryLater
from bot.domain.limits import Limit, Use
from bot.domain.post import Segment
from bot.domain.say import Say
from bot.mail.headers import encoded, mailbox

_DOT = re.compile(rb"^\.", re.MULTILINE)

NO_LOOKING = Say(
    "A mail whose answer was lost cannot be looked for: such a one is left to you.",
    "لا يمكن البحث عن بريد ضاع جواب خادمه: يُترك أمره لك.",
)

NOT_ENCRYPTED = Say(
    'The connection to the mail server is not encrypted; write tls = "starttls" or "implicit".',
    'الاتصال بخادم البريد غير مشفر؛ اكتب tls = "starttls" أو "implicit".',
)

Clock = Callable[[], datetime]


class EmailChannel:
    """One address, which may be the alias of a list."""

    def __init__(
        self,
        *,
        sender: str,
        to: str,
        host: str,
        port: int,
        tls: Literal["none", "starttls", "implicit"],
        user: str,
        password: str,
        timeout: timedelta,
        clock: Clock,
        per_minute: int = 60,
    ) -> None:
        self._per_minute = per_minute
        self._sender, self._to, self._clock = sender, to, clock
        self._host, self._port, self._tls = host, port, tls
        self._user, self._password, self._timeout = user, password, timeout.total_seconds()

    def check(self) -> Account:
        """Connect and sign in, and send nothing; raises ChannelError."""
        try:
            with self._connect():
                pass
        except (smtplib.SMTPException, OSError) as error:
            raise self._before(error) from None
        hint = NO_LOOKING
        if self._tls == "none" and self._host not in ("localhost", "127.0.0.1", "::1"):
            hint = Say(f"{NOT_ENCRYPTED.en} {hint.en}", f"{NOT_ENCRYPTED.ar} {hint.ar}")
        return Account(name=f"{self._sender} → {self._to} ({self._host}:{self._port})", hint=hint)

    # the port gives a parent; a mail has none
    def send(self, segment: Segment, parent: Receipt | None, begin: Callable[[], None]) -> Receipt:  # noqa: ARG002 - told above
        """One mail; it may be out from SMTP's final dot on (RFC 5321, 4.1.1.4). Raises ChannelError."""
        message_id, message = self._message(segment)
        body = _DOT.sub(b"..", message)
        try:
            server = self._connect()
        except (smtplib.SMTPException, OSError) as error:
            raise self._before(error) from None
        try:
            self._envelope(server)
            server.send(body if body.endswith(b"\r\n") else body + b"\r\n")
        except (smtplib.SMTPException, OSError) as error:
            server.close()
            raise self._before(error, reached=True) from None
        begin()
        try:
            server.send(b".\r\n")
            code, said = server.getreply()
        except (smtplib.SMTPException, OSError):
            server.close()
            raise no_answer(self._host) from None
        self._leave(server)
        if code // 100 == 2:
            return Receipt(remote_id=message_id)
        if code // 100 not in (4, 5):  # no answer that SMTP knows
            raise no_answer(self._host)
        raise _refusal(code, said, Rejected)

    def uses(self, kind: str, segment: Segment) -> Sequence[Use]:  # noqa: ARG002 - all mails count alike
        """One mail to the domain of the recipient."""
        domain = parseaddr(self._to)[1].rpartition("@")[2].lower()
        return (Use(key=f"smtp:{domain}", limits=(Limit(count=self._per_minute, per=timedelta(minutes=1)),)),)

    def close(self) -> None:
        """Nothing is kept open."""

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._tls == "implicit":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout, context=context)
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=self._timeout)
        try:
            if self._tls == "starttls":
                server.starttls(context=context)
            if self._user:
                self._sign_in(server)
        except BaseException:
            server.close()
            raise
        return server

    def _sign_in(self, server: smtplib.SMTP) -> None:
        if self._user.isascii() and self._password.isascii():
            server.login(self._user, self._password)
            return
        # smtplib writes ASCII only; AUTH PLAIN takes UTF-8 (RFC 4616)
        server.ehlo_or_helo_if_needed()
        if "PLAIN" not in server.esmtp_features.get("auth", "").upper().split():
            raise ChannelDown(
                f"{self._host} takes a user and a password of ASCII letters only, for it does not offer AUTH PLAIN.",
                f"لا يقبل {self._host} اسم مستخدم أو كلمة سر بغير حروف ASCII لأنه لا يوفر AUTH PLAIN.",
            )
        code, said = server.docmd("AUTH", "PLAIN " + _base64(f"\0{self._user}\0{self._password}"))
        if code not in (235, 503):  # 503: it has signed in already
            raise smtplib.SMTPAuthenticationError(code, said)

    def _envelope(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        code, said = server.mail(parseaddr(self._sender)[1])
        if code == 250:
            code, said = server.rcpt(parseaddr(self._to)[1])
        if code in (250, 251):
            code, said = server.docmd("DATA")
        if code != 354:
            raise smtplib.SMTPResponseException(code, said)

    @staticmethod
    def _leave(server: smtplib.SMTP) -> None:
        try:
            server.quit()
        except (smtplib.SMTPException, OSError):
            server.close()  # the answer to the mail is in; how the server says good-bye changes nothing

    def _before(self, error: Exception, *, reached: bool = False) -> ChannelError:
        """What a failure before the final dot means: the mail is surely not out."""
        if isinstance(error, smtplib.SMTPAuthenticationError):
            return ChannelDown(
                f"{self._host} does not accept this user and password.",
                f"لا يقبل {self._host} اسم المستخدم وكلمة السر.",
            )
        if isinstance(error, smtplib.SMTPNotSupportedError):
            return ChannelDown(
                f"{self._host} does not offer what `tls` and `user` ask for.",
                f"لا يوفر {self._host} ما يطلبه `tls` و`user`.",
            )
        if isinstance(error, smtplib.SMTPResponseException):
            return _refusal(error.smtp_code, error.smtp_error, ChannelDown)
        if isinstance(error, ssl.SSLError):
            return ChannelDown(
                f"The certificate of {self._host} is not valid, or it speaks no TLS on port {self._port}.",
                f"شهادة {self._host} غير صالحة، أو أن المنفذ {self._port} لا يستعمل TLS.",
            )
        return RetryLater(
            f"{self._host}:{self._port} cannot be reached; it is tried again.",
            f"تعذر الوصول إلى {self._host}:{self._port}؛ تعاد المحاولة.",
            reached=reached,
        )

    def _message(self, segment: Segment) -> tuple[str, bytes]:
        """Message-ID and bytes. The id is fixed by the segment's key: a mail sent twice is known as one."""
        address = parseaddr(self._sender)[1]
        digest = hashlib.sha256(f"{segment.key}\0{address}\0{self._to}".encode()).hexdigest()[:32]
        message_id = f"<{digest}@{address.rpartition('@')[2]}>"
        headers = {
            "From": mailbox(self._sender, "From"),
            "To": self._to,
            "Subject": encoded(segment.subject or "", "Subject"),
            "Date": format_datetime(self._clock().astimezone(UTC)),
            "Message-ID": message_id,
            "Auto-Submitted": "auto-generated",
        }
        body = EmailMessage(policy=SMTP)
        body.set_content(segment.text, cte="base64")
        if segment.html:
            body.add_alternative(segment.html, subtype="html", cte="base64")
        head = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
        return message_id, head.encode() + body.as_bytes()


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _refusal(code: int, said: bytes | str, final: type[ChannelError]) -> ChannelError:
    """SMTP's answer by its class: 4xx try again, 5xx final (RFC 5321, 4.2.1)."""
    words = (said.decode("utf-8", "replace") if isinstance(said, bytes) else said).strip()
    if code // 100 == 4:
        return RetryLater(
            f"The mail server asks to try later: {code} {words}.", f"يطلب خادم البريد المحاولة لاحقا: {code} {words}."
        )
    return final(f"The mail server refuses: {code} {words}.", f"رفض خادم البريد: {code} {words}.")
