"""Telegram's HTML parse mode: what it accepts, what it refuses, and where the entities lie."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

Entity = dict[str, Any]

TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "s": "strikethrough",
    "strike": "strikethrough", "del": "strikethrough", "u": "underline", "ins": "underline",
    "tg-spoiler": "spoiler", "tg-emoji": "custom_emoji", "span": "spoiler", "code": "code", "pre": "pre",
    "a": "text_link", "blockquote": "blockquote",
}  # fmt: skip
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
PLAIN = re.compile("[^<&]+")
NAME = re.compile(r"</?([^\s>]*)")
TAG_END = re.compile(r"\s*>")
END_TAG = re.compile(r"</([^\s>]*)\s*(>?)")
REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(lt|gt|amp|quot)(?![A-Za-z]));?")
ATTRIBUTE = re.compile(r"""\s*([^\s=>]+)\s*(?:=\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9.-]+)(?=[\s>])))?""", re.DOTALL)
REMOVED = re.compile("[\r\u2028-\u202e]")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


class ParseError(ValueError):
    """The text is refused, in the service's words."""


def units(text: str) -> int:
    """The length in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str) -> str:
    """Remove the characters that are lost on the way to a channel."""
    return CONTROL.sub(" ", REMOVED.sub("", text))


def link(address: str) -> str | None:
    """The address as it is stored, or None when the link is silently lost."""
    if not re.match(r"[a-z][a-z0-9+.-]*:", address, re.IGNORECASE):
        address = f"http://{address}"
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme in {"http", "https"} and "." in parts.netloc.strip("."):
        return parts._replace(path=parts.path or "/").geturl()
    return address if parts.scheme in {"tg", "ton"} and parts.netloc else None


@dataclass
class _Open:
    tag: str
    argument: str
    offset: int
    at: int


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.text = ""
        self.entities: list[Entity] = []
        self.stack: list[_Open] = []

    def fail(self, reason: str, at: int, tail: str = "") -> ParseError:
        return ParseError(f"{reason} at byte offset {len(self.source[:at].encode())}{tail}")

    def run(self) -> None:
        position, source = 0, self.source
        while position < len(source):
            if source[position] == "&":
                position = self.reference(position)
            elif source[position] != "<":
                plain = PLAIN.match(source, position)
                assert plain
                self.text += clean(plain[0])
                position = plain.end()
            elif source.startswith("</", position):
                position = self.close(position)
            else:
                position = self.open(position)
        if self.stack:
            tag = self.stack[-1].tag
            raise ParseError(f'Can\'t find end tag corresponding to start tag "{tag}"')

    def reference(self, at: int) -> int:
        found = REFERENCE.match(self.source, at)
        char, end = "&", at + 1
        if found:
            hexadecimal, decimal, name = found.groups()
            number = ord(NAMED[name]) if name else int(hexadecimal or decimal, 16 if hexadecimal else 10)
            if 0 < number < 0x10FFFF and not 0xD800 <= number < 0xE000:
                char, end = chr(number), found.end()
        self.text += clean(char)
        return end

    def open(self, at: int) -> int:
        found = NAME.match(self.source, at)
        assert found
        tag, position = found[1].lower(), found.end()
        if position == len(self.source):
            raise self.fail("Unclosed start tag", at)
        if tag not in TAGS:
            raise self.fail(f'Unsupported start tag "{tag}"', at)
        attributes: dict[str, str] = {}
        while not (end := TAG_END.match(self.source, position)):
            attribute = ATTRIBUTE.match(self.source, position)
            if not attribute:
                raise self.fail("Unclosed start tag", at)
            name, *values = attribute.groups()
            if tag != "blockquote" and not any(value is not None for value in values):
                reason = f'Expected equal sign in declaration of an attribute of the tag "{tag}"'
                raise self.fail(reason, at)
            given = next((value for value in values if value is not None), "")
            attributes[name.lower()] = REFERENCE.sub(self._decode, given)
            position = attribute.end()
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise self.fail('Tag "span" must have class "tg-spoiler"', at)
        argument = {
            "a": attributes.get("href", ""),
            "code": attributes.get("class", "").partition("language-")[2],
            "tg-emoji": attributes.get("emoji-id", ""),
            "blockquote": "expandable" if "expandable" in attributes else "",
        }.get(tag, "")
        self.stack.append(_Open(tag, argument, units(self.text), len(self.text)))
        return end.end()

    @staticmethod
    def _decode(found: re.Match[str]) -> str:
        inner = _Parser(found[0])
        inner.reference(0)
        return inner.text

    def close(self, at: int) -> int:
        found = END_TAG.match(self.source, at)
        assert found
        if not self.stack:
            raise self.fail("Unexpected end tag", at)
        if not found[2]:
            raise self.fail("Unclosed end tag", at)
        opened, tag = self.stack.pop(), found[1].lower()
        if tag and tag != opened.tag:
            raise self.fail("Unmatched end tag", at, f', expected "</{opened.tag}>", found "</{tag}>"')
        length = units(self.text) - opened.offset
        outer = {item.tag for item in self.stack}
        if length and not outer & {"pre", "code"} and not (opened.tag == "blockquote" in outer):
            self.add({"type": TAGS[opened.tag], "offset": opened.offset, "length": length}, opened)
        elif opened.tag == "code" and opened.argument and self.stack[-1].tag == "pre":
            self.stack[-1].argument = opened.argument
        return found.end()

    def add(self, entity: Entity, opened: _Open) -> None:
        if opened.tag == "a":
            url = link(opened.argument or self.text[opened.at :])
            if url is None:
                return
            entity["url"] = url
        elif opened.tag == "pre" and opened.argument:
            entity["language"] = opened.argument
        elif opened.tag == "tg-emoji":
            entity["custom_emoji_id"] = opened.argument
        elif opened.argument == "expandable":
            entity["type"] = "expandable_blockquote"
        self.entities.append(entity)


def trim(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Cut the white space at both ends, move the entities, keep the first hundred."""
    shift = len(text) - len(text.lstrip(" \n\t"))
    text = text.strip(" \n\t")
    kept = []
    for entity in entities:
        start = max(entity["offset"] - shift, 0)
        end = min(entity["offset"] - shift + entity["length"], units(text))
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    return text, sorted(kept, key=lambda item: (item["offset"], -item["length"]))[:100]


def parse(source: str) -> tuple[str, list[Entity]]:
    """The plain text and its entities; raises ParseError in the service's words."""
    parser = _Parser(source)
    parser.run()
    return trim(parser.text, parser.entities)
