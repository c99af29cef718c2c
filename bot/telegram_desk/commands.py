"""The commands: each calls one function and tells what came of it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from bot.app import App
from bot.domain.article import Article
from bot.domain.delivery import STATES, TROUBLE, Delivery, State
from bot.domain.errors import BotError
from bot.domain.person import Actor
from bot.store.database import DatabaseError
from bot.telegram_desk import words
from bot.telegram_desk.cards import Button, Drawn, View, labels, safe
from bot.telegram_desk.signing import Press

SHOWN: Final = 10  # articles of /queue
ARTICLE = re.compile(r"https?://\S+|[0-9a-f]{10}", re.IGNORECASE)  # never a path: files are not for this door
ALL = ("all", "*", "الكل")


class Commands:
    """Answers people who are known."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._view = View(zone=app.config.newsroom.zone, waits=app.waits)
        self._known: dict[str, Callable[[Actor, str], str | Drawn]] = {
            "queue": self._queue,
            "publish": self._publish,
            "breaking": self._breaking,
            "pause": self._pause,
            "resume": self._resume,
            "status": self._status,
            "help": lambda _who, _rest: words.HELP,
        }

    def __call__(self, who: Actor, command: str, rest: str) -> Drawn:
        """The answer; raises DatabaseError."""
        act = self._known.get(command)
        try:
            said = act(who, rest.strip()) if act else words.UNKNOWN
        except DatabaseError:
            raise
        except BotError as error:
            said = safe(error.say.ar, 1000)
        return said if isinstance(said, Drawn) else Drawn(text=said)

    def _queue(self, _who: Actor, _rest: str) -> Drawn:
        rows = self._app.desk.rows([State.HELD, State.QUEUED], limit=100)
        rows = [*self._app.desk.rows(TROUBLE, limit=20), *rows]
        groups: dict[str, list[Delivery]] = {}
        for d in rows:
            groups.setdefault(d.article_id, []).append(d)
        told, buttons = [], []
        for n, group in enumerate(list(groups.values())[:SHOWN], 1):
            names = labels(group)
            each = "، ".join(f"{safe(names[d.id])} {self._state(d)}" for d in group)
            urgent = "<b>عاجل</b> · " if any(d.urgent for d in group) else ""
            told.append(f"{n}. {urgent}{safe(group[0].title, 120) or group[0].article_id}\n{each}")
            buttons.append(Button(text=str(n), press=Press(act="o", target=group[0].id)))
        if not told:
            return Drawn(text=words.NOTHING)
        if len(groups) > SHOWN:
            told.append(f"وغيرها: {len(groups) - SHOWN}")
        return Drawn(text="\n\n".join(told), rows=(tuple(buttons[:5]), tuple(buttons[5:])))

    def _state(self, d: Delivery) -> str:
        at = f" {self._view.time(d.due_at)}" if d.state in (State.HELD, State.QUEUED) else ""
        return STATES[d.state] + at + (f" · {waits.ar.rstrip('.')}" if (waits := self._view.waits(d)) else "")

    def _publish(self, who: Actor, rest: str) -> str:
        named, *channels = rest.split() or [""]
        if not ARTICLE.fullmatch(named):
            return words.USAGE_PUBLISH
        self._app.office.allow(who, "publish")
        return self._out(who, self._app.reading.lookup.article(named), channels, urgent=False)

    def _breaking(self, who: Actor, rest: str) -> str:
        if not rest:
            return words.USAGE_BREAKING
        self._app.office.allow(who, "publish")
        named = ARTICLE.fullmatch(rest)
        article = self._app.reading.lookup.article(rest) if named else self._app.reading.lookup.written(rest)
        return self._out(who, article, [], urgent=True)

    def _out(self, who: Actor, article: Article, channels: list[str], *, urgent: bool) -> str:
        told = [f"<b>{safe(article.title)}</b>"]
        for channel in self._app.accounts.chosen(channels):
            try:
                made = self._app.office.publish(who, article, [channel.name], urgent=urgent)[channel.name]
                delivery = self._app.outbox.get(made) if isinstance(made, int) else None
                said = self._state(delivery) if delivery else safe(made.ar) if not isinstance(made, int) else ""
            except DatabaseError:
                raise
            except BotError as error:
                said = safe(error.say.ar)
            told.append(f"{safe(channel.name)}: {said}")
        return "\n".join(told)

    def _pause(self, who: Actor, rest: str) -> str:
        name = None if rest.lower() in ALL else rest
        if name == "":
            return words.USAGE_PAUSE.format(names=safe("، ".join(self._app.channels)))
        if not self._app.office.pause(who, name):
            return words.PAUSED_BEFORE
        return words.PAUSED.format(name=safe(name)) if name else words.STOPPED

    def _resume(self, who: Actor, rest: str) -> str:
        """One channel; without a name the stop of all, or where there is none every pause."""
        pauses = self._app.lanes.pauses()
        names: list[str | None] = [None if rest.lower() in ALL else rest]
        if not rest:
            names = [None] if None in pauses else [*pauses]
            self._app.office.allow(who, "resume")
        done = [name for name in names if self._app.office.resume(who, name)]
        if not done:
            return words.NOT_PAUSED
        return words.RESUMED.format(names=safe("، ".join(name or "الإرسال كله" for name in done)))

    def _status(self, _who: Actor, _rest: str) -> str:
        app, now = self._app, self._app.now()
        counts = app.desk.counts(now - timedelta(days=1))
        told = [f"<b>{safe(app.config.newsroom.name)}</b>"]
        told += [f"{STATES[state]}: {counts[state]}" for state in State if counts.get(state)]
        told += [] if len(told) > 1 else [words.NOTHING]
        pauses = app.lanes.pauses()
        told += ["", "<b>الإرسال كله موقوف</b>" if None in pauses else ""]
        for name, channel in app.channels.items():
            health = app.lanes.health(name)
            state = "معاينة" if not channel.live else "مفعّلة"
            state = "موقوفة مؤقتا" if name in pauses else state
            told.append(f"{safe(name)}: {f'معطلة: {safe(health.down.ar)}' if health.down else state}")
        return "\n".join(line for n, line in enumerate(told) if line or told[n - 1])
