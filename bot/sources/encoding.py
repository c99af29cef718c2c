"""Bytes of an Arabic page or feed into text, whatever they claim to be."""

import codecs
import html
import re

_DECLARED = re.compile(rb"""(?:encoding|charset)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_IN_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NAMED = re.compile(r"&(?!(?:lt|gt|amp|quot|apos);)[A-Za-z][A-Za-z0-9]{1,31};")
_NUMBERED = re.compile(r"&#(?:x([0-9a-fA-F]{1,8})|(\d{1,9}));")


def text_of(content: bytes, content_type: str = "") -> str:
    """The text of a document; never raises.

    Bytes that are valid UTF-8 and hold more than ASCII are UTF-8, whatever is declared: text in windows-1256 is never
    that by chance. Else the declaration holds, of HTTP before that of the document, if the bytes fit it; else it is
    windows-1256, which is what Arabic pages without a true declaration are in.
    """
    for bom, name in _BOMS:
        if content.startswith(bom):
            return content.decode(name, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        cut_short = error.reason == "unexpected end of data" and error.start > 100
    if cut_short:
        return content.decode("utf-8", "ignore")
    for name in _claims(content, content_type):
        try:
            return content.decode(name)
        except (LookupError, UnicodeError, ValueError):
            continue
    replaced = content.decode("utf-8", "replace")
    if replaced.count("\N{REPLACEMENT CHARACTER}") <= 0.01 * len(replaced):  # UTF-8 with a scratch or two
        return replaced
    return content.decode("windows-1256", "replace")


def without_named_entities(text: str) -> str:
    """HTML's named entities as their characters, but for the five of XML, and no number that is no letter of XML."""
    text = _NAMED.sub(lambda found: html.unescape(found[0]), text)
    return _NUMBERED.sub(_real, text)


def _real(found: re.Match[str]) -> str:
    code = int(found[1], 16) if found[1] else int(found[2])
    real = code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    return found[0] if real else ""


def _claims(content: bytes, content_type: str) -> list[str]:
    """The encodings that the header and the document claim, UTF-8 aside: it was tried."""
    found = [match[1] for match in [_IN_HEADER.search(content_type)] if match]
    found += [match[1].decode("ascii") for match in _DECLARED.finditer(content[:2048])]
    other = [name.lower() for name in found if name.lower().replace("-", "") not in ("utf8", "utf16", "utf7")]
    return ["windows-1256" if name in ("iso-8859-1", "latin1", "us-ascii", "ascii") else name for name in other]
