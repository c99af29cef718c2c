"""X: a post that stands alone, and in mode `thread` the story after it."""

import re
from itertools import accumulate

from bot.domain.channel import Channel
from bot.domain.post import Post, Segment
from bot.domain.style import Style
from bot.formats.copy import Copy
from bot.formats.templating import Templates
from bot.text import bidi, links
from bot.text.marks import ALM, ELLIPSIS
from bot.text.measure import x_length
from bot.text.pairs import close_quotes
from bot.text.sentences import clause_ends, is_heading, sentences, stands_alone
from bot.text.split import Group, cut, most, pack, prefixes, units
from bot.text.typography import set_digits

LIMIT = 280  # docs.x.com, counting characters; weighted

MOST_LETTERS = 8 * LIMIT  # of the article for each segment: what stands behind them is not even looked at

_GAPS = re.compile(r"\n{3,}")


def compose(copy: Copy, channel: Channel, style: Style, templates: Templates) -> Post:
    """One post in mode `short`, up to `max_segments` in mode `thread`, each within 280."""
    writer = _Writer(copy, channel, style, templates)
    thread = channel.mode != "short" and style.max_segments > 1
    first, told = writer.first(with_link=style.link == "first" or (style.link == "last" and not thread))
    texts = [first]
    if thread:
        texts += writer.rest(told)
    tags = tuple(tag for tag in copy.tags[: style.hashtags["x"]] if tag in first.split())
    segments = tuple(Segment(text=text, length=x_length(text), limit=LIMIT) for text in texts)
    return Post(service="x", segments=segments, hashtags=tags, title=copy.title)


class _Writer:
    def __init__(self, copy: Copy, channel: Channel, style: Style, templates: Templates) -> None:
        self.copy, self.style, self.templates = copy, style, templates
        self.link = links.with_parameters(copy.url, channel.utm) if style.link != "none" else ""
        before = accumulate(map(len, copy.paragraphs), initial=0)  # letters before each paragraph
        near = [p for p, at in zip(copy.paragraphs, before, strict=False) if at < MOST_LETTERS * style.max_segments]
        self.paragraphs = [sentences(paragraph) for paragraph in near if not is_heading(paragraph)]

    def first(self, with_link: bool) -> tuple[str, int]:
        """The first segment, and how many sentences of the lead it tells.

        The ladder: headline and link; as much of the lead as fits in whole sentences, else its beginning up to a
        clause that says something whole, else none; tags if room is left.
        """
        link = self.link if with_link else ""
        headline = self.copy.title
        if x_length(self._first(headline, "", link, ())) > LIMIT:
            room = LIMIT - x_length(self._first("", "", link, ())) - 3
            headline = cut(headline, room, x_length)[0] or _hard_cut(headline, room)
        lead = self.paragraphs[0] if self.paragraphs else []
        whole = prefixes(lead[: LIMIT // 3])  # a sentence has three letters at least
        beginnings = (
            [
                close_quotes(lead[0][:end].rstrip(" ،؛:")) + ELLIPSIS
                for end in reversed(clause_ends(lead[0][:LIMIT]))
                if stands_alone(lead[0][:end])
            ]
            if lead
            else []
        )
        tags = self.copy.tags[: self.style.hashtags["x"]]
        for rung in (*whole, *beginnings, ""):
            if x_length(self._first(headline, rung, link, ())) <= LIMIT:
                break
        for count in range(len(tags), -1, -1):
            text = self._first(headline, rung, link, tags[:count])
            if x_length(text) <= LIMIT:
                break
        return text, len(whole) - whole.index(rung) if rung in whole else 0

    def rest(self, told: int) -> list[str]:
        """The segments after the first: sentences in order, a quotation's later sentences only beside its speaker."""
        most = self.style.max_segments - 1
        number_room = x_length(f" {most + 1}/{most + 1}") if self.style.numbering != "none" else 0
        budget = LIMIT - number_room - x_length(self._next("", "", "")) - 1  # 1: the mark a Latin beginning may need

        def fits(text: str) -> bool:
            return x_length(close_quotes(text)) <= budget

        story = [
            [
                shown
                for unit in units(paragraph, fits, told if index == 0 else 0)
                if (shown := unit if fits(unit) else cut(unit, budget, x_length)[0])  # else a run without space
            ]
            for index, paragraph in enumerate(self.paragraphs)
        ]
        groups = pack([p for p in story if p], lambda group: x_length(bidi.mend(_text(group), ALM)) <= budget)
        texts = [_text(group) for group in groups[:most]]
        link = self.link if self.style.link == "last" else ""
        if link and not (texts and x_length(self._next(texts[-1], " 9/9", link)) <= LIMIT):
            texts = [*texts[: most - 1], ""]  # the link stands on a segment of its own
        total = len(texts) + 1
        return [self._next(text, self._number(n, total), link if n == total else "") for n, text in enumerate(texts, 2)]

    def _number(self, n: int, total: int) -> str:
        if self.style.numbering == "none":
            return ""
        return set_digits(f"{n}/{total}", "western" if self.style.numbering == "western" else "arabic-indic")

    def _first(self, title: str, lead: str, link: str, tags: tuple[str, ...]) -> str:
        return self._finish(
            self.templates.render(
                "x/first.txt.j2", title=title, lead=lead, link=link, tags=tags, section=self.copy.section
            )
        )

    def _next(self, text: str, number: str, link: str) -> str:
        return self._finish(self.templates.render("x/next.txt.j2", text=text, number=number, link=link))

    @staticmethod
    def _finish(text: str) -> str:
        return bidi.mend(_GAPS.sub("\n\n", text).strip(), ALM)


def _hard_cut(text: str, room: int) -> str:
    """As many letters as fit: for a headline of one word that is longer than a post."""
    return text[: most(len(text), lambda n: x_length(text[:n] + ELLIPSIS) <= room)] + ELLIPSIS


def _text(group: Group) -> str:
    """Paragraphs of sentences as text, open quotations closed."""
    return "\n\n".join(close_quotes(" ".join(paragraph)) for paragraph in group)
