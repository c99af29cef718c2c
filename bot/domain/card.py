"""Card (بطاقة): a message of the Telegram desk that asks an editor something about deliveries."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.delivery import Delivery, State


class CardKind(StrEnum):
    """What a card asks."""

    WAIT = "wait"  # shall it go?
    DOUBT = "doubt"  # is it out?
    FAILED = "failed"  # what now?
    EDIT = "edit"  # the new words
    MOVED = "moved"  # nothing: a newer card asks


class CardState(StrEnum):
    """How far a card is, for one delivery."""

    ASKED = "asked"  # to be sent
    SENDING = "sending"  # may be there
    OPEN = "open"  # waits for a press
    DONE = "done"  # nothing more is asked


@dataclass(frozen=True, kw_only=True)
class CardLine:
    """One delivery on one card; the lines of one card share its number, `head`."""

    id: int
    head: int
    chat_id: int
    delivery_id: int
    kind: CardKind
    state: CardState
    at: datetime  # when it came to this state
    person_id: int = 0  # who is asked; 0: everybody in the chat
    stood: State = State.HELD  # where the delivery stood when the card was made
    edition: int = 0  # of the delivery, as the card shows it
    segment: int = 0  # of which new words are asked, from 0
    post_id: int | None = None  # the message that shows the post
    message_id: int | None = None  # the card itself
    seen: str = ""  # digest of the card as it stands there

    def asks(self, delivery: Delivery) -> bool:
        """Whether the delivery is still as the card shows it."""
        return delivery.state is self.stood and delivery.edition == self.edition
