"""`api token`, `tokens`, `revoke` and `api webhook`."""

from collections.abc import Sequence
from datetime import datetime

from bot.app import build
from bot.cli import show
from bot.cli.language import t
from bot.domain.person import COMMAND_LINE
from bot.domain.say import Say


def token(name: str, scopes: Sequence[str]) -> None:
    """A new token on standard output, where it can be piped to where it is kept; raises Refused."""
    app = build()
    try:
        app.database.upgrade()
        secret, made = app.access.tokens.make(COMMAND_LINE, name, scopes, app.now())
    finally:
        app.close()
    show.line(secret)
    show.warn(
        Say(
            f"Token {made.id} ({made.name}). It is not shown again; `nashir api revoke {made.id}` ends it.",
            f"الرمز {made.id} ({made.name}). لن يُعرض ثانية؛ والأمر `nashir api revoke {made.id}` يبطله.",
        )
    )


def tokens(*, as_json: bool) -> None:
    """Every token, without its secret."""
    app = build()
    try:
        app.database.upgrade()
        found, zone = app.access.tokens.kept.listing(), app.config.newsroom.zone
    finally:
        app.close()
    if as_json:
        show.as_json(
            [
                {
                    "id": each.id,
                    "name": each.name,
                    "scopes": sorted(each.scopes),
                    "created_at": _iso(each.created_at),
                    "used_at": _iso(each.used_at),
                    "revoked_at": _iso(each.revoked_at),
                }
                for each in found
            ]
        )
        return
    revoked, never = t("revoked", "مبطل"), t("never", "لم يُستعمل")
    heads = [t("id", "رقم"), t("last used", "آخر استعمال"), t("name", "الاسم"), t("scopes", "الصلاحيات")]
    rows = [
        [
            str(each.id),
            revoked if each.revoked_at else show.local(each.used_at, zone) if each.used_at else never,
            each.name,
            " ".join(sorted(each.scopes)),
        ]
        for each in found
    ]
    show.table(heads, rows)


def revoke(token_id: int) -> None:
    """It opens nothing any more; raises NotFound."""
    app = build()
    try:
        app.database.upgrade()
        app.access.tokens.revoke(COMMAND_LINE, token_id, app.now())
        show.line(t(f"Token {token_id} is revoked.", f"أُبطل الرمز {token_id}."))
    finally:
        app.close()


def webhook(url: str, events: Sequence[str]) -> None:
    """A new webhook; its secret on standard output. Raises Refused, SourceError."""
    app = build()
    try:
        app.database.upgrade()
        secret, made = app.access.hooks.add(COMMAND_LINE, url, events, app.now())
    finally:
        app.close()
    show.line(secret)
    show.warn(
        Say(
            f"Webhook {made.id}. This is the secret of its signatures; it is not shown again.",
            f"الخطاف {made.id}. هذا سر توقيعاته؛ لن يُعرض ثانية.",
        )
    )


def webhooks(*, as_json: bool) -> None:
    """Those in force, with what waits for them."""
    app = build()
    try:
        app.database.upgrade()
        found = app.access.hooks.kept.listing()
    finally:
        app.close()
    if as_json:
        show.as_json(
            [
                {
                    "id": each.id,
                    "url": each.url,
                    "events": list(each.events),
                    "created_at": _iso(each.created_at),
                    "waiting": each.waiting,
                    "note": each.note,
                }
                for each in found
            ]
        )
        return
    heads = [t("id", "رقم"), t("waiting", "ينتظر"), t("events", "الأحداث"), t("address and why", "العنوان والسبب")]
    rows = [
        [str(each.id), str(each.waiting), " ".join(each.events), f"{each.url}{f' — {each.note}' if each.note else ''}"]
        for each in found
    ]
    show.table(heads, rows)


def remove_webhook(webhook_id: int) -> None:
    """It is told nothing more; raises NotFound."""
    app = build()
    try:
        app.database.upgrade()
        app.access.hooks.remove(COMMAND_LINE, webhook_id, app.now())
        show.line(t(f"Webhook {webhook_id} is removed.", f"حُذف الخطاف {webhook_id}."))
    finally:
        app.close()


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
