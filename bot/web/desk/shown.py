"""What others wrote, as a page shows it: text and nothing else, cut in lists, signs that turn it round made visible."""

import re
import unicodedata

from markupsafe import Markup, escape

from bot.text.marks import ELLIPSIS

MOST = 300  # letters of a title in a list
MOST_BODY = 60_000  # of an article as it came
_TURNING = (  # they reorder what stands behind them; the marks that only lean on their neighbours stay as they are
    "\N{LEFT-TO-RIGHT EMBEDDING}\N{RIGHT-TO-LEFT EMBEDDING}\N{POP DIRECTIONAL FORMATTING}"
    "\N{LEFT-TO-RIGHT OVERRIDE}\N{RIGHT-TO-LEFT OVERRIDE}"
    "\N{LEFT-TO-RIGHT ISOLATE}\N{RIGHT-TO-LEFT ISOLATE}\N{FIRST STRONG ISOLATE}\N{POP DIRECTIONAL ISOLATE}"
)
_HIDDEN = re.compile(f"[{_TURNING}]")
_CONTROLS = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}]")


def cut(value: object, most: int = MOST) -> str:
    """At most so many letters, the last an ellipsis; controls left out."""
    whole = str(value or "")
    given = _CONTROLS.sub("", whole[: 2 * most])
    return given if len(given) <= most and len(whole) <= 2 * most else given[: most - 1].rstrip() + ELLIPSIS


def bare(value: object, most: int = MOST) -> str:
    """For an attribute or a page's title: what cannot be shown there is left out."""
    return _HIDDEN.sub("", cut(value, most))


def text(value: object, most: int = MOST) -> Markup:
    """For a page: each sign that would turn the text round is a chip with its name."""
    return Markup(_HIDDEN.sub(_chip, str(escape(cut(value, most)))))  # noqa: S704 - escaped before


def named(value: object) -> str:
    """For a table that is carried away: whole, such signs by their names."""
    return _HIDDEN.sub(lambda found: f"⟨{_short(found[0])}⟩", _CONTROLS.sub("", str(value)))


def _chip(found: re.Match[str]) -> str:
    name = unicodedata.name(found[0])
    return f'<abbr class="inv" title="{name}" dir="ltr">{_short(found[0])}</abbr>'


def _short(sign: str) -> str:
    return "".join(word[0] for word in unicodedata.name(sign).replace("-TO-", " ").split())
