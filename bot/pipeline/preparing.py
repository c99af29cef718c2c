"""An article laid before an editor as the very posts it would be, before anything of it goes."""

from collections.abc import Sequence

from bot.domain.article import Article
from bot.domain.delivery import State
from bot.domain.errors import FormatError, Refused
from bot.domain.person import Actor
from bot.domain.say import Say
from bot.pipeline import desk
from bot.pipeline.office import Office
from bot.pipeline.selection import is_breaking


def prepare(
    office: Office, actor: Actor, article: Article, names: Sequence[str], *, urgent: bool = False
) -> dict[str, int | Say]:
    """The number of a held post on each channel, or why there is none; what waits there already stays as it is.

    What waits is breaking news from then on where `urgent` asks for it; one that would leave by itself is held first.
    Raises NotAllowed.
    """
    office.allow(actor, "publish")
    made: dict[str, int | Say] = {}
    for channel in (office.channels[name] for name in dict.fromkeys(names)):
        known = office.outbox.of_article(article.id, channel.name, not channel.live)
        waits = next((d for d in reversed(known) if d.state in (State.HELD, State.QUEUED)), None)
        if waits:  # it may hold an editor's words, or an approval
            try:
                with office.together():
                    if urgent and not waits.urgent:
                        if waits.state is State.QUEUED:  # as breaking news it would go at once, unseen
                            office.hold(actor, waits.id)
                        office.urgent(actor, waits.id, waits.edition, True)
            except Refused as error:  # it left, or somebody changed it, meanwhile
                made[channel.name] = error.say
            else:
                made[channel.name] = waits.id
            continue
        now, hot = office.now(), urgent or is_breaking(article, office.breaking())
        try:
            with office.together():
                id_ = desk.publish(article, channel, office.formatter, office.outbox, now, urgent=hot, hold=True)
                detail = {"channel": channel.name, "state": State.HELD, "urgent": hot}
                office.log.note(actor, "prepare", f"delivery:{id_}", now, article.id, detail)
        except (Refused, FormatError) as error:
            made[channel.name] = error.say
        else:
            made[channel.name] = id_
    return made
