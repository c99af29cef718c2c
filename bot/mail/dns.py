"""The records that a sender's domain needs, and what DNS says of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.domain.say import Say
from bot.mail import dkim

Kind = Literal["spf", "dkim", "dmarc"]
_SPF = re.compile(r"v=spf1(?= |$)", re.IGNORECASE)
_DMARC = re.compile(r"v\s*=\s*DMARC1\s*(?=;|$)", re.IGNORECASE)
CHUNK = 255  # letters of one string of a TXT record (RFC 1035, 3.3.14)


@dataclass(frozen=True, kw_only=True)
class Record:
    """One TXT record to set."""

    kind: Kind
    name: str
    text: str
    needs: str = ""  # a term that the record must hold, besides what its kind demands

    @property
    def shown(self) -> str:
        """As a zone file writes it, in strings that are not too long."""
        parts = [self.text[at : at + CHUNK] for at in range(0, len(self.text), CHUNK)]
        return " ".join(f'"{part}"' for part in parts)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was found of one record."""

    say: Say
    bad: bool = False
    known: bool = True  # False: DNS did not answer


def records(
    domain: str, *, mail_host: str, return_domain: str, signer: str, selector: str, pem: str
) -> Sequence[Record]:
    """What to set for mails from a domain that leave by `mail_host`."""
    host = "" if mail_host in ("localhost", "127.0.0.1", "::1") else mail_host
    term = f"a:{host}" if host else "mx"
    back = return_domain or domain
    found = [Record(kind="spf", name=back, text=f"v=spf1 {term} ~all")]
    if pem:
        found.append(Record(kind="dkim", name=f"{selector}._domainkey.{signer}", text=_public(pem)))
    found.append(
        Record(kind="dmarc", name=f"_dmarc.{domain}", text=f"v=DMARC1; p=none; rua=mailto:postmaster@{domain}")
    )
    return found


def _public(pem: str) -> str:
    return dkim.public_record(dkim.private_key(pem.encode(), where="mail.dkim"))


class Asked:
    """Asks DNS; `nameservers` and `port` stand for those of the system."""

    def __init__(self, nameservers: Sequence[str] = (), port: int = 53, timeout: float = 4.0) -> None:
        import dns.exception
        import dns.resolver

        self._nothing = (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer)
        self._silence = (dns.exception.DNSException, OSError)
        try:
            self._resolver = dns.resolver.Resolver(configure=not nameservers)
        except dns.exception.DNSException:  # a machine without a resolver
            self._resolver = dns.resolver.Resolver(configure=False)
        if nameservers:
            self._resolver.nameservers, self._resolver.port = list(nameservers), port
        self._resolver.lifetime = self._resolver.timeout = timeout

    def judge(self, record: Record) -> Finding:
        """What DNS says of one record."""
        try:
            texts = self._texts(record.name)
        except self._silence:
            return Finding(
                say=Say(
                    f"It could not be looked up: DNS does not answer for {record.name}.",
                    f"تعذر البحث عنه: لا تجيب DNS عن {record.name}.",
                ),
                known=False,
            )
        same = [text for text in texts if _is_a(record.kind, text)]
        if not same:
            return Finding(say=Say("It is not there: set this record.", "غير موجود: أضف هذا السجل."), bad=True)
        if len(same) > 1 and record.kind != "dkim":
            return Finding(
                say=Say(
                    "There are several of them, so none counts: leave one.",
                    "يوجد أكثر من سجل فلا يُحسب أي منها: أبق واحدا.",
                ),
                bad=True,
            )
        return _compared(record, same)

    def _texts(self, name: str) -> list[str]:
        try:
            answer = self._resolver.resolve(name, "TXT")
        except self._nothing:
            return []
        return [b"".join(row.strings).decode("utf-8", "replace") for row in answer]


def _is_a(kind: Kind, text: str) -> bool:
    """Whether a TXT record is one of this kind at all (RFC 7208, 4.5; RFC 7489, 6.3; RFC 6376, 3.6.1)."""
    if kind == "spf":
        return bool(_SPF.match(text))
    if kind == "dmarc":
        return bool(_DMARC.match(text))
    return bool(_tags(text).get("p") or _tags(text).get("v") == "DKIM1")


def _compared(record: Record, found: Sequence[str]) -> Finding:
    """The records that are there, held against the one to set."""
    if record.kind == "dkim" and all(_key(text) != _key(record.text) for text in found):
        return Finding(
            say=Say("Another key stands there: signatures would fail.", "المفتاح المنشور مختلف: ستفشل التواقيع."),
            bad=True,
        )
    text = found[0]
    terms = [each.lower().removeprefix("+") for each in text.split()[1:]]
    if record.kind == "spf" and record.text.split(" ")[1].lower() not in terms:
        if any(each.startswith(("include:", "redirect=")) for each in terms):
            return Finding(
                say=Say(
                    f"It is there; look whether it includes your mail server's provider: {text}",
                    f"السجل موجود؛ تأكد من أنه يضم مزود خادم بريدك: {text}",
                )
            )
        return Finding(
            say=Say(
                f"It is there but does not name your mail server: {text}",
                f"موجود ولكنه لا يذكر خادم بريدك: {text}",
            ),
            bad=True,
        )
    if record.kind == "dmarc" and _tags(text).get("p", "").lower() not in ("none", "quarantine", "reject"):
        return Finding(
            say=Say(
                f"It is there but says nothing to do: p= takes none, quarantine or reject: {text}",
                f"السجل موجود ولكنه بلا سياسة: تأخذ p= إحدى القيم none أو quarantine أو reject: {text}",
            ),
            bad=True,
        )
    return Finding(say=Say("It is there.", "موجود."))


def _key(text: str) -> str:
    return "".join(_tags(text).get("p", "").split())


def _tags(text: str) -> dict[str, str]:
    """The tags of a DKIM or DMARC record, names in small letters."""
    parts = (part.partition("=") for part in text.split(";") if "=" in part)
    return {name.strip().lower(): value.strip() for name, _, value in parts}
