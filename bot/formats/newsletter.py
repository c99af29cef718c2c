"""An edition of a newsletter: one letter for all, with marks where it differs by reader."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import css_inline

from bot.domain.edition import Letter
from bot.domain.errors import FormatError
from bot.domain.newsletter import Contents, Newsletter
from bot.domain.style import Style
from bot.formats.copy import Copy
from bot.formats.templating import Templates
from bot.mail import marks
from bot.text import bidi
from bot.text.marks import RLM
from bot.text.sentences import sentences
from bot.text.split import cut
from bot.text.typography import MASHRIQ, set_digits, set_months

PREHEADER = 120  # about what an inbox shows beside the subject
SUBJECT = 150
LEAD = 420  # letters of the lead's text
SHORT = 220  # of every other article's
NEWSLETTER = "نشرة"  # before a name that no Arabic word begins

DAYS = "الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد".split()
_GAPS = re.compile(r"\n{3,}")
_INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)

Counted = Callable[[str], str]  # an address to the one that counts who follows it


@dataclass(frozen=True, kw_only=True)
class Item:
    """One article as the template shows it."""

    title: str
    text: str
    link: str
    image: str
    section: str


def letter(
    newsletter: Newsletter,
    contents: Contents,
    copies: Mapping[str, Copy],
    style: Style,
    templates: Templates,
    *,
    public_url: str,
    archive_url: str,
    now: datetime,
    counted: Counted = lambda url: url,
) -> Letter:
    """The letter of an edition; raises FormatError."""
    listed = [id_ for id_ in contents.articles if id_ in copies]
    if not listed:
        raise FormatError("This edition has no article.", "هذا العدد بلا مواد.")
    lead, rest = listed[0], set(listed[1:])
    sections = [
        (marks.without(section.title), [_item(copies[id_], SHORT, counted) for id_ in section.articles if id_ in rest])
        for section in contents.sections
    ]
    subject = _arabic_first(contents.subject or copies[lead].title, newsletter.name)
    values = {
        "newsletter": newsletter.name,
        "newsroom": style.newsroom,
        "language": style.language,
        "date": date_text(contents, style),
        "title": subject,
        "preheader": marks.without(contents.preheader or cut(_text(copies[lead], PREHEADER), PREHEADER, len)[0]),
        "intro": [line.strip() for line in marks.without(contents.intro).splitlines() if line.strip()],
        "lead": _item(copies[lead], LEAD, counted),
        "sections": [(title, items) for title, items in sections if items],
        "read_on_site": style.read_on_site,
        "archive_url": archive_url,
        "greeting": marks.GREETING,
        "address": marks.ADDRESS,
        "unsubscribe_url": f"{public_url}/u/{marks.UNSUBSCRIBE}",
        "preferences_url": f"{public_url}/p/{marks.PREFERENCES}",
    }
    text = _GAPS.sub("\n\n", templates.render(f"email/{newsletter.template}.txt.j2", **values)).strip() + "\n"
    html = templates.render(f"email/{newsletter.template}.html.j2", **values)
    head, end, body = html.partition("</head>")  # no marks into the styles
    return Letter(
        newsletter=newsletter.key,
        newsletter_name=newsletter.name,
        sender=newsletter.sender,
        reply_to=newsletter.reply_to,
        list_id=newsletter.list_id,
        subject=bidi.mend(subject, RLM),
        date=now.replace(microsecond=0),
        text=bidi.mend(text, RLM),
        html=_INLINER.inline(head + end + bidi.mend_html(body, told=True)),
        named=newsletter.greeting,
        nameless=newsletter.greeting_nameless,
    )


def date_text(contents: Contents, style: Style) -> str:
    """الجمعة 27 نوفمبر 2026, in the digits and months of the house."""
    day = contents.day
    return set_digits(
        set_months(f"{DAYS[day.weekday()]} {day.day} {MASHRIQ[day.month - 1]} {day.year}", style.months), style.digits
    )


def _arabic_first(subject: str, name: str) -> str:
    """A subject whose first letter is Arabic: mail programs take the direction of the line from it."""
    subject = marks.without(cut(" ".join(subject.split()), SUBJECT, len)[0])
    if _from_the_right(subject):
        return subject
    return f"{name if _from_the_right(name) else f'{NEWSLETTER} {name}'}: {subject}"


def _from_the_right(text: str) -> bool:
    return bidi.has_arabic(text.partition(" ")[0]) and bidi.first_strong(text) != "L"


def _item(copy: Copy, most: int, counted: Counted) -> Item:
    return Item(
        title=marks.without(copy.title),
        text=marks.without(_text(copy, most)),
        link=counted(marks.without(copy.url)) if copy.url else "",
        image=marks.without(copy.image),
        section=marks.without(copy.section),
    )


def _text(copy: Copy, most: int) -> str:
    """The first sentences, as many as fit; at least one."""
    found = ""
    for sentence in sentences(copy.paragraphs[0]) if copy.paragraphs else ():
        if found and len(found) + len(sentence) > most:
            break
        found = f"{found} {sentence}".strip()
    return cut(found, most * 2, len)[0] if found else ""
