"""The mail that asks whether an address is its owner's; or says that nothing is new."""

from collections.abc import Sequence
from dataclasses import dataclass

import css_inline

from bot.domain.say import Language
from bot.formats.templating import Templates
from bot.text import bidi
from bot.text.marks import RLM

_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """As it goes out."""

    subject: str
    text: str
    html: str


def confirmation(
    templates: Templates, *, newsroom: str, names: Sequence[str], language: Language, link: str, known: bool, days: int
) -> Confirmation:
    """In the language of the sign-up; `known`: the link leads to preferences. Raises FormatError."""
    ar = language == "ar"
    title = (
        ("أنت مشترك من قبل" if ar else "You are subscribed already")
        if known
        else ("أكّد اشتراكك" if ar else "Confirm your subscription")
    )
    values = {
        "language": language,
        "ar": ar,
        "title": f"{title}{'، ' if ar else ', '}{newsroom}",
        "newsroom": newsroom,
        "names": names,
        "link": link,
        "known": known,
        "days": days,
    }
    text = templates.render("email/confirm.txt.j2", **values).strip() + "\n"
    html = _INLINER.inline(templates.render("email/confirm.html.j2", **values))
    head, end, body = html.partition("</head>")
    if ar:
        text, body = bidi.mend(text, RLM), bidi.mend_html(body, told=True)
    return Confirmation(subject=values["title"], text=text, html=head + end + body)  # type: ignore[arg-type]  # a str
