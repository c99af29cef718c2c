"""X: a post that stands alone, and in mode `thread` the story after it."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import accumulate, chain

from bot.domain.channel import Channel
from bot.domain.post import Post, Segment
from bot.domain.style import Style
from bot.formats.copy import Copy
from bot.formats.templating import Templates
from bot.text import bidi, links
from bot.text.inline import place
from bot.text.marks import ALM, ELLIPSIS
from bot.text.measure import x_length
from bot.text.pairs import close_quotes, is_one_quotation
from bot.text.paragraphs import is_question, items, story
from bot.text.quotations import goes_on
from bot.text.salience import choose, fitting, retold
from bot.text.sentences import leans, sentences
from bot.text.split import Unit, beginnings, cut, most, pack, prefixes, told, units
from bot.text.typography import set_digits

LIMIT = 280  # docs.x.com, counting characters; weighted
LONG_LIMIT = 25_000  # of accounts with Premium; weighted

MOST_LETTERS = 8 * LIMIT  # of the article for each segment: what stands behind them is not even looked at

FILLED = 0.8  # of the room for a thread, about, is filled by whole sentences
FEW_ALONE = 7  # words of a sentence whose paragraph is left out
FEW_WORDS = 5  # fewer are no segment

_GAPS = re.compile(r"\n{3,}")
_TAG = re.compile(r"(?<!\w)#\w+")


def compose(copy: Copy, channel: Channel, style: Style, templates: Templates) -> Post:
    """One post in mode `short`, up to `max_segments` in `thread`, each within 280; one of 25,000 in mode `long`."""
    writer = _Writer(copy, channel, style, templates)
    if channel.mode == "long":
        text, limit = writer.whole(), LONG_LIMIT
        tags = copy.tags[: style.hashtags["x"]]
        segment = Segment(text=text, length=x_length(text), limit=limit)
        return Post(service="x", segments=(segment,), hashtags=tags, title=copy.title)
    thread = channel.mode != "short" and style.max_segments > 1
    if at_once := writer.at_once():
        texts = [at_once]
    else:
        with_link = style.link == "first" or (style.link == "last" and not thread)
        first, told = writer.first(with_link=with_link, alone=not thread)
        texts = [first, *(writer.rest(told) if thread else ())]
    first = texts[0]
    shown = set(_TAG.findall(first))
    tags = tuple(tag for tag in copy.tags[: style.hashtags["x"]] if tag in shown)
    segments = tuple(Segment(text=text, length=x_length(text), limit=LIMIT) for text in texts)
    return Post(service="x", segments=segments, hashtags=tags, title=copy.title)


class _Writer:
    def __init__(self, copy: Copy, channel: Channel, style: Style, templates: Templates) -> None:
        self.copy, self.style, self.templates = copy, style, templates
        self.link = links.with_parameters(copy.url, channel.utm) if style.link != "none" else ""
        before = accumulate(map(len, copy.paragraphs), initial=0)  # letters before each paragraph
        near = [p for p, at in zip(copy.paragraphs, before, strict=False) if at < MOST_LETTERS * style.max_segments]
        texts = story(near)
        self.paragraphs = [sentences(paragraph) for paragraph in texts]
        self.listed = items(texts)

    def first(self, *, with_link: bool, alone: bool) -> tuple[str, int]:
        """The first segment, and how many sentences of the lead it tells.

        The ladder: headline and link; as much of the lead as fits in whole sentences, else its beginning up to a
        clause that says something whole where no thread tells it again (`alone`), else none; tags if room is left.
        """
        link = self.link if with_link else ""
        headline = self.copy.title
        if x_length(self._first(headline, "", link, ())) > LIMIT:
            room = LIMIT - x_length(self._first("", "", link, ())) - 3
            headline = cut(headline, room, _measure)[0] or _hard_cut(headline, room)
        lead = self.paragraphs[0] if self.paragraphs else []
        whole = prefixes(lead[: LIMIT // 3])  # a sentence has three letters at least
        for rung in chain(whole, beginnings(lead[0], LIMIT) if alone and lead else (), [""]):
            if rung.endswith(":") or is_one_quotation(rung):  # what it announces, or who said it, does not stand here
                continue
            if x_length(self._first(headline, rung, link, ())) <= LIMIT:
                break
        return self._tagged(headline, rung, link), len(whole) - whole.index(rung) if rung in whole else 0

    def at_once(self) -> str:
        """The whole story in one post, with its link, where it fits; else nothing."""
        if len(self.copy.title) + sum(len(s) for some in self.paragraphs for s in some) > LIMIT:
            return ""
        text = "\n\n".join(close_quotes(" ".join(some)) for some in self.paragraphs)
        post = self._tagged(self.copy.title, text, self.link)
        return post if x_length(post) <= LIMIT else ""

    def _tagged(self, headline: str, lead: str, link: str) -> str:
        """A first segment with as many tags as fit, at its end or in the text."""
        tags = self.copy.tags[: self.style.hashtags["x"]]
        for count in range(len(tags), -1, -1):
            (head, lead_), rest = [headline, lead], list(tags[:count])
            if self.style.tag_place == "inline":
                (head, lead_), rest = place([headline, lead], rest)
            text = self._first(head, lead_, link, tuple(rest))
            if x_length(text) <= LIMIT:
                break
        return text

    def whole(self) -> str:
        """The whole article in one long post; what does not fit is left out by importance, paragraph by paragraph."""
        tags = self.copy.tags[: self.style.hashtags["x"]]
        title = cut(self.copy.title, LONG_LIMIT // 4, _measure)[0] or _hard_cut(self.copy.title, LONG_LIMIT // 4)

        def shown(paragraphs: Sequence[str]) -> str:
            return self._first(title, "\n\n".join(paragraphs), self.link, tags)

        kept = fitting(self.copy.title, self.copy.paragraphs, lambda some: x_length(shown(some)) <= LONG_LIMIT)
        return shown(kept)

    def rest(self, told_: int) -> list[str]:
        """The segments after the first: the sentences that carry the story, in order, each segment a whole thought."""
        most = self.style.max_segments - 1
        frame = x_length(self._next("نص", self._number(most + 1, most + 1), "")) - x_length("نص")
        limit = LIMIT - frame
        groups = self._all(told_, most, limit)
        budget = 0 if groups else int(most * limit * FILLED)
        while budget > limit // 2:
            chosen: dict[int, list[int]] = {}
            for p, n in choose(self.copy.title, self.paragraphs, budget, told=told_):
                chosen.setdefault(p, []).append(n)
            groups = pack(self._units(chosen, limit), limit, _measure)
            if len(groups) <= most:
                break
            budget = budget * 9 // 10
        groups = groups[:most]
        if budget and len(groups) > 1 and len(told(groups[-1]).split()) < FEW_WORDS:  # an orphan says too little
            groups = groups[:-1]
        texts = [told(group) for group in groups]
        link = self.link if self.style.link == "last" else ""
        if link and not (texts and x_length(self._next(texts[-1], " 9/9", link)) <= LIMIT):
            texts = [*texts[: most - 1], ""]  # the link stands on a segment of its own
        total = len(texts) + 1
        return [self._next(text, self._number(n, total), link if n == total else "") for n, text in enumerate(texts, 2)]

    def _all(self, told_: int, most: int, limit: int) -> list[list[Unit]]:
        """The whole story where it fits: then nothing is left out but what tells the lead again. Else nothing."""
        if sum(len(sentence) for sentences_ in self.paragraphs for sentence in sentences_) > (most + 1) * limit:
            return []
        again = retold(self.copy.title, self.paragraphs)
        numbers = {
            p: [n for n in range(0 if p else told_, len(each)) if (p, n) not in again]
            for p, each in enumerate(self.paragraphs)
        }
        groups = pack(self._units(numbers, limit, whole=True), limit, _measure)
        return groups if len(groups) <= most and not any(ELLIPSIS in unit.text for g in groups for unit in g) else []

    def _units(self, chosen: Mapping[int, Sequence[int]], limit: int, *, whole: bool = False) -> list[Unit]:
        """The chosen sentences as what stays together; one that is too long is cut once, at a clause.

        `whole`: nothing is left out, so that no sentence stands without its neighbours.
        """

        def fits(text: str) -> bool:
            return _measure(close_quotes(text)) <= limit

        found = []
        for p, numbers in chosen.items():
            quoted = p > 0 and goes_on(self.paragraphs[p - 1][-1], " ".join(self.paragraphs[p]))
            for text, first in units(self.paragraphs[p], numbers, fits):
                if not whole and _is_stump(
                    text, of=len(self.paragraphs[p]), alone=len(numbers) == 1, last=p + 1 not in chosen
                ):
                    continue
                shown = text if fits(text) else cut(text, limit, _measure)[0]
                if shown:  # else a run without space
                    listed = self.listed.get(p, False)
                    leaning = leans(self.paragraphs[p][first]) or (not first and (quoted or listed))
                    found.append(Unit(text=shown, paragraph=p, leans=leaning))
        return found

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


def _is_stump(text: str, *, of: int, alone: bool, last: bool) -> bool:
    """Whether what is chosen says nothing by itself: a few words of a paragraph, what the next one would answer.

    `of` so many sentences; `last`: the next paragraph is left out.
    """
    if alone and of > 1 and len(text.split()) < FEW_ALONE:
        return True
    return last and (text.rstrip().endswith((":", "؛")) or (of == 1 and is_question(text)))


def _hard_cut(text: str, room: int) -> str:
    """As many letters as fit: for a headline of one word that is longer than a post."""
    return text[: most(len(text), lambda n: _measure(text[:n] + ELLIPSIS) <= room)] + ELLIPSIS


@lru_cache(maxsize=512)  # the sentences of one article are measured again and again
def _measure(text: str) -> int:
    """Length on X with the marks that the direction needs."""
    return x_length(bidi.mend(text, ALM))
