"""Candidates + rules + plan + history + now -> picks and refusals, each with its reason. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from bot.domain.channel import Channel
from bot.domain.say import Say
from bot.domain.schedule import Candidate, Contact, Pick, Plan, Refusal, Rule

DAYS_AHEAD = 2  # how far slots are filled


@dataclass(frozen=True, kw_only=True)
class History:
    """What the channel already has."""

    due_times: Sequence[datetime] = ()  # of posts that went or will go
    slots_taken: frozenset[str] = frozenset()


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
    times = sorted(history.due_times)
    taken = set(history.slots_taken)
    found: list[Pick | Refusal] = []
    for candidate in candidates:
        article = candidate.article
        reason = _not_for(candidate, channel, plan, rules, contacts.get(article.source), now)
        if reason:
            found.append(Refusal(article=article, channel=channel.name, reason=reason))
            continue
        expires = candidate.dated + plan.fresh_for
        place = _place(plan, times, taken, zone, now, expires)
        if place is None:
            found.append(
                Refusal(
                    article=article,
                    channel=channel.name,
                    reason=Say(
                        "No time was free on this channel before the article lapses.",
                        "لا موعد خاليا في هذه القناة قبل أن يفوت أوان المادة.",
                    ),
                )
            )
            continue
        due, slot = place
        times = sorted([*times, due])
        taken |= {slot} if slot else set()
        found.append(
            Pick(
                article=article,
                channel=channel.name,
                due_at=due,
                expires_at=expires,
                slot=slot,
                reason=_why(_rule_for(candidate, channel, rules), due, slot, zone, now),
            )
        )
    return found


def _not_for(
    candidate: Candidate, channel: Channel, plan: Plan, rules: Sequence[Rule], contact: Contact | None, now: datetime
) -> Say | None:
    """Why the article is not for this channel, or None."""
    article = candidate.article
    if _rule_for(candidate, channel, rules) is None:
        return Say(
            f"No rule sends source {article.source}, section “{article.section or '-'}”, to this channel.",
            f"لا قاعدة ترسل المصدر {article.source}، القسم «{article.section or '-'}»، إلى هذه القناة.",
        )
    if contact is None:
        return Say("The source and this channel have not met yet.", "لم يلتق المصدر وهذه القناة بعد.")
    if candidate.first_seen <= contact.since and article.id not in contact.admitted:
        return Say(
            "It was there before this channel met the source; the backfill does not reach it.",
            "كانت موجودة قبل أن تلتقي القناة بالمصدر؛ والاستدراك لا يشملها.",
        )
    if candidate.dated + plan.fresh_for <= now:
        return Say(
            f"It is older than {_span(plan.fresh_for).en}; late is worse than lost.",
            f"مضى عليها أكثر من {_span(plan.fresh_for).ar}؛ وفوات الخبر أهون من تأخره.",
        )
    return None


def _rule_for(candidate: Candidate, channel: Channel, rules: Sequence[Rule]) -> Rule | None:
    article = candidate.article
    for rule in rules:
        if (
            (not rule.sources or article.source in rule.sources)
            and (not rule.sections or article.section in rule.sections)
            and (not rule.channels or channel.name in rule.channels)
        ):
            return rule
    return None


def _place(
    plan: Plan, times: Sequence[datetime], taken: set[str], zone: tzinfo, now: datetime, expires: datetime
) -> tuple[datetime, str | None] | None:
    """The first time that is free: a slot of its own, or any time at the least spacing from the others."""
    if plan.slots:
        today = now.astimezone(zone).date()
        for day in range(DAYS_AHEAD + 1):
            for clock in plan.slots:
                local = datetime.combine(today + timedelta(days=day), clock)
                name, due = local.isoformat(timespec="minutes"), local.replace(tzinfo=zone).astimezone(UTC)
                if now <= due < expires and name not in taken and _apart(due, times, plan.spacing):
                    return due, name
        return None
    due = now
    for other in times:
        if plan.spacing and abs(other - due) < plan.spacing:
            due = other + plan.spacing
    return (due, None) if due < expires else None


def _apart(due: datetime, times: Sequence[datetime], spacing: timedelta) -> bool:
    return all(abs(other - due) >= spacing for other in times)


def _why(rule: Rule | None, due: datetime, slot: str | None, zone: tzinfo, now: datetime) -> Say:
    name = rule.name if rule and rule.name else "-"
    at = due.astimezone(zone).strftime("%H:%M")
    if slot:
        return Say(f"Rule “{name}”; the next free slot is {at}.", f"القاعدة «{name}»؛ أقرب موعد خال {at}.")
    if due > now:
        return Say(f"Rule “{name}”; at {at} to keep the spacing.", f"القاعدة «{name}»؛ في {at} حفاظا على التباعد.")
    return Say(f"Rule “{name}”; the channel is free now.", f"القاعدة «{name}»؛ القناة خالية الآن.")


def _span(span: timedelta) -> Say:
    hours = span.total_seconds() / 3600
    return Say(f"{hours:g} h", f"{hours:g} ساعة")
