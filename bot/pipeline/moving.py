"""Two deliveries of one channel that change places."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from bot.domain.errors import Refused
from bot.domain.person import Actor
from bot.domain.ports import Outbox
from bot.pipeline import desk
from bot.pipeline.office import Office


@dataclass(frozen=True, kw_only=True)
class Moving:
    """Moves by the office's rules, both or neither."""

    office: Office
    outbox: Outbox
    together: Callable[[], AbstractContextManager[object]]  # what is written within stands or falls together

    def swap(self, actor: Actor, one: tuple[int, int], other: tuple[int, int]) -> None:
        """Each (number and edition) goes at the other's time; raises NotAllowed, NotFound, Refused, Conflict."""
        first, second = (desk.found(id_, self.outbox) for id_, _ in (one, other))
        if first.id == second.id:
            raise Refused(
                f"{first.id} is given twice; name two posts of one channel.",
                f"ذُكر {first.id} مرتين؛ سمّ منشورين من قناة واحدة.",
            )
        if first.channel != second.channel:
            raise Refused(
                f"{first.id} is of {first.channel}, {second.id} of {second.channel}; only posts of one channel change "
                "places.",
                f"المنشور {first.id} في {first.channel} والمنشور {second.id} في {second.channel}؛ "
                "ولا يتبادل الموعدين إلا منشوران من قناة واحدة.",
            )
        with self.together():
            self.office.editions.keep([first.id, second.id])
            self.office.schedule(actor, first.id, one[1], second.due_at, second.slot)
            self.office.schedule(actor, second.id, other[1], first.due_at, first.slot)
