"""The mails by which sign-ups are confirmed: sent after the request, so that it tells nothing by its time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.edition import End
from bot.domain.errors import BotError
from bot.domain.ports import Now
from bot.domain.say import Language
from bot.domain.signup import Address, Membership, Signup, SignupState
from bot.domain.subscriber import CAME_BACK, Subscriber, SubscriberState, Suppressed

AT_ONCE = 50  # of one round
HELD = timedelta(minutes=5)  # as long as one process may take for one mail
AGAIN = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=8))
A_DAY = timedelta(days=1)
MOST_A_DAY = 3  # mails to one address: nobody is to be flooded by somebody else's sign-ups


class Waiting(Protocol):
    """The sign-ups that wait for their mail."""

    def due(self, now: datetime, limit: int) -> Sequence[int]: ...
    def claim(self, id_: int, until: datetime, now: datetime) -> Signup | None: ...
    def settle(self, id_: int, state: SignupState, next_at: datetime | None = None) -> None: ...
    def mailed_since(self, digest: str, moment: datetime) -> int: ...


class Known(Protocol):
    """What is known of an address."""

    def of_key(self, key: str) -> Subscriber | None: ...
    def memberships(self, id_: int) -> Sequence[Membership]: ...
    def suppressed(self, digest: str) -> dict[str, Suppressed]: ...
    def pend(self, address: Address, name: str, language: Language, now: datetime) -> int: ...


@dataclass(frozen=True, kw_only=True)
class Confirming:
    """Sends what sign-ups wait for."""

    signups: Waiting
    readers: Known
    post: Callable[[Signup, int], End]  # with the subscriber where it reads all of that already, else 0
    now: Now

    def work(self) -> int:
        """One round; how many mails went. Raises BotError where the mail server is away: then the rest waits, too.

        Another process may be at it as well: each sign-up is claimed.
        """
        sent = 0
        for id_ in self.signups.due(self.now(), AT_ONCE):
            now = self.now()
            signup = self.signups.claim(id_, now + HELD, now)
            if signup:
                sent += self._one(signup, now)
        return sent

    def _one(self, signup: Signup, now: datetime) -> bool:
        against = self.readers.suppressed(signup.digest)
        barred = {key for key, reason in against.items() if reason not in CAME_BACK}
        nothing = "" in barred or barred.issuperset(signup.wanted)
        if nothing or self.signups.mailed_since(signup.digest, now - A_DAY) >= MOST_A_DAY:
            self.signups.settle(signup.id, SignupState.DROPPED)
            return False
        known = self._known(signup, against)
        if not known:
            self.readers.pend(Address(key=signup.key, ascii=signup.address), signup.name, signup.language, now)
        try:
            end = self.post(signup, known)
        except BotError:
            self._later(signup, now)
            raise
        if end in (End.LATER, End.UNTRIED):
            self._later(signup, now)
            return False
        # one whose answer was lost may be there: who did not get it signs up once more
        self.signups.settle(signup.id, SignupState.DROPPED if end is End.REFUSED else SignupState.MAILED)
        return end is not End.REFUSED

    def _later(self, signup: Signup, now: datetime) -> None:
        spans = AGAIN[signup.attempts - 1 : signup.attempts]
        state = SignupState.WAITING if spans else SignupState.DROPPED
        self.signups.settle(signup.id, state, now + spans[0] if spans else None)

    def _known(self, signup: Signup, against: Mapping[str, Suppressed]) -> int:
        """The subscriber, where nothing that was asked for is new, and nothing is to be lifted for it."""
        found = self.readers.of_key(signup.key)
        lifted = any(against.get(key) in CAME_BACK for key in ("", *signup.wanted))
        if found is None or lifted or found.state is not SubscriberState.ACTIVE:
            return 0
        had = {each.newsletter: each.frequency for each in self.readers.memberships(found.id) if each.until is None}
        return found.id if all(had.get(key) == each for key, each in signup.wanted.items()) else 0
