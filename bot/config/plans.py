"""The tables [[slots]] into one plan for each channel."""

from datetime import time
from typing import Any

from bot.config.schema import NewsroomFile, SlotTable
from bot.config.values import days_of
from bot.domain.schedule import Plan, Quiet, Slot


def plan_of(channel: str, room: NewsroomFile, *, live: bool) -> Plan:
    """When a channel may speak: what tables say that name it, else what those say that name none.

    Of two tables of one rank the later one holds; their times and quiet hours add up.
    """
    general = [table for table in room.slots if not table.channels]
    named = [table for table in room.slots if channel in table.channels]

    def last(key: str) -> Any:
        given = [getattr(table, key) for table in (*general, *named) if key in table.model_fields_set]
        return given[-1] if given else getattr(SlotTable(), key)

    def every(key: str) -> list[str]:
        tables = [table for table in named if key in table.model_fields_set] or general
        return [each for table in tables for each in getattr(table, key)]

    slots = (Slot(at=time.fromisoformat(each[-5:]), days=days_of(each, room.weekend)) for each in every("times"))
    return Plan(
        channel=channel,
        slots=tuple(sorted(slots, key=lambda slot: slot.at)),
        quiet=tuple(
            Quiet(
                start=time.fromisoformat(each[-11:-6]),
                end=time.fromisoformat(each[-5:]),
                days=days_of(each, room.weekend),
            )
            for each in every("quiet")
        ),
        spacing=last("spacing"),
        max_per_hour=last("max_per_hour"),
        quiet_breaking=last("quiet_breaking"),
        fresh_for=last("fresh_for") or room.fresh_for,
        breaking_fresh_for=last("breaking_fresh_for"),
        balance=last("balance"),
        not_from=frozenset(source.name for source in room.sources if source.preview_only and live),
        breaking=tuple(room.breaking),
    )
