"""How a card looks: drawn from deliveries as they are stored, and from nothing else; pure."""

import hashlib
import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo

from bot.domain.card import CardKind
from bot.domain.delivery import STATES, Delivery, SegmentState, State
from bot.domain.person import Act
from bot.domain.post import Segment
from bot.domain.say import Say, counted
from bot.telegram_desk.signing import Press
from bot.text.marks import DIRECTION
from bot.text.measure import utf16_length

LIMIT = 4096  # UTF-16 units of a message
NAMES = {"x": "X", "telegram": "تلغرام", "email": "البريد"}
SEGMENTS = ("مقطع واحد", "مقطعان", "مقاطع", "مقطعا")

# what was done to a delivery, in the word for it, and the states that it can have led to
OUTCOMES: dict[str, tuple[str, tuple[State, ...]]] = {
    "release": ("أجازه", (State.QUEUED, State.SENDING, State.SENT)),
    "send_now": ("أرسله", (State.QUEUED, State.SENDING, State.SENT)),
    "publish": ("نشره", (State.QUEUED, State.SENDING, State.SENT)),
    "hold": ("أوقفه", (State.HELD,)),
    "cancel": ("تجاوزه", (State.CANCELLED,)),
    "retry": ("أعاد إرساله", (State.QUEUED, State.SENDING, State.SENT)),
    "not_sent": ("قال إنه لم يخرج", (State.QUEUED, State.SENDING, State.SENT)),
    "said_out": ("قال إنه خرج", (State.QUEUED, State.SENDING, State.SENT)),
    "enough": ("اكتفى بما خرج منه", (State.SENT,)),
    "retract": ("سحبه", (State.CANCELLED, State.RETRACTED)),
}
CHANGES = {
    "edit": "حرّره",
    "tags": "غيّر وسومه",
    "mode": "غيّر شكله",
    "schedule": "نقله إلى موعد آخر",
    "urgent": "غيّر استعجاله",
}
HEADS = {CardKind.DOUBT: "❔ غير مؤكد: هل خرج؟", CardKind.FAILED: "⚠️ رُفض"}
_SIGNS = {  # such as RLO for the right-to-left override
    sign: "".join(word[0] for word in unicodedata.name(sign).replace("-TO-", " ").split()) for sign in DIRECTION
}
_HIDDEN = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}" + DIRECTION + "]")


@dataclass(frozen=True, kw_only=True)
class Button:
    """A button: what it says, and what it asks for or where it leads."""

    text: str
    press: Press | None = None
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A message in Telegram's HTML, with its buttons."""

    text: str
    rows: tuple[tuple[Button, ...], ...] = ()
    loud: bool = False

    @property
    def digest(self) -> str:
        """Changes whenever the message looks otherwise or its buttons ask otherwise."""
        return hashlib.sha256(repr((self.text, self.rows)).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One delivery as a card shows it."""

    delivery: Delivery
    open: bool  # the card still asks about it
    act: Act | None = None  # the newest act on it
    changed: bool = False  # it is no longer the one that stands above
    kept: bool = False  # an editor left it held
    place: str = ""  # the address to look at


@dataclass(frozen=True, kw_only=True)
class View:
    """What every card needs to know."""

    zone: tzinfo
    standing: Callable[[Sequence[Delivery]], str] = field(default=lambda _all: "")
    waits: Callable[[Delivery], Say | None] = field(default=lambda _delivery: None)  # for the end of quiet hours

    def time(self, moment: datetime) -> str:
        """As the desk writes it, on the newsroom's clock."""
        return f"{moment.astimezone(self.zone):%d/%m %H:%M}"


def safe(text: str, most: int = 300) -> str:
    """What comes from outside, as text: one line, no markup, and marks that steer direction shown by name."""
    line = " ".join(text.split())
    line = line if len(line) <= most else line[: most - 1] + "…"
    return html.escape(_HIDDEN.sub(lambda found: f"⟨{_SIGNS.get(found[0], 'CTRL')}⟩", line), quote=False)


def labels(deliveries: Iterable[Delivery]) -> dict[int, str]:
    """What each delivery is called: by its service, or by its channel where the service has several here."""
    known = list(deliveries)
    channels = {service: {d.channel for d in known if d.service == service} for service in NAMES}
    return {d.id: NAMES[d.service] if len(channels[d.service]) == 1 else d.channel for d in known}


def draw(kind: CardKind, card: int, lines: Sequence[Shown], view: View, *, choosing: int = 0) -> Drawn:
    """A card; `choosing`: the delivery of which a segment is chosen to be edited."""
    names = labels(line.delivery for line in lines)
    first = lines[0].delivery
    urgent = any(line.delivery.urgent for line in lines)
    told = [head] if (head := HEADS.get(kind, "")) else []
    told += [f"{'<b>عاجل</b> · ' if urgent else ''}<b>{safe(first.title) or first.article_id}</b>", ""]
    for line in lines:
        told += _told(kind, line, html.escape(names[line.delivery.id], quote=False), view)
    rows = _rows(kind, card, lines, names, view, choosing)
    return Drawn(text="\n".join(told), rows=rows, loud=urgent or kind is CardKind.DOUBT)


def _told(kind: CardKind, line: Shown, name: str, view: View) -> list[str]:
    d = line.delivery
    name = f"{name} (معاينة)" if d.preview else name
    if not line.open:
        return [f"<b>{name}</b>: {_outcome(line, view)}"]
    told = [f"<b>{name}</b>: {_count(d)}"]
    if d.edited_by:
        told.append(f"بتحرير {safe(d.edited_by)}")
    if kind is CardKind.WAIT:
        due = f"{'يخرج' if d.state is State.QUEUED else 'موعده'} {view.time(d.due_at)}"
        told.append(due + (f" · يفوت أوانه {view.time(d.expires_at)}" if d.expires_at else ""))
        told += [waits.ar] if (waits := view.waits(d)) else []
    elif d.note:
        told.append(safe(d.note.ar, 600))
    return told


def _count(d: Delivery) -> str:
    segment = in_question(d)
    count = f"{segment.length} من {segment.limit}" if segment.limit else f"{len(segment.text)} حرفا"
    total = len(d.post.segments)
    if total == 1:
        return count
    n = d.post.segments.index(segment)
    return f"{count} · {f'المقطع {n + 1} من {total}' if n else counted(total, *SEGMENTS)}"


def _outcome(line: Shown, view: View) -> str:
    d, act = line.delivery, line.act
    if line.changed:
        by = f" ({CHANGES[act.what]} {safe(act.who)} {view.time(act.at)})" if act and act.what in CHANGES else ""
        return f"تغيّر{by}؛ تليه بطاقة جديدة"
    if line.kept and act:
        return f"يبقى موقوفا · {safe(act.who)} {view.time(act.at)}"
    state = STATES[d.state] + (f" {view.time(d.due_at)}" if d.state is State.QUEUED else "")
    state += f" · {waits.ar.rstrip('.')}" if (waits := view.waits(d)) else ""
    word, led_to = OUTCOMES.get(act.what, ("", ())) if act else ("", ())
    return f"{state} · {word} {safe(act.who)} {view.time(act.at)}" if act and d.state in led_to else state


def _rows(
    kind: CardKind, card: int, lines: Sequence[Shown], names: Mapping[int, str], view: View, choosing: int
) -> tuple[tuple[Button, ...], ...]:
    asked = [line.delivery for line in lines if line.open]
    if not asked:
        return ()

    def button(text: str, act: str, on: Delivery | None = None, segment: int = 0) -> Button:
        seen = view.standing([on] if on else asked)
        press = Press(act=act, card=card, target=on.id if on else 0, segment=segment, seen=seen)
        return Button(text=text, press=press)

    if chosen := next((d for d in asked if d.id == choosing), None):
        numbers = [button(str(n + 1), "s", chosen, n) for n in range(len(chosen.post.segments))]
        return (*(tuple(numbers[at : at + 5]) for at in range(0, len(numbers), 5)), (button("رجوع", "b"),))
    rows: list[list[Button]] = []
    if kind is CardKind.WAIT:
        held = [d for d in asked if d.state is State.HELD]
        rows.append([button("انشر", "p")] if held else [])
        rows[0] += [button("أوقف", "h"), button("تجاوز", "c")]
        rows.append([button(f"{names[d.id]} فقط", "p", d) for d in held] if len(asked) > 1 else [])
        rows.append([button(f"حرّر {names[d.id]}" if len(asked) > 1 else "حرّر", "e", d) for d in asked])
    elif kind is CardKind.DOUBT:
        rows.append([button("خرج", "y"), button("لم يخرج", "n")])
        rows += [[Button(text="افتح القناة", url=line.place)] for line in lines if line.open and line.place]
    else:
        begun = any(row.state is not SegmentState.WAITING for d in asked for row in d.segments)
        rows.append([button("أعد المحاولة", "r"), *([button("اكتفِ بما خرج", "g")] if begun else [])])
        rows[0].append(button("تجاوز", "c"))
    if any(len(d.post.segments) > 1 or len(pieces(in_question(d))) > 1 for d in asked):
        rows.append([button("السلسلة كاملة", "a")])
    return tuple(tuple(row) for row in rows if row)


def in_question(d: Delivery) -> Segment:
    """The segment that a card is about: the first that is not out."""
    waits = next((row.n for row in d.segments if row.state is not SegmentState.SENT), 0)
    return d.post.segments[waits if waits < len(d.post.segments) else 0]


def pieces(segment: Segment) -> list[Segment]:
    """What Telegram takes of a segment, message by message; what goes out on Telegram is one as it stands."""
    if segment.parse_mode or segment.rich or segment.photo:
        return [segment]
    text = f"{segment.subject}\n\n{segment.text}" if segment.subject else segment.text
    return [replace(segment, text=piece) for piece in split(text)]


def split(text: str) -> list[str]:
    """Pieces of at most one message, none empty, cut at the ends of lines where there are some."""
    found: list[str] = []
    while utf16_length(text) > LIMIT:
        end = LIMIT // 2 if any(ord(sign) > 0xFFFF for sign in text[:LIMIT]) else LIMIT
        at = text.rfind("\n", end // 2, end)
        at = at if at > 0 else end
        found.append(text[:at])
        text = text[at:].lstrip("\n")
    return [piece for piece in (*found, text) if piece.strip()]


def whole(d: Delivery) -> list[Segment]:
    """The whole post as messages of the desk; on X, where segments are short, several in one."""
    if d.service != "x":
        return [piece for segment in d.post.segments for piece in pieces(segment)]
    total = len(d.post.segments)
    told = [f"— {n} من {total} · {s.length} من {s.limit} —\n{s.text}" for n, s in enumerate(d.post.segments, 1)]
    return [Segment(text=piece) for piece in split("\n\n".join(told))]
