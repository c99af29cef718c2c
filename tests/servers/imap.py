"""A mailbox over IMAP: as much of RFC 3501 as reading unread mails takes."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Sequence
from typing import Self, cast


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        owner = cast(_Listener, self.server).owner
        self._say("* OK ready")
        while line := self.rfile.readline().decode("ascii", "replace").strip():
            tag, _, rest = line.partition(" ")
            verb = rest.removeprefix("UID ").partition(" ")[0].upper()
            if verb == "CAPABILITY":
                self._say("* CAPABILITY IMAP4rev1")
            elif verb == "LOGIN" and not re.fullmatch(rf'LOGIN "?{owner.user}"? "?{owner.password}"?', rest):
                self._say(f"{tag} NO wrong")
                continue
            elif verb == "SELECT":
                self._say(f"* {len(owner.mails)} EXISTS")
            elif verb == "SEARCH":
                unread = [str(n) for n in range(1, len(owner.mails) + 1) if n not in owner.seen]
                self._say(f"* SEARCH {' '.join(unread)}".rstrip())
            elif verb == "FETCH":
                number = int(rest.split()[2])
                content = owner.mails[number - 1]
                self._say(f"* {number} FETCH (UID {number} BODY[] {{{len(content)}}}")
                self.wfile.write(content)
                self._say(")")
            elif verb == "STORE":
                owner.seen.add(int(rest.split()[2]))
            elif verb == "LOGOUT":
                self._say("* BYE")
            self._say(f"{tag} OK done")

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    owner: ImapServer


class ImapServer:
    """One account with one folder."""

    def __init__(self, user: str, password: str, mails: Sequence[bytes]) -> None:
        self.user, self.password, self.mails = user, password, list(mails)
        self.seen: set[int] = set()
        self._listener = _Listener(("127.0.0.1", 0), _Session)
        self._listener.owner = self
        self.host, self.port = "127.0.0.1", int(self._listener.server_address[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._listener.serve_forever, args=[0.05], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown()
        self._listener.server_close()
