"""Alerts: what is broken is told once, and once more when it is well again, to a desk chat or a webhook."""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.delivery import State
from bot.domain.errors import BotError
from bot.domain.lane import Lanes
from bot.domain.ports import Sources
from bot.domain.say import MINUTES, Say, counted, plural
from bot.store.alerts import AlertStore
from bot.store.figures import Figures, Trouble

A_DAY = timedelta(days=1)
MOST_NEW = 5  # posts that one look tells one by one
MANY = "posts"

log = logging.getLogger(__name__)

Tell = Callable[[Say, bool], None]  # the sentence, and whether it says that all is well again


@dataclass(frozen=True, kw_only=True)
class Alerts:
    """Looks at one newsroom and tells who wants to know."""

    channels: Sequence[str]
    sources: Sequence[str]
    lanes: Lanes
    standings: Sources
    figures: Figures
    told: AlertStore
    tells: Sequence[Tell]  # all are told
    oldest_due: timedelta
    source_failures: int

    def look(self, now: datetime) -> None:
        """Tell what is newly broken, and what is well again; what could not be told is tried at the next look."""
        if not self.tells:
            return
        known = self.told.all()
        broken = self.conditions(now, known)
        for key, say in broken.items():
            if key not in known and self._tell(say, False):
                self.told.put(key, say, now)
        for key, say in known.items():
            if key not in broken and self._tell(_again_well(say), True):
                self.told.drop(key)

    def conditions(self, now: datetime, known: Collection[str]) -> dict[str, Say]:
        """Everything that is broken, by a key that stays the same as long as it is; posts only of the last day, or
        where they are `known`.
        """
        found = {}
        for channel in self.channels:
            if down := self.lanes.health(channel).down:
                found[f"channel {channel}"] = Say(
                    f"Channel {channel} is down: {down.en}", f"القناة {channel} متوقفة: {down.ar}"
                )
        for standing in self.standings.standing(self.sources):
            if standing.reason and standing.failures >= self.source_failures:
                found[f"source {standing.name}"] = Say(
                    f"Source {standing.name} cannot be read: {standing.reason.en}",
                    f"المصدر {standing.name} لا يُقرأ: {standing.reason.ar}",
                )
        for channel, age in self.figures.oldest_due(now).items():
            if age >= self.oldest_due and channel in self.channels:
                minutes = int(age.total_seconds() // 60)
                found[f"due {channel}"] = Say(
                    f"A post of channel {channel} should have gone {plural(minutes, 'minute', 'minutes')} ago.",
                    f"منشور في القناة {channel} تأخر عن موعده {counted(minutes, *MINUTES)}.",
                )
        posts = {f"post {post.id} {post.state}": post for post in self.figures.in_trouble()}
        new = [key for key, post in posts.items() if key not in known and now - post.since < A_DAY]
        found |= {key: trouble(posts[key]) for key in (*(key for key in posts if key in known), *new[:MOST_NEW])}
        if more := new[MOST_NEW:]:
            found[MANY] = Say(
                f"{len(more)} more posts wait for a person; see `nashir queue`.",
                f"وغيرها {len(more)} تنتظر من ينظر فيها؛ انظر `nashir queue`.",
            )
        return found

    def _tell(self, say: Say, well: bool) -> bool:
        """Whether at least one of those who want to know was told."""
        told = False
        for tell in self.tells:
            try:
                tell(say, well)
                told = True
            except BotError as error:
                log.warning("an alert could not be told: %s", error)
        return told


def trouble(post: Trouble) -> Say:
    """What to do about a post that waits for a person."""
    if post.state is State.UNSURE:
        return Say(
            f"Delivery {post.id} ({post.channel}, “{post.title}”) may be out: look at the channel; where it is there, "
            f"`nashir unsure sent {post.id} --id ADDRESS`, where it is not, `nashir unsure not-sent {post.id}`.",
            f"الإرسال {post.id} ({post.channel}، «{post.title}») قد يكون ظاهرا: تحقق من القناة؛ فإن ظهر فنفّذ "
            f"`nashir unsure sent {post.id} --id ADDRESS`، وإن لم يظهر فنفّذ `nashir unsure not-sent {post.id}`.",
        )
    return Say(
        f"Delivery {post.id} ({post.channel}, “{post.title}”) was refused; `nashir queue --state failed` says why, "
        f"`nashir retry {post.id}` tries again, `nashir cancel {post.id}` lets it be.",
        f"الإرسال {post.id} ({post.channel}، «{post.title}») رُفض؛ يعرض `nashir queue --state failed` السبب، "
        f"و`nashir retry {post.id}` يعيد المحاولة، و`nashir cancel {post.id}` يتركه.",
    )


def _again_well(say: Say) -> Say:
    return Say(f"Over: {say.en}", f"انتهى: {say.ar}")
