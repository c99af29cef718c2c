"""What every channel promises, against a real local server: each adapter is listed in RIGS and passes all of it."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.channels import CHANNELS
from bot.channels.preview import PreviewChannel
from bot.config.schema import EmailTable, TelegramTable, XTable
from bot.domain.channel import Channel
from bot.domain.lane import SendingChannel
from bot.domain.post import Segment
from tests.conftest import Clock
from tests.servers import Fault
from tests.servers.smtp import SmtpServer
from tests.servers.telegram import TelegramServer
from tests.servers.x import XServer

SECRET = "123456:TEST-token_abc"
TIMEOUT = "1s"


@dataclass
class Rig:
    """An adapter, its server, and how to look at what the server kept."""

    adapter: SendingChannel
    kept: Callable[[], list[str]]  # texts, oldest first
    parents: Callable[[], list[str | None]]
    threads: bool = True
    server: Any = None
    on: str | None = None  # the fault's place in the server
    secrets: tuple[str, ...] = (SECRET,)
    faults: dict[str, Fault] = field(default_factory=dict)  # by the error's name that it must lead to


def secret(_name: str) -> str:
    return SECRET


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def telegram(_folder: Path, *, dead: bool = False) -> Iterator[Rig]:
    with TelegramServer(token=SECRET) as server:
        base = f"http://127.0.0.1:{free_port()}" if dead else server.url
        table = TelegramTable.model_validate(
            {"name": "t", "service": "telegram", "account": "@nashir_test", "api_base": base, "timeout": TIMEOUT}
        )
        yield Rig(
            adapter=CHANNELS["telegram"](table, secret, Clock()),
            server=server,
            on="sendMessage",
            kept=lambda: [p.text for p in server.posts],
            parents=lambda: [str(p.reply_to) if p.reply_to else None for p in server.posts],
            faults={
                "RetryLater": server.too_many(7),
                "Unsure": Fault.reset_after(),
                "Rejected": server.failure(400, "Bad Request: message is too long"),
                "ChannelDown": server.failure(403, "Forbidden: bot was kicked from the channel chat"),
            },
        )


@contextmanager
def x(_folder: Path, *, dead: bool = False) -> Iterator[Rig]:
    with XServer() as server:
        base = f"http://127.0.0.1:{free_port()}" if dead else server.url
        table = XTable.model_validate(
            {"name": "x", "service": "x", "account": "@nashir_test", "api_base": base, "timeout": TIMEOUT}
        )
        yield Rig(
            adapter=CHANNELS["x"](table, secret, Clock()),
            server=server,
            on="POST /2/tweets",
            kept=lambda: [t.text for t in server.kept],
            parents=lambda: [t.reply_to for t in server.kept],
            faults={
                "RetryLater": server.too_many(7),
                "Unsure": Fault.bad_json_after(),
                "Rejected": server.failure(400, "One or more parameters to your request was invalid."),
                "ChannelDown": server.failure(401, "Unauthorized"),
            },
        )


@contextmanager
def email(_folder: Path, *, dead: bool = False) -> Iterator[Rig]:
    with SmtpServer(user="news", password=SECRET) as server:
        table = EmailTable.model_validate(
            {
                "name": "m",
                "service": "email",
                "from": "الرواق <news@example.org>",
                "to": "list@example.org",
                "host": "127.0.0.1",
                "port": free_port() if dead else server.port,
                "tls": "none",
                "user": "news",
                "timeout": TIMEOUT,
            }
        )

        def texts() -> list[str]:
            return [mail.message.get_body(("plain",)).get_content().strip() for mail in server.kept]

        yield Rig(
            adapter=CHANNELS["email"](table, secret, Clock()),
            server=server,
            on="end",
            threads=False,
            kept=texts,
            parents=lambda: [None for _ in server.kept],
            faults={
                "RetryLater": Fault.status(451, "4.3.0 later"),
                "Unsure": Fault.reset_after(),
                "Rejected": Fault.status(554, "5.7.1 no"),
                "ChannelDown": Fault.status(550, "5.7.1 not you"),
            },
        )


@contextmanager
def preview(folder: Path, *, dead: bool = False) -> Iterator[Rig]:
    channel = Channel(name="p", service="x")
    shown: list[Segment] = []
    adapter = PreviewChannel(
        channel=channel,
        folder=folder,
        render=lambda _columns: "<!doctype html>",
        clock=Clock(),
        echo=lambda _channel, segment: shown.append(segment),
        channels=[channel],
    )
    yield Rig(
        adapter=adapter, kept=lambda: [s.text for s in shown], parents=lambda: [None for _ in shown], threads=False
    )


RIGS = {"telegram": telegram, "x": x, "email": email, "preview": preview}
