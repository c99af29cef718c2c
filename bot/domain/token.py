"""Token (رمز): what lets a program in at the API, and what it may do there."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.person import Actor, Role
from bot.domain.say import Say

ADMIN = "admin"
SCOPES = {
    "articles:write": Say("bring articles", "إدخال المواد"),
    "posts:read": Say("read articles, posts and channels", "قراءة المواد والمنشورات والقنوات"),
    "posts:write": Say("publish", "النشر"),
    "actions:write": Say("hold, release, edit, retract, pause, stop all", "الإيقاف والإطلاق والتحرير والسحب ووقف الكل"),
    ADMIN: Say("all of it, and what takes the chief's word", "كل ما سبق، وما يلزمه رئيس التحرير"),
}
_EDITING = {"posts:write", "actions:write"}


@dataclass(frozen=True, kw_only=True)
class Token:
    """A program's key to the API; of its secret only a digest is kept."""

    id: int
    name: str
    scopes: frozenset[str]
    created_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    def allows(self, scope: str) -> bool:
        """Whether it may do what takes that scope."""
        return bool({scope, ADMIN} & self.scopes)

    @property
    def actor(self) -> Actor:
        """As whom it acts; never as an owner: people, tokens and webhooks are made by people."""
        role = Role.CHIEF if ADMIN in self.scopes else Role.EDITOR if _EDITING & self.scopes else Role.READER
        return Actor(name=self.name, role=role, door="api", scopes=self.scopes)
