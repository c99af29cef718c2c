"""The board: which cards are due in which chats, and that each says what is true; its rows outlive the process."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import structlog
from telegram.error import BadRequest, Forbidden

from bot.app import App
from bot.domain.card import CardKind, CardLine, CardState
from bot.domain.delivery import Delivery, State
from bot.domain.person import Role
from bot.telegram_desk import words
from bot.telegram_desk.cards import CHANGES, OUTCOMES, Shown, View, draw, in_question, pieces, safe, split
from bot.telegram_desk.signing import standing
from bot.telegram_desk.wire import CARDS, Wire

log = structlog.stdlib.get_logger(__name__)

DONE = CardState.DONE
OLD = timedelta(days=1)  # a failure is not told later
SHUT = timedelta(minutes=5)  # a chat that refuses is left alone so long
KINDS = {
    State.HELD: CardKind.WAIT,
    State.QUEUED: CardKind.WAIT,
    State.UNSURE: CardKind.DOUBT,
    State.FAILED: CardKind.FAILED,
}


class Board:
    """The cards of one newsroom."""

    def __init__(self, app: App, group: int | None) -> None:
        self._app, self._cards, self._group = app, app.cards, group
        self._view = View(zone=app.config.newsroom.zone, standing=self.standing, waits=app.waits)
        self._shut: dict[int, float] = {}

    def chats(self) -> list[int]:
        """Where cards go: the group, or each editor's own chat."""
        if self._group is not None:
            return [self._group]
        known = self._app.people.listing()
        return [p.telegram_id for p in known if p.telegram_id and p.role >= Role.EDITOR and not p.disabled]

    def sync(self, wire: Wire) -> bool:
        """Mend the cards that are not true any more, and send one that is due; whether more are."""
        now = self._app.now().timestamp()
        chats = [chat for chat in self.chats() if self._shut.get(chat, 0) <= now]
        for lines in self._cards.in_states(CardState.OPEN):
            if lines[0].chat_id in chats:
                with self._peace(lines[0].chat_id):
                    self.refresh(wire, lines)
        self._ask(chats)
        due = [
            lines for lines in self._cards.in_states(CardState.ASKED, CardState.SENDING) if lines[0].chat_id in chats
        ]
        if due:
            lines = max(due, key=self._pressing)
            with self._peace(lines[0].chat_id):
                self._send(wire, lines)
        return len(due) > 1

    def ask(self, chat_id: int, deliveries: Sequence[Delivery], instead: Sequence[int] | None) -> None:
        """Cards to be sent: one for what waits of an article, one for each that is in doubt or failed.

        Only for what has none yet, or has one of these lines (None: any), which asks no more then.
        """
        groups: dict[tuple[CardKind, str], list[Delivery]] = {}
        for d in deliveries:
            kind = KINDS[d.state]
            groups.setdefault((kind, d.article_id if kind is CardKind.WAIT else str(d.id)), []).append(d)
        for (kind, _), group in groups.items():
            self._cards.ask(chat_id, kind, sorted(group, key=lambda d: d.id), self._app.now(), instead=instead)

    def refresh(self, wire: Wire, lines: Sequence[CardLine], *, choosing: int = 0, force: bool = False) -> None:
        """Let a card say what is true, and ask anew about what it no longer shows; raises TelegramError."""
        first, known = lines[0], self._deliveries(lines)
        shown = self._shown(lines, known)
        kind = next((line.kind for line in lines if line.kind is not CardKind.MOVED), CardKind.WAIT)
        drawn = draw(kind, first.head, shown, self._view, choosing=choosing)
        if first.message_id and (force or choosing or drawn.digest != first.seen):
            wire.redraw(first.chat_id, first.message_id, drawn)
            if not choosing:
                self._cards.drawn(first.head, drawn.digest)
        asked = [(line, each) for line, each in zip(lines, shown, strict=True) if line.state is not DONE]
        stale = [line for line, each in asked if each.changed]
        self._cards.close([line.id for line, each in asked if not each.open and not each.changed], self._app.now())
        if stale:
            self.ask(first.chat_id, [known[line.delivery_id] for line in stale], [line.id for line in stale])

    def standing(self, deliveries: Sequence[Delivery]) -> str:
        """What a button that acts on these must have seen."""
        return standing(deliveries, self._cards.acts([d.id for d in deliveries]))

    def _ask(self, chats: Sequence[int]) -> None:
        """Cards for what needs an editor and has none, or came to need one again."""
        since = self._app.now() - OLD
        rows = self._app.desk.rows([State.HELD, State.UNSURE, State.FAILED])
        needs = [d for d in rows if d.state is not State.FAILED or d.updated_at >= since]
        known = {
            (line.chat_id, line.delivery_id, line.kind): line
            for line in self._cards.known(chats, [d.id for d in needs])
        }
        for chat in chats:
            lines = {d.id: known.get((chat, d.id, KINDS[d.state])) for d in needs}
            again = [line.id for d in needs if (line := lines[d.id]) and line.state is DONE and d.updated_at > line.at]
            self.ask(chat, [d for d in needs if not (line := lines[d.id]) or line.id in again], again)

    def _pressing(self, lines: Sequence[CardLine]) -> tuple[bool, int]:
        """Breaking news first, then the newest."""
        return any(d.urgent for d in self._deliveries(lines).values()), lines[0].head

    def _send(self, wire: Wire, lines: Sequence[CardLine]) -> None:
        known, first = self._deliveries(lines), lines[0]
        lines = [line for line in lines if line.state is not DONE]
        moved = [line for line in lines if not line.asks(known[line.delivery_id])]
        stale = [line for line in moved if known[line.delivery_id].state is line.stood]
        self.ask(first.chat_id, [known[line.delivery_id] for line in stale], [line.id for line in stale])
        self._cards.close([line.id for line in moved if line not in stale], self._app.now())
        lines = [line for line in lines if line not in moved]
        if not lines:
            return
        self._cards.begin(first.head, self._app.now())
        posts = []
        for line in lines:
            post_id = line.post_id or self._show(wire, line.chat_id, known[line.delivery_id])
            self._cards.posted(line.id, post_id)
            posts.append(post_id)
        lines = [replace(line, state=CardState.OPEN) for line in lines]
        drawn = draw(lines[0].kind, first.head, self._shown(lines, known), self._view)
        message_id = wire.send(first.chat_id, drawn, reply_to=posts[0], loud=drawn.loud, most=CARDS)
        self._cards.opened(first.head, message_id, drawn.digest, self._app.now())

    def _show(self, wire: Wire, chat_id: int, d: Delivery) -> int:
        """The very message that goes out, or its text and why Telegram does not take it."""
        piece = pieces(in_question(d))[0]
        try:
            return wire.show(chat_id, piece, most=CARDS)
        except BadRequest as refused:
            text = f"{words.NO_SHOW.format(why=safe(refused.message))}\n\n{piece.text}"
            return wire.show(chat_id, replace(piece, text=split(text)[0], parse_mode=None, photo=None, rich=False))

    def _shown(self, lines: Sequence[CardLine], known: Mapping[int, Delivery]) -> list[Shown]:
        acts = {
            act.subject: act
            for d in known.values()
            for act in reversed(self._app.acts.of_article(d.article_id))
            if act.what in OUTCOMES or act.what in CHANGES
        }
        told = []
        for line in lines:
            d = known[line.delivery_id]
            asks = line.asks(d)
            told.append(
                Shown(
                    delivery=d,
                    open=asks and line.state is CardState.OPEN,
                    act=acts.get(f"delivery:{d.id}"),
                    changed=line.kind is CardKind.MOVED
                    or (line.state is CardState.OPEN and d.state is line.stood and not asks),
                    kept=asks and line.state is DONE and d.state is State.HELD,
                    place=self._place(d),
                )
            )
        return told

    def _place(self, d: Delivery) -> str:
        """Where an editor can look whether a post is out."""
        urls = [row.receipt.url for row in d.segments if row.receipt and row.receipt.url]
        account = self._app.channels[d.channel].account if d.channel in self._app.channels else ""
        if urls or not account.startswith("@"):
            return urls[-1] if urls else ""
        return {"telegram": "https://t.me/", "x": "https://x.com/"}.get(d.service, "") + account[1:]

    def _deliveries(self, lines: Sequence[CardLine]) -> dict[int, Delivery]:
        found = (self._app.outbox.get(line.delivery_id) for line in lines)
        return {d.id: d for d in found if d}

    @contextlib.contextmanager
    def _peace(self, chat: int) -> Iterator[None]:
        """A chat that refuses us holds up no other; raises what the next try may mend."""
        try:
            yield
        except (BadRequest, Forbidden) as error:
            self._shut[chat] = (self._app.now() + SHUT).timestamp()
            said = self._app.config.secrets.redact(error.message)
            log.warning("the Telegram desk cannot write to a chat", chat=chat, reason=said)
