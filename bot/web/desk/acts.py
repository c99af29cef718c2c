"""What editors do with a press: one address for each act, one function of the office behind it."""

import re
from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from bot.domain.delivery import Delivery, State
from bot.domain.errors import BotError, NotFound, Refused
from bot.domain.person import Actor
from bot.domain.say import Say
from bot.pipeline.desk import found
from bot.web.desk.door import Door, FormNumber, Number, acting

# of an article: which of its deliveries an act means
MEANT: dict[str, tuple[State, ...]] = {
    "release": (State.HELD,),
    "send_now": (State.HELD, State.QUEUED),
    "hold": (State.QUEUED,),
    "cancel": (State.HELD, State.QUEUED, State.SENDING, State.FAILED),
    "retry": (State.FAILED, State.EXPIRED, State.CANCELLED),
    "retract": (State.SENT, State.SENDING, State.UNSURE),
}

Seen = Annotated[str, Form(max_length=40_000)]
_SEEN = re.compile(r"(\d{1,10})\.(\d{1,10})")
TOGETHER = 12  # acts in one transaction, so that the lanes need not wait long for theirs


def routes(door: Door) -> APIRouter:
    """The acts."""
    web, app = APIRouter(), door.app
    office = app.office
    by_delivery: dict[str, Callable[[Actor, int], object]] = {
        "hold": office.hold,
        "cancel": office.cancel,
        "retry": office.retry,
        "retract": office.retract,
        "enough": office.enough,
        "not_sent": lambda who, id_: office.retry(who, id_, not_sent=True),
    }

    as_seen = {"release": office.release, "send_now": office.send_now}

    def wake(*found: Delivery) -> None:
        app.engines.wake({d.channel for d in found})

    def carried_out(who: Actor, act: str, meant: Sequence[Delivery], seen: str = "") -> list[int]:
        """Each of them, by number; one that is refused costs none of the others, and the first refusal is told.

        `seen`: number and edition of what the page showed; another one is not released.
        """
        editions = {int(id_): int(edition) for id_, edition in _SEEN.findall(seen)}
        refused: BotError | None = None
        done: list[Delivery] = []
        for first in range(0, len(meant), TOGETHER):
            with app.database.write():
                office.editions.keep([delivery.id for delivery in meant[first : first + TOGETHER]])
                for delivery in meant[first : first + TOGETHER]:
                    try:
                        if act in as_seen:
                            as_seen[act](who, delivery.id, editions.get(delivery.id, 0) if seen else None)
                        else:
                            by_delivery[act](who, delivery.id)
                    except BotError as error:
                        refused = refused or error
                    else:
                        done.append(delivery)
            wake(*done[-TOGETHER:])
        if refused and not done:
            raise refused
        if refused:
            en, ar = refused.say.en, refused.say.ar
            raise Refused(f"{len(done)} done; one not: {en}", f"تم {len(done)}، وتعذر واحد: {ar}")
        return [delivery.id for delivery in done]

    @web.post("/deliveries/{delivery_id}/said_out")
    def said_out(
        delivery_id: Number, request: Request, who: Annotated[Actor, acting(door)], id: Annotated[str, Form()] = ""
    ) -> Response:
        """What was in doubt is out."""
        office.said_out(who, delivery_id, id.strip()[:400])
        wake(*filter(None, [app.outbox.get(delivery_id)]))
        return door.done(request)

    @web.post("/deliveries/{delivery_id}/urgent")
    def urgent(
        delivery_id: Number,
        request: Request,
        who: Annotated[Actor, acting(door)],
        edition: FormNumber,
        on: Annotated[bool, Form()] = False,
    ) -> Response:
        """Breaking news, or not."""
        office.urgent(who, delivery_id, edition, on)
        return door.done(request)

    @web.post("/deliveries/{delivery_id}/{act}")
    def one(
        delivery_id: Number, act: str, request: Request, who: Annotated[Actor, acting(door)], seen: Seen = ""
    ) -> Response:
        """An act on one delivery."""
        if act not in by_delivery and act not in as_seen:
            raise NotFound("There is no such act.", "لا فعل بهذا الاسم.")
        done = carried_out(who, act, [found(delivery_id, app.outbox)], seen)
        return door.done(request, door.waiting(request, done))

    @web.post("/articles/{article_id}/correct")
    def correct(article_id: str, request: Request, who: Annotated[Actor, acting(door)]) -> Response:
        """The newest version where an older one is out, on every channel that has one."""
        article = app.articles.get(article_id)
        if article is None:
            raise NotFound(f"There is no article {article_id}.", f"لا مادة رقمها {article_id}.")
        asked, said = app.handwork.rewriting.correct(who, article)
        app.engines.wake(set(asked))
        return door.done(request, " ".join(each.to(door.language(request)) for each in said))

    @web.post("/articles/{article_id}/rewrite")
    def rewrite(
        article_id: str,
        request: Request,
        who: Annotated[Actor, acting(door)],
        version: Annotated[int, Form()],
        title: Annotated[str, Form(max_length=2000)] = "",
        body: Annotated[str, Form(max_length=400_000)] = "",
        then: Annotated[str, Form()] = "",
    ) -> Response:
        """Its next version in an editor's words; `then`: and put it where an older one is out."""
        article = app.handwork.rewriting.write(who, article_id, version, title, body)
        said: list[Say] = []
        if then == "correct":
            asked, said = app.handwork.rewriting.correct(who, article)
            app.engines.wake(set(asked))
        here = f"/articles/{article_id}"
        return door.done(request, " ".join(each.to(door.language(request)) for each in said), to=here)

    @web.post("/articles/{act}")
    def many(
        act: str,
        request: Request,
        who: Annotated[Actor, acting(door)],
        ids: Annotated[list[str], Form()],
        seen: Seen = "",
    ) -> Response:
        """An act on all that it can mean of these articles, in one press."""
        if act not in MEANT:
            raise NotFound("There is no such act.", "لا فعل بهذا الاسم.")
        meant = [d for d in app.desk.of_articles(ids[:200]) if d.state in MEANT[act]]
        if act == "retract":
            meant = [d for d in reversed(meant) if not d.preview] or meant[::-1]
        if not meant:
            raise Refused("Somebody was quicker: there is nothing left to do.", "سبقك غيرك: لم يبق ما يُفعل هنا.")
        done = carried_out(who, act, meant, seen)
        return door.done(request, door.waiting(request, done))

    @web.post("/channels/{name}/{act}")
    def lane(name: str, act: str, request: Request, who: Annotated[Actor, acting(door)]) -> Response:
        """Pause a channel, or let it go on."""
        if act == "pause":
            office.pause(who, name)
        elif act == "resume":
            office.resume(who, name)
            app.engines.wake({name})
        else:
            raise NotFound("There is no such act.", "لا فعل بهذا الاسم.")
        return door.done(request)

    @web.post("/stop_all")
    def stop_all(request: Request, who: Annotated[Actor, acting(door)]) -> Response:
        """Begin nothing on any channel, in all processes."""
        office.pause(who, None)
        return door.done(request)

    @web.post("/start_all")
    def start_all(request: Request, who: Annotated[Actor, acting(door)]) -> Response:
        """Lift that."""
        office.resume(who, None)
        app.engines.wake(set(app.channels))
        return door.done(request)

    return web
