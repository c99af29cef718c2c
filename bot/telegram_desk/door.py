"""The door: reads one update, calls one function of the office, says what came of it. It holds no rules."""

import html
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

import structlog
from telegram import CallbackQuery, Message, Update
from telegram.error import TelegramError

from bot.app import App
from bot.domain.card import CardLine, CardState
from bot.domain.delivery import Delivery, State
from bot.domain.errors import BotError
from bot.domain.person import ROLE_WORDS, Actor, NotAllowed, Person
from bot.domain.post import Segment
from bot.formats.editing import shown
from bot.pipeline.office import Conflict
from bot.pipeline.people import actor
from bot.store.database import DatabaseError
from bot.telegram_desk import words
from bot.telegram_desk.board import KINDS, Board
from bot.telegram_desk.cards import Drawn, labels, safe, split, whole
from bot.telegram_desk.commands import Commands
from bot.telegram_desk.signing import Press, Signer
from bot.telegram_desk.wire import Wire

log = structlog.stdlib.get_logger(__name__)

LATELY = timedelta(minutes=1)  # a press that comes twice, as after a restart, asks once
MOST_SHOWN = 10  # messages of «السلسلة كاملة»
_LOOKS = ("a", "b", "e", "s")  # acts that change no delivery
COMMAND = re.compile(r"/(\w+)(?:@(\w+))?\s*(.*)", re.DOTALL)


class Door:
    """Takes updates, one at a time."""

    def __init__(self, app: App, board: Board, wire: Wire, signer: Signer, group: int | None, name: str) -> None:
        self._app, self._cards, self._board, self._wire, self._signer = app, app.cards, board, wire, signer
        self._group, self._name = group, name.lower()
        self._commands = Commands(app)

    def take(self, update: Update) -> None:
        """Act on an update; raises DatabaseError, and then it must come again."""
        try:
            if update.callback_query:
                self._press(update.callback_query)
            elif update.message:
                self._message(update.message)
        except DatabaseError:
            raise
        except TelegramError as error:  # what was meant is done; only the answer is lost
            log.warning("an answer of the Telegram desk was lost", reason=self._app.config.secrets.redact(str(error)))
        except Exception:  # an update that breaks us must not come for ever
            log.exception("an update of the Telegram desk failed", update=update.update_id)

    def _who(self, telegram_id: int) -> Person | None:
        person = self._app.people.of_telegram(telegram_id)
        return person if person and not person.disabled else None

    # presses

    def _press(self, query: CallbackQuery) -> None:
        answer = partial(self._wire.answer, query.id)
        message = query.message
        press = self._signer.unpack(message.chat.id, query.data or "") if message else None
        if message is None or press is None:
            return answer(words.FORGED, alert=True)
        person = self._who(query.from_user.id)
        if person is None:
            return answer(words.STRANGER, alert=True)
        who, chat_id = actor(person, "telegram"), message.chat.id
        if press.act == "o":
            self._open(chat_id, press.target)
            return answer(words.OPENED)
        lines = self._cards.of_card(chat_id, press.card)
        if any(line.state is CardState.SENDING for line in lines):  # a press proves that the card is there
            self._cards.opened(press.card, message.message_id, "", self._app.now())
            lines = self._cards.of_card(chat_id, press.card)
        asked = [line for line in lines if line.state is CardState.OPEN]
        asked = [line for line in asked if press.target in (0, line.delivery_id)]
        if not asked:
            self._over(chat_id, message.message_id, lines)
            return answer(words.OVER, alert=True)
        deliveries = [d for line in asked if (d := self._app.outbox.get(line.delivery_id))]
        if press.seen != self._board.standing(deliveries):
            self._board.refresh(self._wire, lines)
            return answer(words.STALE, alert=True)
        if press.act in _LOOKS:
            try:
                self._look(press, person, lines, asked[0], deliveries)
            except NotAllowed as error:
                return answer(error.say.ar, alert=True)
            return answer(words.SHOWN if press.act == "a" else "")
        faults = self._act(press, who, asked, deliveries)
        self._board.refresh(self._wire, self._cards.of_card(chat_id, press.card))
        waits = (self._app.waits(d) for line in asked if (d := self._app.outbox.get(line.delivery_id)))
        done = " ".join(dict.fromkeys([words.DONE[press.act], *(say.ar for say in waits if say)]))
        return answer("\n".join(faults) or done, alert=bool(faults))

    def _act(self, press: Press, who: Actor, asked: Sequence[CardLine], deliveries: Sequence[Delivery]) -> list[str]:
        """Do it to each; why it could not be done."""
        office = self._app.office
        seen = {d.id: d.edition for d in deliveries}
        acts: dict[str, Callable[[int], None]] = {
            "p": lambda id_: office.release(who, id_, seen[id_]),
            "c": partial(office.cancel, who),
            "y": partial(office.said_out, who),
            "n": partial(office.retry, who, not_sent=True),
            "r": partial(office.retry, who),
            "g": partial(office.enough, who),
        }
        faults = []
        for line, d in zip(asked, deliveries, strict=True):
            try:
                if press.act != "h":
                    if press.act != "p" or d.state is State.HELD:
                        acts[press.act](d.id)
                elif d.state is State.QUEUED:
                    office.hold(who, d.id)
                else:
                    office.keep(who, d.id)
                    self._cards.close([line.id], self._app.now())
            except DatabaseError:
                raise
            except BotError as error:
                faults.append(error.say.ar)
        return list(dict.fromkeys(faults))

    def _look(
        self, press: Press, person: Person, lines: Sequence[CardLine], line: CardLine, deliveries: Sequence[Delivery]
    ) -> None:
        """What changes no delivery: the whole thread, which segment, the question for new words."""
        if press.act == "a":
            for piece in [piece for d in deliveries for piece in whole(d)][:MOST_SHOWN]:
                self._wire.show(line.chat_id, piece, reply_to=line.message_id)
        elif press.act == "b":
            self._board.refresh(self._wire, lines, force=True)
        elif press.act == "e" and len(deliveries[0].post.segments) > 1:
            self._board.refresh(self._wire, lines, choosing=deliveries[0].id)
        else:
            self._app.office.allow(actor(person, "telegram"), "edit")
            if not self._cards.asked_lately(line, person.id, press.segment, self._app.now() - LATELY):
                self._ask_words(person, line, deliveries[0], press.segment)
            if press.act == "s":
                self._board.refresh(self._wire, lines, force=True)

    def _ask_words(self, person: Person, line: CardLine, d: Delivery, n: int) -> None:
        """Ask for a segment's new words, with the present ones."""
        segment = d.post.segments[n]
        name = html.escape(labels([d])[d.id], quote=False)
        what = f"المقطع {n + 1} من {len(d.post.segments)} ({name})" if len(d.post.segments) > 1 else name
        limit = f" (الحد {segment.limit}، والآن {segment.length})" if segment.limit else ""
        who = f'<a href="tg://user?id={person.telegram_id}">{safe(person.name)}</a>'
        head, now = words.EDIT.format(who=who, what=what, limit=limit), shown(segment)
        parts = split(now)
        if len(parts) == 1 and len(now) < 3500:
            text = f"{head}\n\n<code>{html.escape(now, quote=False)}</code>"
        else:  # too long to stand under the question
            text = head
            for part in parts:
                self._wire.show(line.chat_id, Segment(text=part), reply_to=line.message_id)
        message_id = self._wire.send(line.chat_id, Drawn(text=text), reply_to=line.message_id, ask=True)
        self._cards.prompt(line, person.id, n, message_id, self._app.now())

    def _open(self, chat_id: int, delivery_id: int) -> None:
        """Cards anew for all that still asks something of that delivery's article."""
        delivery = self._app.outbox.get(delivery_id)
        rows = self._app.desk.of_articles([delivery.article_id]) if delivery else []
        rows = [d for d in rows if d.state in KINDS]
        old = {line.head: line for line in self._cards.known([chat_id], [d.id for d in rows]) if line.message_id}
        for line in old.values():
            if line.state is CardState.OPEN:
                self._wire.redraw(chat_id, line.message_id or 0, Drawn(text=words.REPLACED))
        self._board.ask(chat_id, rows, None)

    def _over(self, chat_id: int, message_id: int, lines: Sequence[CardLine]) -> None:
        """Take the buttons of a card off that asks nothing more."""
        if lines and lines[0].message_id == message_id:
            self._board.refresh(self._wire, lines, force=True)
        else:
            self._wire.redraw(chat_id, message_id, Drawn(text=words.REPLACED))

    # messages

    def _message(self, message: Message) -> None:
        user, text = message.from_user, message.text or ""
        private = message.chat.type == "private"
        if user is None or user.is_bot or not (private or message.chat.id == self._group):
            return
        reply, found = message.reply_to_message, COMMAND.fullmatch(text)
        prompt = self._cards.prompted(message.chat.id, reply.message_id) if reply and not found else None
        if not (found or prompt or private):
            return
        if found and found[2] and found[2].lower() != self._name:
            return
        person = self._who(user.id)
        if found and found[1].lower() == "start":
            said = self._start(person, user.id, found[3].strip(), private=private)
        elif person is None:
            said = Drawn(text=words.NOT_PAIRED if private else words.STRANGER)
        elif prompt:
            said = Drawn(text=self._new_words(person, prompt, text))
        else:
            said = self._commands(
                actor(person, "telegram"), found[1].lower() if found else "help", found[3] if found else ""
            )
        self._wire.send(message.chat.id, said, reply_to=message.message_id, loud=False)

    def _start(self, person: Person | None, telegram_id: int, code: str, *, private: bool) -> Drawn:
        if person:
            told = words.ALREADY.format(name=safe(person.name), role=ROLE_WORDS[person.role])
        elif code and not private:
            told = words.IN_PRIVATE
        elif not code:
            told = words.NOT_PAIRED
        elif paired := self._app.reception.pair(code, telegram_id, self._app.now()):
            self._app.acts.note(actor(paired, "telegram"), "pair", f"person:{paired.id}", self._app.now())
            told = words.PAIRED.format(name=safe(paired.name), role=ROLE_WORDS[paired.role]) + "\n\n" + words.HELP
        else:
            told = words.WRONG_CODE
        return Drawn(text=told)

    def _new_words(self, person: Person, prompt: CardLine, text: str) -> str:
        """Put an answer in the place of the segment that it was asked for; what came of it."""
        if prompt.person_id != person.id:
            return words.NOT_YOURS
        if prompt.state is not CardState.OPEN:
            return words.EDITED_BEFORE
        if not text.strip():
            return words.ONLY_TEXT
        d = self._app.outbox.get(prompt.delivery_id)
        if d is None:
            return words.EDITED_BEFORE
        texts = [shown(segment) for segment in d.post.segments]
        if prompt.segment < len(texts):
            texts[prompt.segment] = text
        try:
            new = self._app.office.edit(actor(person, "telegram"), d.id, prompt.edition, texts)
        except DatabaseError:
            raise
        except Conflict as error:
            self._cards.close([prompt.id], self._app.now())
            return words.CONFLICT.format(why=safe(error.say.ar))
        except BotError as error:
            return words.KEPT_OLD.format(why=safe(error.say.ar))
        self._cards.close([prompt.id], self._app.now())
        segment = new.post.segments[prompt.segment]
        return words.SAVED.format(count=f"{segment.length} من {segment.limit}" if segment.limit else "النص الجديد")
