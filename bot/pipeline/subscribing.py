"""What readers do themselves: they ask, confirm, choose, leave. Nothing here says whether an address is known."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.errors import Refused
from bot.domain.ports import Now
from bot.domain.say import Language
from bot.domain.signup import AGREE, Address, Membership, Offer, Signup, SignupState, choice, name_in
from bot.domain.subscriber import Frequency, Subscriber, digest_of

CONFIRM_WITHIN = timedelta(days=3)
KNOCKS_IN = timedelta(minutes=10)
MOST_OF_CALLER = 20
MOST_OF_HOST = 300  # behind which many callers may stand, or one who makes callers up

TOO_MANY = Refused(
    "Too many sign-ups came from where you are; wait ten minutes.",
    "جاءت من مكانك طلبات اشتراك كثيرة؛ انتظر عشر دقائق ثم حاول من جديد.",
)
NONE_CHOSEN = Refused("Choose a newsletter.", "اختر نشرة واحدة على الأقل.")
NOT_OURS = Refused(
    "This link is not one of ours, or something of it is missing: open it from the mail again. Nothing was changed.",
    "هذا الرابط ليس من روابطنا أو سقط منه شيء: افتحه من الرسالة مرة أخرى. لم يتغير شيء.",
)
OVER = Refused(
    "This link held for three days and is over: sign up again. Nothing was changed.",
    "كان هذا الرابط صالحا ثلاثة أيام وانتهت صلاحيته: اشترك من جديد. لم يتغير شيء.",
)


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Where a request comes from."""

    host: str  # whose connection it is
    forwarded: str = ""  # for whom a proxy says that it asks; anybody can write that

    def __str__(self) -> str:
        return f"{self.forwarded} (by {self.host})" if self.forwarded else self.host


class Whose(Protocol):
    """A subscriber and an edition, as a signed link names them."""

    @property
    def subscriber(self) -> int: ...
    @property
    def edition(self) -> int: ...


class Links(Protocol):
    """Reads signed links; None where one is forged or changed."""

    def confirmed(self, token: str, now: datetime, /) -> int | None: ...
    def unsubscribing(self, token: str, /) -> Whose | None: ...
    def preferring(self, token: str, /) -> Whose | None: ...


class Signups(Protocol):
    """The sign-ups that are kept."""

    def add(self, signup: Signup, words: Mapping[str, str], origin: str) -> None:
        """A sign-up and its lines in the log of consents; nothing that is known of the address is read."""

    def get(self, id_: int) -> Signup | None:
        """One by number."""

    def settle(self, id_: int, state: SignupState) -> None:
        """What became of it."""


class Readers(Protocol):
    """Subscribers by their own acts."""

    def get(self, id_: int) -> Subscriber | None: ...
    def memberships(self, id_: int) -> Sequence[Membership]: ...
    def join(
        self,
        address: Address,
        name: str,
        language: Language,
        wanted: Mapping[str, Frequency],
        *,
        what: str,
        origin: str,
        words: Mapping[str, str],
        now: datetime,
        offered: Collection[str] = (),
    ) -> int: ...
    def leave(
        self, id_: int, newsletter: str, *, origin: str, words: str, now: datetime, edition: int | None = None
    ) -> bool: ...
    def prefer(
        self,
        id_: int,
        wanted: Mapping[str, Frequency | None],
        *,
        origin: str,
        words: Mapping[str, str],
        now: datetime,
        offered: Collection[str],
    ) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Who follows a signed link: nothing but what the page needs."""

    id: int
    newsletter: str = ""  # of the edition whose link it is; "": of no one edition
    edition: int = 0
    memberships: Sequence[Membership] = ()
    address: str = ""  # with the middle left out
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Subscribing:
    """The acts of readers, for pages, commands and programs alike."""

    offers: Callable[[], Mapping[str, Offer]]
    signups: Signups
    readers: Readers
    links: Links
    read: Callable[[str], Address]
    newsletter_of: Callable[[int], str]  # of an edition; "" of one that is gone
    knock: Callable[[Sequence[str], datetime, datetime], Mapping[str, int]]
    now: Now
    hurry: Callable[[], None] = field(default=lambda: None)  # a mail is to go

    def ask(self, address: str, name: str, wanted: Mapping[str, Frequency], language: Language, caller: Caller) -> None:
        """Note a sign-up, whose mail goes later; the same for every address. Raises Refused."""
        now = self.now()
        who, host = f"signup:{caller}"[:120], f"signup host:{caller.host}"[:120]
        tries = self.knock([who, host], now - KNOCKS_IN, now)
        if tries[who] > MOST_OF_CALLER or tries[host] > MOST_OF_HOST:
            raise TOO_MANY
        offers, found = self.offers(), self.read(address)
        chosen = {key: each for key, each in wanted.items() if key in offers and each in offers[key].frequencies}
        if not chosen:
            raise NONE_CHOSEN
        signup = Signup(
            id=0,
            digest=digest_of(found.key),
            key=found.key,
            address=found.ascii,
            name=name_in(name),
            language=language,
            wanted=chosen,
            state=SignupState.WAITING,
            attempts=0,
            at=now,
        )
        said = {key: f"{AGREE.to(language)} [{choice(offers[key], each, language)}]" for key, each in chosen.items()}
        self.signups.add(signup, said, str(caller))
        self.hurry()

    def asked(self, token: str) -> Signup:
        """The sign-up that a link confirms; changes nothing. Raises Refused."""
        id_ = self.links.confirmed(token, self.now())
        if id_ == 0:
            raise OVER
        found = self.signups.get(id_) if id_ else None
        if found is None:
            raise NOT_OURS
        return found

    def confirm(self, token: str, words: str, caller: Caller) -> Signup:
        """The button was pressed: the newsletters come from now on; twice changes nothing. Raises Refused."""
        found = self.asked(token)
        if found.state is SignupState.CONFIRMED:
            return found
        offers = self.offers()
        wanted = {key: each for key, each in found.wanted.items() if key in offers}
        said = {key: f"{words} [{choice(offers[key], each, found.language)}]" for key, each in wanted.items()}
        self.readers.join(
            Address(key=found.key, ascii=found.address),
            found.name,
            found.language,
            wanted,
            what="confirmed",
            origin=str(caller),
            words=said,
            now=self.now(),
            offered=list(offers),
        )
        self.signups.settle(found.id, SignupState.CONFIRMED)
        return found

    def leaving(self, token: str) -> Reader:
        """Whose link to unsubscribe it is; changes nothing. Raises Refused."""
        return self._reader(self.links.unsubscribing(token))

    def leave(self, token: str, words: str, caller: Caller, *, all_: bool = False) -> Reader:
        """Unsubscribe from the newsletter of the edition whose link it is, or from all; twice changes nothing.

        Raises Refused.
        """
        found = self.leaving(token)
        newsletter = "" if all_ else found.newsletter
        self.readers.leave(
            found.id, newsletter, origin=str(caller), words=words, now=self.now(), edition=found.edition or None
        )
        return found

    def choosing(self, token: str) -> Reader:
        """Whose link to preferences it is, with what they read; changes nothing. Raises Refused."""
        return self._reader(self.links.preferring(token))

    def choose(self, token: str, wanted: Mapping[str, Frequency | None], language: Language, caller: Caller) -> Reader:
        """Read these newsletters, so often; None: no more. Raises Refused."""
        found, offers = self.choosing(token), self.offers()
        good = {k: f for k, f in wanted.items() if k in offers and (f is None or f in offers[k].frequencies)}
        never = {"ar": "لا تصلني", "en": "never"}[language]
        said = {
            key: f"[{choice(offers[key], each, language) if each else f'{offers[key].name}: {never}'}]"
            for key, each in good.items()
        }
        self.readers.prefer(found.id, good, origin=str(caller), words=said, now=self.now(), offered=list(offers))
        return self.choosing(token)

    def _reader(self, whose: Whose | None) -> Reader:
        if whose is None:
            raise NOT_OURS
        found = self.readers.get(whose.subscriber)
        newsletter = self.newsletter_of(whose.edition) if whose.edition else ""
        if found is None:  # a test, or somebody who was erased: nothing to do, and nothing to tell
            return Reader(id=0, newsletter=newsletter)
        return Reader(
            id=found.id,
            newsletter=newsletter,
            edition=whose.edition,
            memberships=self.readers.memberships(found.id),
            address=_cut(found.address),
            name=found.name,
        )


def _cut(address: str) -> str:
    """Enough for its owner: who was sent a forwarded mail does not learn the whole of it."""
    local, _, domain = address.rpartition("@")
    return f"{local[:2]}…@{domain}"
