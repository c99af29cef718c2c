"""Tokens: made once, shown once, looked up by digest, revoked; each of it a line in the log."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.errors import NotFound, Refused
from bot.domain.person import Actor
from bot.domain.token import SCOPES, Token
from bot.pipeline.office import Log
from bot.pipeline.people import digest

PREFIX = "nashir_"  # by which people and scanners of secrets know one
MOST_LETTERS = 200  # of what is looked up


class TokenKeeper(Protocol):
    """The tokens that are kept."""

    def add(self, name: str, digest: str, scopes: Sequence[str], now: datetime) -> Token: ...
    def of_digest(self, digest: str, now: datetime) -> Token | None: ...
    def listing(self) -> list[Token]: ...
    def revoke(self, token_id: int, now: datetime) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """Who comes in at the API."""

    kept: TokenKeeper
    log: Log
    allow: Callable[[Actor, str], None]  # raises NotAllowed

    def make(self, actor: Actor, name: str, scopes: Sequence[str], now: datetime) -> tuple[str, Token]:
        """The secret of a new token, kept nowhere, and the token; raises NotAllowed, Refused."""
        self.allow(actor, "tokens")
        name = " ".join(name.split())[:80]
        unknown = [scope for scope in scopes if scope not in SCOPES]
        if not name or not scopes or unknown:
            raise Refused(
                f"A token has a name, and scopes out of these: {', '.join(SCOPES)}.",
                f"للرمز اسم وصلاحيات من هذه: {'، '.join(SCOPES)}.",
            )
        secret = PREFIX + secrets.token_urlsafe(32)
        token = self.kept.add(name, digest(secret), sorted(set(scopes)), now)
        self.log.note(actor, "token_add", f"token:{token.id}", now, detail={"name": name, "scopes": sorted(scopes)})
        return secret, token

    def of(self, secret: str, now: datetime) -> Token | None:
        """The token of a secret, or None."""
        if not secret.startswith(PREFIX) or len(secret) > MOST_LETTERS:
            return None
        return self.kept.of_digest(digest(secret), now)

    def revoke(self, actor: Actor, token_id: int, now: datetime) -> None:
        """It opens nothing any more; raises NotAllowed, NotFound."""
        self.allow(actor, "tokens")
        if not self.kept.revoke(token_id, now):
            raise NotFound(
                f"There is no token {token_id} in force; `nashir api tokens` lists them.",
                f"لا رمز ساريا رقمه {token_id}؛ الأمر `nashir api tokens` يعرض الرموز.",
            )
        self.log.note(actor, "token_revoke", f"token:{token_id}", now)
