"""Header fields as RFC 5322 and 2047 want them."""

from email.header import Header
from email.utils import formataddr, parseaddr


def encoded(text: str, header: str) -> str:
    """Header text in encoded words of at most 75 octets (RFC 2047, 2).

    By the older of Python's two encoders: the newer one loses spaces where it parts a long text.
    """
    text = " ".join(text.split())
    return text if text.isascii() else Header(text, "utf-8", header_name=header, maxlinelen=76).encode(linesep="\r\n")


def mailbox(named: str, header: str) -> str:
    """A name with its address, "الرواق <news@example.org>", as a field holds it."""
    name, address = parseaddr(named)
    return formataddr((name, address)) if name.isascii() else f"{encoded(name, header)} <{address}>"


def phrase(text: str, header: str) -> str:
    """A few words before what stands in angle brackets (RFC 2919, 3)."""
    text = " ".join(text.split())
    if not text.isascii():
        return encoded(text, header)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def domain_of(address: str) -> str:
    """What stands after the @, in small letters."""
    return parseaddr(address)[1].rpartition("@")[2].lower()
