"""The records that a sender's domain needs, and what DNS says of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.domain.say import Say
from bot.mail import dkim

Kind = Literal["spf", "dkim", "dmarc"]
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
                say=Say(f"DNS does not answer for {record.name}.", f"لا تجيب DNS عن {record.name}."), known=False
            )
        begin = record.text.partition(";")[0].split(" ")[0]
        same = [
            text
            for text in texts
            if text.replace(" ", "").startswith(begin) or (record.kind == "dkim" and "p=" in text)
        ]
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
        return self._compared(record, same[0])

    def _texts(self, name: str) -> list[str]:
        try:
            answer = self._resolver.resolve(name, "TXT")
        except self._nothing:
            return []
        return [b"".join(row.strings).decode("utf-8", "replace") for row in answer]

    def _compared(self, record: Record, text: str) -> Finding:
        if record.kind == "dkim" and _key(text) != _key(record.text):
            return Finding(
                say=Say("Another key stands there: signatures would fail.", "المفتاح المنشور مختلف: ستفشل التواقيع."),
                bad=True,
            )
        if record.kind == "spf" and record.text.split(" ")[1] not in text.split(" ") and "include:" not in text:
            return Finding(
                say=Say(f"It does not name your mail server: {text}", f"لا يذكر خادم بريدك: {text}"), bad=True
            )
        return Finding(say=Say("It is there.", "موجود."))


def _key(text: str) -> str:
    tags = dict(part.strip().partition("=")[::2] for part in text.split(";") if "=" in part)
    return tags.get("p", "").replace(" ", "")
