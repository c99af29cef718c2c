"""Addresses as people write them into those that mail goes to (RFC 5321, 4.1.2; RFC 5890 for their domains)."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

from bot.domain.errors import Refused
from bot.domain.signup import Address

LONGEST = 254  # RFC 5321, 4.5.3.1.3, less the brackets


def read(given: str) -> Address:
    """The address, its domain in ASCII; raises Refused. No server is asked.

    What stands before the @ has to be ASCII: a mail server that does not announce SMTPUTF8 (RFC 6531) cannot take
    anything else, and a newsletter that reaches some servers only would lose such readers in silence.
    """
    # marks of direction and blanks come along when an address is copied
    shown = "".join(sign for sign in given[:1000] if unicodedata.category(sign) != "Cf").strip()
    local = shown.rpartition("@")[0]
    if local and not local.isascii():
        raise Refused(
            "An address whose part before the @ is not in Latin letters cannot be mailed to yet: give another one.",
            "لا يمكن بعد الإرسال إلى عنوان في جزئه الذي قبل @ حروف غير لاتينية: اكتب عنوانا آخر.",
        )
    try:
        found = validate_email(shown, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        found = None
    if found is None or found.ascii_email is None or len(found.ascii_email) > LONGEST:
        raise Refused(
            "This is not an e-mail address: it is written name@example.org.",
            "هذا ليس عنوان بريد: يُكتب هكذا name@example.org.",
        )
    return Address(key=found.ascii_email.lower(), ascii=found.ascii_email)
