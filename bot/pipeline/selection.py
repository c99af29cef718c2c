"""Candidates + rules + plan + history + now -> picks and refusals, each with its reason. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from bot.domain.article import Article
from bot.domain.channel import Channel
from bot.domain.say import Say, counted
from bot.domain.schedule import Candidate, Contact, Pick, Plan, Refusal, Rule
from bot.pipeline.timing import Timetable
from bot.text.folding import fold
from bot.text.keywords import begins_with, first_of, folded


@dataclass(frozen=True, kw_only=True)
class History:
    """What the channel already has."""

    due_times: Sequence[datetime] = ()  # of posts that went or will go
    slots_taken: frozenset[str] = frozenset()
    sections: Mapping[str, int] = field(default_factory=dict)  # posts of the last day by section


def select(
    candidates: Iterable[Candidate],
    channel: Channel,
    plan: Plan,
    rules: Sequence[Rule],
    contacts: Mapping[str, Contact],
    history: History,
    zone: tzinfo,
    now: datetime,
) -> list[Pick | Refusal]:
    """For each candidate a pick with its time, or a refusal; `contacts` by source."""
    table = Timetable(plan, history.due_times, history.slots_taken, zone)
    found: list[Pick | Refusal] = []
    waiting: list[tuple[Candidate, Rule, bool]] = []
    for candidate in candidates:
        rule, reason = _verdict(candidate, channel, plan, rules, contacts, now)
        if reason or rule is None:
            found.append(Refusal(article=candidate.article, channel=channel.name, reason=reason or NO_TIME))
        else:
            waiting.append((candidate, rule, is_breaking(candidate.article, plan.breaking)))
    for candidate, rule, urgent in _in_turn(waiting, plan, history):
        article = candidate.article
        expires = _expiry(candidate, rule, plan, urgent)
        start = max(now, article.embargoed_until or now)
        place = table.place(start, expires, urgent=urgent)
        if place is None:
            found.append(Refusal(article=article, channel=channel.name, reason=NO_TIME))
            continue
        found.append(
            Pick(
                article=article,
                channel=channel.name,
                due_at=place[0],
                expires_at=expires,
                slot=place[1],
                urgent=urgent,
                reason=_why(rule, place, start, now, zone, urgent),
            )
        )
    return found


def why_not(
    candidate: Candidate,
    channel: Channel,
    plan: Plan,
    rules: Sequence[Rule],
    contacts: Mapping[str, Contact],
    now: datetime,
) -> Say | None:
    """Why an article is not for a channel at all, or None; `contacts` by source."""
    return _verdict(candidate, channel, plan, rules, contacts, now)[1]


def _verdict(
    candidate: Candidate,
    channel: Channel,
    plan: Plan,
    rules: Sequence[Rule],
    contacts: Mapping[str, Contact],
    now: datetime,
) -> tuple[Rule | None, Say | None]:
    """The rule that sends an article to a channel, or why it is not for it.

    It comes from the first of the sources that showed it of which something goes to this channel: what a source for
    previews or an editor's hand brought first is not lost when another source brings it.
    """
    article = candidate.article
    if article.withdrawn:
        return None, Say("Its source has taken it back.", "سحبها مصدرها.")
    if article.pruned:
        return None, Say("Its text was deleted for its age.", "حُذف نصها لقدمه.")
    known = [(source, seen) for source, seen in candidate.shown_by if source in contacts]
    if not known:
        return None, UNMET
    refused: Say | None = None
    for source, seen in known:
        rule, reason = _rule_for(article, source, channel, rules)
        if rule and source in plan.not_from:
            reason = Say("Its source is for previews only (preview_only).", "مصدرها للمعاينة فقط (preview_only).")
        elif rule:
            return rule, _not_now(candidate, rule, seen, plan, contacts[source], now)
        refused = refused or reason
    return None, refused


def is_breaking(article: Article, words: Sequence[str]) -> bool:
    """Whether its source, a tag, its section or the beginning of its title says that it is breaking news."""
    marks = set(map(fold, words))
    named = {fold(name.lstrip("#").replace("_", " ")) for name in (*article.tags, article.section)}
    return article.urgent or bool(marks & named) or begins_with(words, article.title)


def _in_turn(
    waiting: Sequence[tuple[Candidate, Rule, bool]], plan: Plan, history: History
) -> Iterable[tuple[Candidate, Rule, bool]]:
    """Urgent ones first; then by age, or one of the section that has the fewest posts before one of another."""
    by_age = sorted(waiting, key=lambda each: (not each[2], each[0].dated, each[0].article.id))
    if not plan.balance:
        yield from by_age
        return
    yield from (each for each in by_age if each[2])
    had = Counter(history.sections)
    had.update(each[0].article.section for each in by_age if each[2])
    queues: dict[str, list[tuple[Candidate, Rule, bool]]] = {}
    for each in by_age:
        if not each[2]:
            queues.setdefault(each[0].article.section, []).append(each)
    while queues:
        section = min(queues, key=lambda name: (had[name], queues[name][0][0].dated))
        had[section] += 1
        yield queues[section].pop(0)
        if not queues[section]:
            del queues[section]


def _expiry(candidate: Candidate, rule: Rule, plan: Plan, urgent: bool) -> datetime:
    span = rule.fresh_for or plan.fresh_for
    since = max(candidate.dated, candidate.article.embargoed_until or candidate.dated)
    return since + (min(plan.breaking_fresh_for, span) if urgent else span)


NO_TIME = Say(
    "No time was free on this channel before the article lapses.",
    "لا موعد خاليا في هذه القناة قبل أن يفوت أوان المادة.",
)


UNMET = Say("Its source and this channel have not met yet.", "لم يلتق المصدر وهذه القناة بعد.")


def _not_now(
    candidate: Candidate, rule: Rule, seen: datetime, plan: Plan, contact: Contact, now: datetime
) -> Say | None:
    """Why the article does not go, although a rule sends it; `seen`: when its source showed it first. Or None."""
    if seen <= contact.since and candidate.article.id not in contact.admitted:
        return Say(
            "It was there before this channel met the source; the backfill does not reach it.",
            "كانت موجودة قبل أن تلتقي القناة بالمصدر؛ والاستدراك لا يشملها.",
        )
    expires = _expiry(candidate, rule, plan, is_breaking(candidate.article, plan.breaking))
    if expires <= now:
        hours = (expires - candidate.dated).total_seconds() / 3600
        return Say(
            f"It is older than {hours:g} h; late is worse than lost.",
            f"مضى عليها أكثر من {counted(hours, 'ساعة', 'ساعتين', 'ساعات', 'ساعة')}؛ وفوات الخبر أهون من تأخره.",
        )
    return None


def _rule_for(article: Article, source: str, channel: Channel, rules: Sequence[Rule]) -> tuple[Rule | None, Say | None]:
    """The first rule that sends the article to the channel, else why there is none."""
    text, left_out = "", None
    for rule in rules:
        if not (
            (not rule.sources or source in rule.sources)
            and (not rule.sections or article.section in rule.sections)
            and (not rule.channels or channel.name in rule.channels)
        ):
            continue
        if rule.keywords or rule.exclude:
            text = text or folded(article.title, article.body, " ".join(article.tags).replace("_", " "))
            if rule.keywords and not first_of(rule.keywords, text):
                left_out = left_out or Say(
                    f"Rule “{rule.name or '-'}” wants one of its keywords, and none stands in the text.",
                    f"القاعدة «{rule.name or '-'}» تطلب إحدى كلماتها المفتاحية، وليس في النص شيء منها.",
                )
                continue
            if word := first_of(rule.exclude, text):
                left_out = Say(
                    f"Rule “{rule.name or '-'}” leaves out what speaks of “{word}”.",
                    f"القاعدة «{rule.name or '-'}» تستبعد ما فيه «{word}».",
                )
                continue
        return rule, None
    return None, left_out or Say(
        f"No rule sends source {source}, section “{article.section or '-'}”, to this channel.",
        f"لا قاعدة ترسل المصدر {source}، القسم «{article.section or '-'}»، إلى هذه القناة.",
    )


def _why(
    rule: Rule, place: tuple[datetime, str | None], start: datetime, now: datetime, zone: tzinfo, urgent: bool
) -> Say:
    due, slot = place
    name, at = rule.name or "-", due.astimezone(zone).strftime("%H:%M")
    if urgent and due == now:
        return Say(f"Rule “{name}”; breaking news goes at once.", f"القاعدة «{name}»؛ الخبر العاجل يخرج فورا.")
    if slot:
        return Say(f"Rule “{name}”; the next free slot is {at}.", f"القاعدة «{name}»؛ أقرب موعد خال {at}.")
    if due == start > now:
        return Say(f"Rule “{name}”; its embargo ends at {at}.", f"القاعدة «{name}»؛ ينتهي حظر نشرها في {at}.")
    if due > now:
        return Say(
            f"Rule “{name}”; at {at}, after quiet hours, the spacing or the hourly limit.",
            f"القاعدة «{name}»؛ في {at} بعد ساعات الصمت أو التباعد أو حد الساعة.",
        )
    return Say(f"Rule “{name}”; the channel is free now.", f"القاعدة «{name}»؛ القناة خالية الآن.")
