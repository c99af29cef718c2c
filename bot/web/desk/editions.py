"""Newsletters at the desk: their editions, worked on, tried, sent, and followed while they go."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse

from bot.domain.edition import STATES, Edition, page_of
from bot.domain.errors import BotError, NotFound, Refused
from bot.domain.newsletter import Section
from bot.domain.person import Actor
from bot.domain.signup import FREQUENCIES
from bot.domain.subscriber import Frequency
from bot.pipeline.edition import UNBEGUN, frequency_of
from bot.web.desk.door import Door, Number, acting, reading
from bot.web.guard import MAIL_POLICY

LISTED = 60
OFFERED = 60  # articles that may be added
SHOWN_AFTER = timedelta(days=3)
SIGNS = {"draft": "edit", "held": "pause", "queued": "clock", "sending": "going", "paused": "pause", "sent": "check",
         "skipped": "off", "stopped": "stop"}  # fmt: skip
COLOURS = {"draft": "held", "paused": "held", "skipped": "cancelled", "stopped": "cancelled"}  # of states of deliveries

Pairs = Sequence[tuple[str, str]]


async def pairs_of(request: Request) -> Pairs:
    """The fields of a form in the order in which they stand on the page: that is the order of the edition."""
    return [(name, str(value)) for name, value in (await request.form()).multi_items()]


def routes(door: Door) -> APIRouter:
    """The pages and their acts."""
    web, app = APIRouter(dependencies=[reading(door)]), door.app
    letters = app.newsletters

    def edition_of(id_: int) -> Edition:
        return letters.editions.get(id_)

    def words(request: Request) -> dict[str, object]:
        ar = door.language(request) == "ar"
        return {
            "edition_word": lambda state: STATES[state] if ar else str(state),
            "sign": lambda state: SIGNS[str(state)],
            "colour": lambda state: COLOURS.get(str(state), str(state)),
            "often": lambda each: FREQUENCIES[Frequency(each)].to(door.language(request)),
            "frequency_of": frequency_of,
            "page_of": page_of,
        }

    @web.get("/editions")
    def listing(request: Request, newsletter: str = "") -> Response:
        """Every newsletter, and its newest editions."""
        tables = app.config.newsletters.newsletters
        known = {each.key for each in tables}
        found = [each for each in letters.editions.newest(4 * LISTED) if newsletter in ("", each.newsletter)][:LISTED]
        return door.page(
            request,
            "editions",
            tables=tables,
            newsletter=newsletter if newsletter in known else "",
            editions=found,
            figures={each.id: letters.editions.figures(each.id) for each in found},
            readers=letters.readership.rolls.readers(),
            **words(request),
        )

    @web.get("/editions/{number}")
    def one(number: Number, request: Request) -> Response:
        """An edition: what it says and carries, how it will look, how far it is."""
        edition = edition_of(number)
        contents, fault = letters.contents(edition), ""
        try:
            letter = edition.letter or letters.letter(edition)
        except BotError as error:
            letter, fault = None, error.say.to(door.language(request))
        recent = app.articles.seen_since(app.now() - SHOWN_AFTER)[::-1]
        offered = [each.article for each in recent if each.article.id not in contents.articles][:OFFERED]
        readers = letters.readership.rolls.readers()
        return door.page(
            request,
            "edition",
            edition=edition,
            contents=contents,
            articles={id_: app.articles.get(id_) for id_ in contents.articles},
            letter=letter,
            fault=fault,
            plain=letters.editorial.plain(letter) if letter else "",
            size=len(letter.html.encode()) / 1000 if letter else 0,
            unbegun=edition.state in UNBEGUN,
            figures=letters.editions.figures(number),
            links=letters.editorial.links.of(number),
            left=letters.readership.rolls.left_by(number),
            offered=offered,
            count=readers.get((edition.newsletter, str(frequency_of(edition))), 0),
            table=app.config.newsletters.of(edition.newsletter),
            **words(request),
        )

    @web.get("/editions/{number}/mail")
    def mail(number: Number) -> Response:
        """The mail itself, for a frame: the letter that goes, without a reader."""
        edition = edition_of(number)
        html = letters.editorial.readerless(edition.letter or letters.letter(edition))
        return HTMLResponse(html, headers={"content-security-policy": MAIL_POLICY})

    @web.post("/editions/make/{key}")
    def make(key: str, request: Request, who: Annotated[Actor, acting(door)]) -> Response:
        """The next edition, ahead of its time."""
        return door.done(request, to=f"/editions/{letters.editorial.making.make(who, key)}")

    @web.post("/editions/{number}/edit")
    def edit(
        number: Number,
        request: Request,
        who: Annotated[Actor, acting(door)],
        pairs: Annotated[Pairs, Depends(pairs_of)],
    ) -> Response:
        """Words and order, as the form has them."""
        form = dict(pairs)
        letters.editorial.arranging.change(
            who,
            number,
            int(version) if (version := form.get("version", "")).isdecimal() and len(version) < 10 else 0,
            subject=form.get("subject"),
            preheader=form.get("preheader"),
            intro=form.get("intro"),
            lead=form.get("lead"),
            sections=moved(sections_of(pairs), form.get("do", ""), form.get("add", "")),
        )
        said = {"ar": "حُفظ.", "en": "Saved."}[door.language(request)]
        return door.done(request, said)

    @web.post("/editions/{number}/release")
    def release(
        number: Number, request: Request, who: Annotated[Actor, acting(door)], at: Annotated[str, Form()] = ""
    ) -> Response:
        """It goes at its time, or at another one on the newsroom's clock."""
        moment = None
        if at:
            try:
                moment = datetime.fromisoformat(at[:16]).replace(tzinfo=app.config.newsroom.zone)
            except ValueError:
                raise Refused("This is no time.", "هذا ليس موعدا.") from None
        letters.editorial.arranging.release(who, number, moment)
        return door.done(request, to=f"/editions/{number}")

    @web.post("/editions/{number}/test")
    def test(
        number: Number,
        request: Request,
        who: Annotated[Actor, acting(door)],
        to: Annotated[str, Form(max_length=400)] = "",
    ) -> Response:
        """One mail to oneself."""
        found = letters.editorial.arranging.test(who, number, to)
        said = {"ar": f"خرجت التجربة إلى {found.ascii}", "en": f"The test went to {found.ascii}"}
        return door.done(request, said[door.language(request)], f"/editions/{number}")

    @web.post("/editions/{number}/{act}")
    def act(number: Number, act: str, request: Request, who: Annotated[Actor, acting(door)]) -> Response:
        """Held, sent now, paused, gone on with, stopped."""
        acts = {
            "hold": letters.editorial.arranging.hold,
            "send": letters.editorial.arranging.send,
            "pause": letters.desk.pause,
            "resume": letters.desk.resume,
            "stop": letters.desk.stop,
        }
        if act not in acts:
            raise NotFound("There is no such act.", "لا فعل بهذا الاسم.")
        acts[act](who, number)
        return door.done(request, to=f"/editions/{number}")

    return web


def sections_of(pairs: Pairs) -> list[Section] | None:
    """Headings and articles in the order of the page; None of a form that has none of them."""
    found: list[tuple[str, list[str]]] = []
    for name, value in pairs:
        if name == "section":
            found.append((value, []))
        elif name == "article":
            if not found:
                found.append(("", []))
            found[-1][1].append(value[:40])
    return [Section(title=title, articles=tuple(ids)) for title, ids in found] or None


def moved(sections: list[Section] | None, do: str, add: str) -> list[Section] | None:
    """After a press of one button: up, down or out of an article or a section; added to the last; a new section."""
    if sections is None:
        return [Section(title="", articles=(add[:40],))] if do == "add" and add else None
    what, _, which = do.partition(":")
    lists = [(each.title, list(each.articles)) for each in sections]
    if what == "add" and add:
        lists[-1][1].append(add[:40])
    elif what == "new":
        lists.append(("", []))
    elif what in ("section-up", "section-down") and which.isdigit() and int(which) < len(lists):
        to = int(which) + (1 if what == "section-down" else -1)
        if 0 <= to < len(lists):
            lists.insert(to, lists.pop(int(which)))
    else:
        _move(lists, what, which)
    return [Section(title=title, articles=tuple(ids)) for title, ids in lists if ids or (what == "new" and not title)]


def _move(lists: list[tuple[str, list[str]]], what: str, which: str) -> None:
    for n, (_, ids) in enumerate(lists):
        if which not in ids:
            continue
        at = ids.index(which)
        if what == "out":
            ids.remove(which)
        elif what == "up" and at:
            ids.insert(at - 1, ids.pop(at))
        elif what == "down" and at < len(ids) - 1:
            ids.insert(at + 1, ids.pop(at))
        elif what == "up" and n:
            lists[n - 1][1].append(ids.pop(at))
        elif what == "down" and n < len(lists) - 1:
            lists[n + 1][1].insert(0, ids.pop(at))
        return
