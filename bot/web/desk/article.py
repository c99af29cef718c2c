"""The article (المادة): its text beside the very posts, which may be edited with their counts at each key."""

import difflib
import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import JSONResponse
from markupsafe import Markup, escape

from bot.domain.channel import MODES
from bot.domain.delivery import State
from bot.domain.errors import NotFound, Refused
from bot.domain.person import Actor
from bot.formats.editing import check, mode_of, shown
from bot.formats.page import marks_shown, telegram_html, x_html
from bot.pipeline.office import Conflict
from bot.text.hashtags import valid
from bot.web.desk.board import row_of, sent
from bot.web.desk.door import Door, FormNumber, Number, acting, reading
from bot.web.desk.remaking import mail_words, tags_of
from bot.web.desk.shown import MOST_BODY, named
from bot.web.desk.words import mode

_WORDS = re.compile(r"\s+|[^\s]+")
MOST_WORDS = 4000  # of a version whose changes are shown word by word
MOST_LETTERS = 30_000  # of the same
MOST_VERSIONS = 20  # with the changes of each


def routes(door: Door) -> APIRouter:
    """The article and its posts."""
    web, app = APIRouter(dependencies=[reading(door)]), door.app

    @web.get("/articles/{article_id}")
    def page(article_id: str, request: Request, channel: str = "", removed: str = "") -> Response:
        """The text, the posts, the history."""
        article = app.articles.get(article_id)
        if article is None:
            raise NotFound(f"There is no article {article_id}.", f"لا مادة رقمها {article_id}.")
        deliveries = app.desk.of_articles([article_id])
        row = row_of(app, article_id) if deliveries else None
        posts = list(row.deliveries) if row else []
        edits = next((d for d in posts if d.channel == channel), None) or next(
            (d for d in posts if d.state in (State.HELD, State.QUEUED)), posts[0] if posts else None
        )
        waits = edits if edits and edits.state in (State.HELD, State.QUEUED) else None
        tags, offered = tags_of(app, article, waits)
        reasons = {d.channel: d.reason for d in app.outbox.decisions(article_id)}
        return door.page(
            request,
            "article",
            article=article,
            row=row,
            posts=posts,
            edits=edits,
            shown=shown,
            words=mail_words(app, article, edits) if waits and edits and edits.service == "email" else "",
            tags=tags,
            offered=offered,
            removed=valid(removed),
            modes=MODES[edits.service] if edits else (),
            mode=mode_of(edits.post) if edits else "",
            mode_word=lambda name: mode(name, door.language(request)),
            checks=[check(edits.service, s, s.text, s.subject) for s in edits.post.segments] if edits else [],
            reasons=reasons,
            log=app.acts.of_article(article_id),
            versions=_changes(app.desk.versions(article_id)[:MOST_VERSIONS]),
            most_body=MOST_BODY,
            state=State,
            sent=sent,
            cost=app.figures.cost([d.id for d in posts]),
            prices={d.id: price for d in posts if (price := app.accounts.price(d)) is not None},
        )

    @web.post("/check")
    def measured(
        _who: Annotated[Actor, acting(door)],
        delivery: FormNumber,
        text: Annotated[str, Form(max_length=200_000)] = "",
        n: Annotated[int, Form(ge=0, le=100)] = 0,
        subject: Annotated[str, Form(max_length=2000)] = "",
    ) -> Response:
        """The count and the faults of a segment that is being written, by the formatters' own measure."""
        found = app.outbox.get(delivery)
        if found is None:
            raise NotFound(f"There is no delivery {delivery}.", f"لا إرسال رقمه {delivery}.")
        old = found.post.segments[min(n, len(found.post.segments) - 1)]
        checked = check(found.service, old, text, subject)
        segment = checked.segment
        draw: dict[str, Callable[[str], Markup]] = {"x": x_html, "telegram": telegram_html}
        html = draw[found.service](segment.text) if found.service in draw else marks_shown(str(escape(segment.text)))
        return JSONResponse(
            {
                "length": segment.length,
                "limit": segment.limit,
                "faults": [{"ar": say.ar, "en": say.en} for say in checked.faults],
                "hints": [{"ar": say.ar, "en": say.en} for say in checked.hints],
                "html": str(html),
            }
        )

    @web.post("/deliveries/{delivery_id}/edit")
    def edit(
        delivery_id: Number,
        request: Request,
        who: Annotated[Actor, acting(door)],
        edition: FormNumber,
        text: Annotated[list[str], Form()],
        subject: Annotated[str, Form(max_length=2000)] = "",
        then: Annotated[str, Form()] = "",
    ) -> Response:
        """Other words for what waits; `then`: and release it in the same press."""
        try:
            changed = app.office.edit(who, delivery_id, edition, text, subject or None)
        except Conflict as error:  # both texts are shown, word by word
            theirs = app.outbox.get(delivery_id)
            there = "\n\n".join(shown(segment) for segment in theirs.post.segments) if theirs else ""
            said = error.say.to(door.language(request))
            return JSONResponse({"error": said, "conflict": True, "diff": str(_words(there, "\n\n".join(text)))}, 409)
        if then == "release" and changed.state is State.HELD:
            app.office.release(who, delivery_id, changed.edition)
            app.engines.wake({changed.channel})
        return door.done(request, door.waiting(request, [changed.id]))

    @web.post("/deliveries/{delivery_id}/schedule")
    def schedule(
        delivery_id: Number,
        request: Request,
        who: Annotated[Actor, acting(door)],
        edition: FormNumber,
        at: Annotated[str, Form(max_length=40)],
        slot: Annotated[str, Form(max_length=16)] = "",
    ) -> Response:
        """Another time."""
        app.office.schedule(who, delivery_id, edition, _moment(door, at), slot or None)
        return door.done(request)

    @web.post("/deliveries/{delivery_id}/swap")
    def swap(
        delivery_id: Number,
        request: Request,
        who: Annotated[Actor, acting(door)],
        edition: FormNumber,
        other: FormNumber,
        other_edition: FormNumber,
    ) -> Response:
        """Two of one channel change places."""
        app.handwork.moving.swap(who, (delivery_id, edition), (other, other_edition))
        return door.done(request)

    return web


def _moment(door: Door, given: str) -> datetime:
    """A time of the newsroom's clock; raises Refused."""
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        raise Refused("That is no time; choose a day and an hour.", "هذا ليس موعدا؛ اختر يوما وساعة.") from None
    return at if at.tzinfo else at.replace(tzinfo=door.app.config.newsroom.zone)


def _changes(versions: list[tuple[int, Any, datetime]]) -> list[dict[str, Any]]:
    """Each version with what changed since the one before, word by word."""
    found = []
    for n, (number, article, at) in enumerate(versions):
        before = versions[n + 1][1] if n + 1 < len(versions) else None
        found.append({"number": number, "at": at, "diff": _diff(before, article) if before else None})
    return found


def _diff(before: Any, after: Any) -> Markup:
    """The changed words with a few around them."""
    return _words(f"{before.title}\n{before.body}", f"{after.title}\n{after.body}")


def _words(before: str, after: str) -> Markup:
    old, new = (_WORDS.findall(text[:MOST_LETTERS])[: 2 * MOST_WORDS] for text in (before, after))
    parts = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            words = new[c:d]
            parts.append(str(escape(named("".join(words if len(words) < 16 else [*words[:6], " … ", *words[-6:]])))))
        else:
            parts.append(f"<del>{escape(named(''.join(old[a:b])))}</del>" if b > a else "")
            parts.append(f"<ins>{escape(named(''.join(new[c:d])))}</ins>" if d > c else "")
    return Markup("".join(parts))  # noqa: S704 - every word of it is escaped
