"""Run the servers in one process: `python -m tests.servers --telegram --x --smtp --keep DIR`."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.servers.smtp import SmtpServer
from tests.servers.telegram import TelegramServer
from tests.servers.x import XServer

DESK = -1009  # the chat where messages that may be out are looked for


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers", description=__doc__)
    for name in ("telegram", "x", "smtp"):
        parser.add_argument(f"--{name}", action="store_true", help=f"run the {name} server")
    parser.add_argument("--keep", type=Path, required=True, metavar="DIR", help="folder of what is accepted")
    parser.add_argument("--delay", type=float, default=0.0, metavar="S", help="seconds before each answer")
    parser.add_argument(
        "--chats", type=int, default=1, metavar="N", help="of Telegram: @nashir_test, then @nashir_test_2"
    )
    parser.add_argument("--twice", action="store_true", help="X takes the same text twice, so that no double is hidden")
    parser.add_argument("--seconds", type=float, default=600.0, metavar="N", help="stop after this time")
    found = parser.parse_args(given)
    if not (found.telegram or found.x or found.smtp):
        parser.error("name at least one server")
    return found


def write_ports(folder: Path, ports: dict[str, Any]) -> None:
    """Write ports.json in one step, so that a reader never sees half of it."""
    partial = folder / "ports.json.part"
    partial.write_text(json.dumps(ports), encoding="utf-8")
    partial.replace(folder / "ports.json")


def main(given: list[str] | None = None) -> None:
    """Serve until the time is over, stdin closes or a signal comes."""
    options = arguments(given)
    folder: Path = options.keep
    folder.mkdir(parents=True, exist_ok=True)
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())

    def watch_stdin() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        done.set()

    with ExitStack() as stack:
        ports: dict[str, Any] = {}
        if options.telegram:
            more = {f"@nashir_test_{n}": -1001234567890 - n for n in range(2, options.chats + 1)}
            chats = {"@nashir_test": -1001234567890, "@nashir_desk": DESK} | more
            telegram = TelegramServer(chats=chats, keep_file=folder / "telegram.jsonl", delay=options.delay)
            ports["telegram"] = stack.enter_context(telegram).url
        if options.x:
            x = XServer(keep_file=folder / "x.jsonl", delay=options.delay)
            x.refuses_twice = not options.twice
            ports["x"] = stack.enter_context(x).url
        if options.smtp:
            smtp = SmtpServer(keep_file=folder / "smtp.jsonl", delay=options.delay)
            ports["smtp"] = list(stack.enter_context(smtp).address)
        threading.Thread(target=watch_stdin, daemon=True).start()
        write_ports(folder, ports)
        done.wait(options.seconds)


if __name__ == "__main__":
    main()
