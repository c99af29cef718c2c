"""An SMTP server that keeps what it accepts and fails at the stage it is told to."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
import tempfile
import time
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal, Self, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers import RESET_ON_CLOSE, Faults, JsonObject, Keeper, Kind, certificate

Stage = Literal["connect", "mail", "rcpt", "data", "end"]


@dataclass(frozen=True)
class KeptMail:
    """One accepted envelope."""

    sender: str
    rcpts: list[str]
    raw: bytes
    at: float = field(default_factory=time.time)

    @property
    def message(self) -> EmailMessage:
        """The parsed message."""
        return message_from_bytes(self.raw, policy=policy.default)

    def as_json(self) -> JsonObject:
        """The line that is written to the keep file."""
        message = self.message
        return {
            "sender": self.sender,
            "rcpts": self.rcpts,
            "message_id": message["Message-ID"],
            "subject": message["Subject"],
            "raw": base64.b64encode(self.raw).decode(),
            "at": self.at,
        }


class _Peer(SMTP):
    """One connection; asks the owner's plan at each stage."""

    def __init__(self, owner: SmtpServer, auth_required: bool = False, **options: Any) -> None:
        super().__init__(owner, **options)
        self.owner = owner
        self._auth_required = auth_required

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.socket = transport.get_extra_info("socket")
        super().connection_made(transport)
        self.owner.peers.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.owner.peers.discard(self)
        super().connection_lost(error)

    async def _handle_client(self) -> None:
        reply = await self.scripted("connect")
        if reply is None:
            await super()._handle_client()
            return
        await self.push(reply)
        self._writer.close()

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802  # a name of aiosmtpd
        reply = await self.scripted("mail")
        await (super().smtp_MAIL(arg) if reply is None else self.push(reply))

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802  # a name of aiosmtpd
        reply = await self.scripted("rcpt") or self.owner.refusal(arg or "")
        await (super().smtp_RCPT(arg) if reply is None else self.push(reply))

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802  # a name of aiosmtpd
        reply = await self.scripted("data")
        await (super().smtp_DATA(arg) if reply is None else self.push(reply))

    async def scripted(self, stage: Stage, mail: KeptMail | None = None) -> str | None:
        """Play the fault planned for this stage; None means go on."""
        self.owner.calls.append(stage)
        fault = self.owner.faults.take(stage)
        if fault.kind is Kind.LATE and mail:
            self.loop.call_later(fault.seconds, self.owner.keeper.keep, mail)
        elif mail and (fault.processed or fault.kind is Kind.NONE):
            self.owner.keeper.keep(mail)
        await asyncio.sleep(fault.seconds + (self.owner.delay if mail else 0.0))
        if fault.kind in {Kind.REFUSE_BEFORE, Kind.RESET_AFTER, Kind.HANG_BEFORE}:
            self.drop()
            await asyncio.sleep(3600)
        return f"{fault.code} {fault.body or 'scripted'}" if fault.kind is Kind.STATUS else None

    def drop(self) -> None:
        """Reset the connection."""
        with suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        if self.transport is not None:
            with suppress(AttributeError):  # asyncio's TLS has let go of a peer that is just gone
                cast(asyncio.Transport, self.transport).abort()


class _Controller(Controller):
    def __init__(self, owner: SmtpServer, sock: socket.socket, **options: Any) -> None:
        super().__init__(owner, hostname="127.0.0.1", server_hostname="localhost", **options)
        self.sock = sock

    def factory(self) -> SMTP:
        return _Peer(self.handler, loop=self.loop, **self.SMTP_kwargs)

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self.sock, ssl=self.ssl_context)

    def _trigger_server(self) -> None:
        self._factory_invoker()


class SmtpServer:
    """Keeps every accepted mail; `faults.append(fault, on=stage)` scripts an answer."""

    def __init__(
        self,
        keep_file: Path | str | None = None,
        user: str | None = None,
        password: str | None = None,
        tls: Literal["starttls", "implicit"] | None = None,
        delay: float = 0.0,
        pipelining: bool = False,
        size: int = 33_554_432,
    ) -> None:
        self.faults = Faults()
        self.keeper = Keeper[KeptMail](keep_file, KeptMail.as_json)
        self.refused: dict[str, str] = {}
        self.calls: list[str] = []
        self.peers: set[_Peer] = set()
        self.delay = delay
        self.pipelining, self.size = pipelining, size
        self.host, self.port = "127.0.0.1", 0
        self._login = (user, password) if user is not None else None
        self._tls = tls
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.cafile: Path | None = None
        self._controller: _Controller | None = None

    @property
    def kept(self) -> list[KeptMail]:
        """Everything accepted so far, oldest first."""
        return self.keeper.records

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port

    def refusal(self, argument: str) -> str | None:
        """The standing answer to a recipient in `refused`."""
        return next((reply for rcpt, reply in self.refused.items() if f"<{rcpt}>" in argument), None)

    # a name of aiosmtpd
    async def handle_EHLO(  # noqa: N802  # a name of aiosmtpd
        self, server: _Peer, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Offer what this server is told to offer."""
        session.host_name = hostname
        return [responses[0], *(["250-PIPELINING"] if self.pipelining else []), *responses[1:]]

    # a name of aiosmtpd
    async def handle_DATA(self, server: _Peer, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Keep what came before the final dot, unless the plan says otherwise."""
        raw = cast(bytes, envelope.original_content)
        mail = KeptMail(envelope.mail_from or "", list(envelope.rcpt_tos), raw)
        return await server.scripted("end", mail) or f"250 2.0.0 OK queued as {len(self.kept)}"

    def _authenticate(self, server: SMTP, session: Session, envelope: Envelope, _: str, data: Any) -> AuthResult:
        given = (data.login.decode(), data.password.decode()) if isinstance(data, LoginPassword) else None
        return AuthResult(success=given == self._login, handled=False)

    def _options(self) -> dict[str, Any]:
        options: dict[str, Any] = {"data_size_limit": self.size}
        if self._tls:
            self._folder = self._folder or tempfile.TemporaryDirectory(prefix="smtp-")
            self.cafile, key = certificate.make(Path(self._folder.name))
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.cafile, key)
            starttls = {"tls_context": context, "require_starttls": True}
            options |= {"ssl_context": context} if self._tls == "implicit" else starttls
        if self._login:
            options |= {"authenticator": self._authenticate, "auth_required": True}
            options["auth_require_tls"] = self._tls == "starttls"
        return options

    def start(self) -> Self:
        """Listen; after `stop` the same port is taken again."""
        listener = socket.create_server((self.host, self.port), backlog=128)
        self.port = listener.getsockname()[1]
        self._controller = _Controller(self, listener, **self._options())
        self._controller.start()
        return self

    def stop(self) -> None:
        """Stop listening and drop every connection."""
        controller, self._controller = self._controller, None
        if controller is not None:
            asyncio.run_coroutine_threadsafe(self._drop_all(), controller.loop).result(2)
            controller.stop()
        folder, self._folder = self._folder, None
        if folder is not None:
            folder.cleanup()

    async def _drop_all(self) -> None:
        for peer in list(self.peers):
            peer.drop()
        await asyncio.sleep(0.005)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
