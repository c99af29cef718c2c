"""DKIM signatures (RFC 6376): rsa-sha256, relaxed/relaxed.

What all mails of an edition share is hashed once, and the state of the hash is copied for each of them.
"""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from bot.domain.errors import ConfigError

# what a signature covers, where it is there (RFC 6376, 5.4; RFC 8058, 3.1); a name that stands twice makes a second
# such field, put there on the way, break the signature (8.15)
SIGNED = (
    "From", "From", "Subject", "Subject", "Date", "MIME-Version", "Content-Type", "Reply-To", "List-Id", "Feedback-ID",
    "List-Unsubscribe-Post", "To", "To", "Message-ID", "List-Unsubscribe",
)  # fmt: skip
_SPACE = re.compile(rb"[ \t\r\n]+")


class Key(Protocol):
    """The private key as `cryptography` gives it."""

    def sign(self, data: bytes, padding: Any, algorithm: Any) -> bytes:
        """The signature of the data."""


def private_key(pem: bytes, *, where: str) -> Any:
    """The RSA key of a PEM file, of 2048 bits or more; raises ConfigError."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey) or key.key_size < 2048:
        raise ConfigError(
            f"{where} holds no RSA key of 2048 bits in PEM without a password; "
            "`openssl genrsa 2048` makes one.",
            f"لا يوجد في {where} مفتاح RSA بطول 2048 بت بصيغة PEM بلا كلمة سر؛ الأمر `openssl genrsa 2048` ينشئ واحدا.",
        )  # fmt: skip
    return key


def public_record(key: Any) -> str:
    """The TXT record that goes with a key (RFC 6376, 3.6.1)."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


class Signature:
    """Signs mails whose shared fields and the beginning of whose body are known beforehand.

    Bodies must be such that relaxing changes nothing of them: no blanks at the end of a line, none doubled within one,
    and one line end at the end.
    """

    def __init__(
        self,
        key: Key,
        *,
        domain: str,
        selector: str,
        at: int,
        shared: Mapping[str, str],
        own: Sequence[str],
        begin: bytes,
    ) -> None:
        from cryptography.hazmat.primitives.asymmetric import padding, utils
        from cryptography.hazmat.primitives.hashes import SHA256

        self._sign, self._padding, self._prehashed = key.sign, padding.PKCS1v15(), utils.Prehashed(SHA256())
        names = [*(n for n in SIGNED if n in shared), *(n for n in SIGNED if n not in shared and n in own)]
        given = {name.lower(): f"{name}: {value}" for name, value in shared.items()}
        self._fields = hashlib.sha256()
        seen: set[str] = set()
        for name in names:
            if name in shared and name not in seen:
                seen.add(name)
                self._fields.update(relaxed(given[name.lower()].encode()) + b"\r\n")
        self._own = [name.lower().encode() + b":" for name in dict.fromkeys(names) if name not in shared]
        self._body = hashlib.sha256(begin)
        listed = ":\r\n\t ".join(":".join(part) for part in _by(5, [name.lower() for name in names]))
        self._head = (
            f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain};\r\n"
            f"\ts={selector}; t={at};\r\n\th={listed};\r\n\tbh="
        ).encode()
        self._relaxed_head = relaxed(self._head)

    def line(self, own: Sequence[bytes], rest: bytes | memoryview) -> bytes:
        """The field to put before all others; `own` are the values of the mail's own fields, in the order of SIGNED."""
        body = self._body.copy()
        body.update(rest)
        digest = base64.b64encode(body.digest())
        fields = self._fields.copy()
        pieces = [name + value + b"\r\n" for name, value in zip(self._own, own, strict=True)]
        fields.update(b"".join((*pieces, self._relaxed_head, digest, b"; b=")))
        made = base64.b64encode(self._sign(fields.digest(), self._padding, self._prehashed))
        return b"".join((self._head, digest, b";\r\n\tb=", b"\r\n\t ".join(_by(70, made)), b"\r\n"))


def relaxed(field: bytes) -> bytes:
    """One field in relaxed form, without its line end (RFC 6376, 3.4.2)."""
    name, _, value = field.partition(b":")
    return name.strip().lower() + b":" + _SPACE.sub(b" ", value).strip()


def _by(size: int, whole: Any) -> list[Any]:
    return [whole[at : at + size] for at in range(0, len(whole), size)]
