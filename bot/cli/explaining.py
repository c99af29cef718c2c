"""`explain`, `rules` and `sources`: why things are as they are."""

from collections import Counter
from datetime import timedelta
from typing import Any

from bot.app import build
from bot.cli import show
from bot.cli.language import LANG, t
from bot.domain.say import DAYS, counted, plural
from bot.domain.schedule import Pick
from bot.pipeline.explain import NOT_YET, explain, rehearse


def article(named: str, *, as_json: bool) -> None:
    """What was decided about one article, channel by channel."""
    app = build()
    try:
        app.database.upgrade()
        zone = app.config.newsroom.zone
        known = explain(app.reading.lookup.known(named).id, app.tick, app.now())
        rows: list[dict[str, Any]] = []
        for channel, (deliveries, why) in known.channels.items():
            reason = why.to(LANG)
            base = {"service": app.channels[channel].service, "channel": channel}
            rows += [
                base
                | {"state": d.state, "preview": d.preview, "delivery": d.id, "version": d.version, "due_at": d.due_at}
                | {"reason": (app.waits(d) or d.note or d.reason).to(LANG)}
                for d in deliveries
            ] or [
                base
                | {"state": "-" if why is NOT_YET else "refused", "preview": False, "delivery": None, "version": None}
                | {"due_at": None, "reason": reason}
            ]
        seen = [
            {
                "source": s.source,
                "guid": s.guid,
                "url": s.url,
                "kind": s.kind,
                "first_seen": s.first_seen.isoformat(),
                "why": s.note.to(LANG) if s.note else "",
            }
            for s in known.sightings
        ]
        if as_json:
            for row in rows:
                row["due_at"] = row["due_at"].isoformat() if row["due_at"] else None
            found = known.article
            head = {"article": found.id, "title": found.title, "version": found.version, "withdrawn": found.withdrawn}
            show.as_json(head | {"channels": rows, "sightings": seen})
            return
        show.line(f"{known.article.id} · {t('version', 'النسخة')} {known.article.version} · {known.article.title}")
        if known.article.withdrawn:
            show.line(t("Its source has taken it back.", "سحبها مصدرها."))
        show.line()
        show.table(
            [
                t(*pair)
                for pair in (
                    ("channel", "القناة"),
                    ("state", "الحال"),
                    ("no.", "رقم"),
                    ("version", "النسخة"),
                    ("due", "الموعد"),
                    ("why", "السبب"),
                )
            ],
            [
                [
                    r["channel"],
                    show.state(r["state"]) + (t(" (preview)", " (معاينة)") if r["preview"] else ""),
                    str(r["delivery"] or ""),
                    str(r["version"] or ""),
                    show.local(r["due_at"], zone) if r["due_at"] else "",
                    r["reason"],
                ]
                for r in rows
            ],
        )
        show.line()
        for s in seen:
            show.line(f"{s['source']}: {s['guid'][:80]} {s['why']}".rstrip())
    finally:
        app.close()


def try_rules(days: int, channels: list[str], *, as_json: bool) -> None:
    """What the rules in force would have done with the articles of the last days; nothing is sent."""
    app = build()
    try:
        app.database.upgrade()
        app.refresh(at_once=True)  # with what is set at the desk
        since = app.now() - timedelta(days=days)
        found = rehearse(
            app.articles.seen_since(since),
            app.accounts.chosen(channels),
            app.config.plans,
            app.config.rules,
            app.config.newsroom.zone,
        )
        rows = [
            {
                "service": app.channels[each.channel].service,
                "channel": each.channel,
                "state": "picked" if isinstance(each, Pick) else "refused",
                "article": each.article.id,
                "title": each.article.title,
                "due_at": each.due_at.isoformat() if isinstance(each, Pick) else None,
                "urgent": isinstance(each, Pick) and each.urgent,
                "reason": each.reason.to(LANG),
            }
            for each in found
        ]
        if as_json:
            show.as_json(rows)
            return
        zone = app.config.newsroom.zone
        show.table(
            [
                t("channel", "القناة"),
                "",
                t("due", "الموعد"),
                t("article", "المادة"),
                t("title and reason", "العنوان والسبب"),
            ],
            [
                [
                    e.channel,
                    "✓" if isinstance(e, Pick) else "✗",
                    show.local(e.due_at, zone) if isinstance(e, Pick) else "",
                    e.article.id,
                    f"{show.shortened(e.article.title, 60)} — {e.reason.to(LANG)}",
                ]
                for e in found
            ],
        )
        picked = Counter(each.channel for each in found if isinstance(each, Pick))
        refused = Counter(each.channel for each in found if not isinstance(each, Pick))
        show.line()
        for name in {**picked, **refused}:
            show.line(
                t(
                    f"{name}: {picked[name]} picked, {refused[name]} refused in {plural(days, 'day', 'days')}. "
                    "Nothing was sent.",
                    f"{name}: اختير {picked[name]} ورُد {refused[name]} في {counted(days, *DAYS)}. لم يُرسل شيء.",
                )
            )
    finally:
        app.close()
