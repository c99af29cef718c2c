"""What the desk does with lists: adds one, writes all out, erases one, keeps an address from mail."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.errors import NotFound, Refused
from bot.domain.importing import Listed
from bot.domain.person import Actor
from bot.domain.ports import Now
from bot.domain.signup import FREQUENCIES, Address, Offer, name_in, words_in
from bot.domain.subscriber import Frequency, Subscriber, Suppressed, digest_of
from bot.pipeline.importing import NO_WORDS, frequency_in
from bot.pipeline.office import Log
from bot.pipeline.subscribing import Readers
from bot.text.rows import LONGEST, guarded

LIFTED_BY_HAND = (Suppressed.BY_HAND, Suppressed.HARD_BOUNCE, Suppressed.SOFT_BOUNCES)
HEADS = ("email", "name", "state", "newsletter", "frequency", "since", "suppressed")


class Rolls(Protocol):
    """The lists that are kept."""

    def one(self, id_: int) -> Listed | None: ...
    def everybody(self, newsletter: str = "") -> Iterator[Listed]: ...
    def erase(self, key: str, digest: str, is_it: Callable[[str], bool], origin: str, now: datetime) -> bool: ...
    def bar(self, digest: str, newsletter: str, address: str, note: str, now: datetime) -> bool: ...
    def reason(self, digest: str, newsletter: str) -> Suppressed | None: ...
    def lift(self, digest: str, newsletter: str) -> bool: ...


class Found(Readers, Protocol):
    """Subscribers, also by address."""

    def of_key(self, key: str) -> Subscriber | None: ...
    def suppressed(self, digest: str) -> dict[str, Suppressed]: ...


@dataclass(frozen=True, kw_only=True)
class Lists:
    """Acts on lists, for pages, commands and programs alike."""

    rolls: Rolls
    readers: Found
    offers: Callable[[], Mapping[str, Offer]]
    read: Callable[[str], Address]
    allow: Callable[[Actor, str], None]
    log: Log
    now: Now

    def add(
        self, actor: Actor, newsletter: str, given: str, name: str, words: str, frequency: str = ""
    ) -> tuple[int, bool]:
        """One address that agreed elsewhere; its number, and whether it is new there. Raises NotAllowed, NotFound,
        Refused, as an import would.
        """
        self.allow(actor, "reader")
        offer = self._offer(newsletter)
        address, often = self.read(given), _frequency(offer, frequency)
        if not words.strip():
            raise NO_WORDS
        if any(key in ("", newsletter) for key in self.readers.suppressed(digest_of(address.key))):
            raise Refused(
                "This address is suppressed or has unsubscribed: only its owner can come back, by signing up.",
                "هذا العنوان محجوب أو ألغى صاحبه الاشتراك: لا يعود إلا إن اشترك صاحبه من جديد.",
            )
        known = self.readers.of_key(address.key)
        reads = [each.newsletter for each in self.readers.memberships(known.id) if each.until is None] if known else []
        id_ = self.readers.join(
            address,
            name_in(name),
            "ar",
            {newsletter: often},
            what="added",
            origin=f"{actor.name} ({actor.door})",
            words={newsletter: words_in(words)},
            now=self.now(),
        )
        self.log.note(actor, "reader", f"subscriber:{id_}", self.now(), detail={"newsletter": newsletter})
        return id_, newsletter not in reads

    def export(self, actor: Actor, newsletter: str = "") -> Iterator[list[str]]:
        """Rows of a table, headings first, one for each newsletter that somebody reads. Raises NotAllowed, NotFound."""
        self.allow(actor, "readers")
        if newsletter:
            self._offer(newsletter)
        self.log.note(actor, "readers_out", f"newsletter:{newsletter or '*'}", self.now())
        return self._exported(newsletter)

    def _exported(self, newsletter: str) -> Iterator[list[str]]:
        yield list(HEADS)
        for each in self.rolls.everybody(newsletter):
            for key, often in each.reads or (("", ""),):
                if newsletter in ("", key):
                    since = each.created_at.isoformat()
                    row = [each.address, each.name, each.state, key, often, since, each.suppressed]
                    yield [guarded(cell) for cell in row]

    def erase(self, actor: Actor, who: int | str) -> None:
        """Nothing of a subscriber, by number, or of an address stays but a digest; also of one that only signed up, is
        suppressed or stands among refused rows. Raises NotAllowed, NotFound, Refused.
        """
        self.allow(actor, "erase")
        found = self.readers.get(who) if isinstance(who, int) else self.readers.of_key(self.read(who).key)
        key = self.read(who).key if isinstance(who, str) else found.address.lower() if found else ""
        origin = f"{actor.name} ({actor.door})"
        if not key or not self.rolls.erase(key, digest_of(key), lambda v: self._is(v, key), origin, self.now()):
            raise NotFound(
                "Nothing is kept of such an address or subscriber.", "لا شيء محفوظا عن هذا العنوان أو المشترك."
            )
        self.log.note(actor, "erase", f"subscriber:{found.id}" if found else "suppression", self.now())

    def _is(self, value: str, key: str) -> bool:
        """Whether what a row held is this address; one that is too long was cut."""
        if value.lower() == key[:LONGEST]:
            return True
        try:
            return self.read(value).key == key
        except Refused:
            return key[:LONGEST] in value.lower()

    def bar(self, actor: Actor, given: str, note: str = "", newsletter: str = "") -> bool:
        """Nothing goes to an address any more; False where that was so. Raises NotAllowed, NotFound, Refused."""
        self.allow(actor, "reader")
        if newsletter:
            self._offer(newsletter)
        address = self.read(given)
        done = self.rolls.bar(digest_of(address.key), newsletter, address.ascii, note.strip()[:300], self.now())
        if done:
            self.log.note(actor, "reader", "suppression", self.now(), detail={"added": newsletter or "*"})
        return done

    def lift(self, actor: Actor, digest: str, newsletter: str) -> None:
        """Mail may go there again; not to one who left or complained. Raises NotAllowed, NotFound, Refused."""
        self.allow(actor, "lift")
        reason = self.rolls.reason(digest, newsletter)
        if reason is None:
            raise NotFound("Nothing is suppressed there.", "لا حجب هنا.")
        if reason not in LIFTED_BY_HAND:
            raise Refused(
                "Whoever unsubscribed or complained comes back by signing up, not by our hand.",
                "من ألغى اشتراكه أو اشتكى لا نعيده نحن؛ يعود إن اشترك بنفسه.",
            )
        self.rolls.lift(digest, newsletter)
        self.log.note(actor, "lift", "suppression", self.now(), detail={"reason": reason})

    def _offer(self, newsletter: str) -> Offer:
        if found := self.offers().get(newsletter):
            return found
        raise NotFound(f"There is no newsletter {newsletter}.", f"لا نشرة اسمها {newsletter}.")


def _frequency(offer: Offer, given: str) -> Frequency:
    if not given:
        return offer.frequencies[0]
    found = frequency_in(given)
    if found is None or found not in offer.frequencies:
        words = "، ".join(f"«{FREQUENCIES[each].ar}»" for each in offer.frequencies)
        raise Refused(
            f"{offer.name} comes {' or '.join(offer.frequencies)}.", f"تصدر «{offer.name}» بإحدى هذه الوتائر: {words}."
        )
    return found
