"""Newsletter (نشرة): a recurring product that goes to a list of subscribers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Newsletter:
    """What making an edition needs to know of its newsletter."""

    key: str
    name: str
    sender: str  # "الرواق <news@example.org>"
    list_id: str
    reply_to: str = ""
    template: str = "edition"
    greeting: str = "مرحبا {name}،"
    greeting_nameless: str = "مرحبا،"


@dataclass(frozen=True, kw_only=True)
class Section:
    """A few articles under a heading; the heading may be empty."""

    title: str
    articles: Sequence[str]  # ids, in order


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What an edition carries, as an editor ordered it."""

    day: date
    subject: str = ""  # empty: the title of the lead
    preheader: str = ""
    intro: str = ""
    lead: str = ""  # the article on top; empty: the first of all
    sections: Sequence[Section] = ()

    @property
    def articles(self) -> list[str]:
        """All ids, the lead first, none twice."""
        listed = [self.lead] if self.lead else []
        return list(dict.fromkeys([*listed, *(id_ for section in self.sections for id_ in section.articles)]))


def picks_out(contents: Contents) -> dict[str, Any]:
    """As the column `picks` of an edition holds it."""
    sections = [{"title": each.title, "articles": list(each.articles)} for each in contents.sections]
    return {"lead": contents.lead, "sections": sections}


def sections_in(picks: Mapping[str, Any]) -> tuple[Section, ...]:
    """From that column."""
    given = picks.get("sections", ())
    return tuple(Section(title=each["title"], articles=tuple(each["articles"])) for each in given)
