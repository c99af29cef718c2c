"""Why an article went, waits or was refused on each channel; and what rules would have done with the last days."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import groupby

from bot.domain.article import Article
from bot.domain.channel import Channel
from bot.domain.delivery import Delivery
from bot.domain.errors import NotFound
from bot.domain.say import Say
from bot.domain.schedule import Candidate, Contact, Pick, Plan, Refusal, Rule
from bot.domain.sighting import Sighting
from bot.pipeline.selection import History, select, why_not
from bot.pipeline.tick import Tick

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
NOT_YET = Say("The clock has not looked at it yet.", "لم تنظر فيها الساعة بعد.")
NO_SOURCE = Say(
    "No source of config/ has shown it: it came by hand, or its source was taken out.",
    "لم يأت بها مصدر من مصادر config/: وصلت باليد أو حُذف مصدرها.",
)


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What is known of one article."""

    article: Article
    sightings: Sequence[Sighting]
    channels: Mapping[str, tuple[Sequence[Delivery], Say]]  # what was made of it on each, and why


def explain(article_id: str, tick: Tick, now: datetime) -> Explanation:
    """Everything that was decided about an article; raises NotFound."""
    candidate = tick.articles.candidate(article_id)
    if candidate is None:
        raise NotFound(f"There is no article {article_id}.", f"لا مادة رقمها {article_id}.")
    decided = {decision.channel: decision.reason for decision in tick.outbox.decisions(article_id)}
    contacts = {(c.source, c.channel): c for c in tick.source_states.contacts()}
    configured = any(source in (*tick.sources, *tick.pushed) for source, _ in candidate.shown_by)
    found = {}
    for channel in tick.channels.values():
        plan = tick.plans[channel.name]
        met = {source: contact for (source, name), contact in contacts.items() if name == channel.name}
        reason = decided.get(channel.name) or (None if configured else NO_SOURCE)
        reason = reason or why_not(candidate, channel, plan, tick.rules, met, now) or NOT_YET
        found[channel.name] = (tick.outbox.of_article(article_id, channel.name, not channel.live), reason)
    return Explanation(article=candidate.article, sightings=tick.articles.sightings(article_id), channels=found)


def rehearse(
    candidates: Sequence[Candidate],
    channels: Iterable[Channel],
    plans: Mapping[str, Plan],
    rules: Sequence[Rule],
    zone: tzinfo,
) -> list[Pick | Refusal]:
    """What these rules would have done with articles as they came in, minute by minute, had nothing else been there."""
    found: list[Pick | Refusal] = []
    for channel in channels:
        times: list[datetime] = []
        slots: set[str] = set()
        sections: list[tuple[datetime, str]] = []
        sources = {source for candidate in candidates for source, _ in candidate.shown_by}
        met = {
            source: Contact(source=source, channel=channel.name, live=channel.live, since=LONG_AGO)
            for source in sources
        }
        in_order = sorted(candidates, key=lambda each: (each.first_seen, each.article.id))
        for now, arrived in groupby(in_order, key=lambda each: each.first_seen.replace(second=59, microsecond=0)):
            day = [section for at, section in sections if at > now - timedelta(days=1)]
            history = History(
                due_times=times, slots_taken=frozenset(slots), sections={name: day.count(name) for name in set(day)}
            )
            for each in select(arrived, channel, plans[channel.name], rules, met, history, zone, now):
                found.append(each)
                if isinstance(each, Pick):
                    times.append(each.due_at)
                    slots |= {each.slot} if each.slot else set()
                    sections.append((each.due_at, each.article.section))
    return found
