"""Behind the desk: channels, sources and rules, people, the log."""

import csv
import io
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response

from bot.domain.errors import NotFound, Refused
from bot.domain.person import ROLES, Actor, Role
from bot.domain.schedule import Pick
from bot.domain.skipped import skipped
from bot.pipeline.explain import rehearse
from bot.web.desk.board import lanes
from bot.web.desk.door import LARGEST, Door, Number, acting, reading
from bot.web.desk.shown import named
from bot.web.desk.switches import rooms, trials

MOST_ITEMS = 8  # of a source that are shown
MOST_TRIED = 400  # articles that a rule is tried on


def routes(door: Door) -> APIRouter:
    """The pages."""
    web, app = APIRouter(dependencies=[reading(door)]), door.app

    @web.get("/channels")
    def channels(request: Request) -> Response:
        """Account, health, limits, spend."""
        now = app.now()
        counts: dict[str, dict[str, int]] = {}
        for each in app.figures.states():
            counts.setdefault(each.channel, {})[each.state] = each.number
        return door.page(
            request,
            "channels",
            lanes=lanes(app),
            counts=counts,
            spent=app.figures.spent(now),
            budgets=app.accounts.budgets(),
            plans=app.config.plans,
            oldest=app.figures.oldest_due(now),
            rooms=rooms(app),
            trials=trials(app),
        )

    @web.get("/sources")
    def sources(request: Request) -> Response:
        """Health, the last items, and the rules."""
        names = list(app.sources)
        items = {name: app.articles.of_source(name)[:MOST_ITEMS] for name in names}
        return door.page(
            request,
            "sources",
            standings=app.source_states.standing(names),
            items=items,
            skipped={name: list(skipped(app.source_states.cursor(name)).values()) for name in names},
            rules=app.config.rules,
            tried=None,
            days=1,
        )

    @web.get("/sources/try")
    def tried(request: Request, days: Annotated[int, Query(ge=1, le=14)] = 1) -> Response:
        """What the rules would have done with the articles of the last days."""
        seen = app.articles.seen_since(app.now() - timedelta(days=days))[-MOST_TRIED:]
        found = rehearse(seen, app.channels.values(), app.config.plans, app.config.rules, app.config.newsroom.zone)
        return door.page(request, "tried", found=found, picked=lambda each: isinstance(each, Pick), days=days)

    @web.get("/people")
    def people(request: Request, code: str = "") -> Response:
        """Everybody, and one's own account."""
        return door.page(request, "people", people=app.people.listing(), code=code, said="", given={})

    @web.post("/people")
    def add(
        request: Request,
        who: Annotated[Actor, acting(door)],
        login: Annotated[str, Form(max_length=200)] = "",
        name: Annotated[str, Form(max_length=200)] = "",
        role: Annotated[str, Form()] = "editor",
        password: Annotated[str, Form(max_length=400)] = "",
    ) -> Response:
        """A new account."""
        try:
            app.access.staff.add(who, login, name, ROLES.get(role, Role.READER), password, app.now())
        except Refused as error:
            given = {"login": login[:60], "name": name[:80], "role": role}
            said = error.say.to(door.language(request))
            return door.page(request, "people", 422, people=app.people.listing(), code="", said=said, given=given)
        return door.done(request, to="/people")

    @web.post("/people/{person_id}/{act}")
    def change(
        person_id: Number,
        act: str,
        request: Request,
        who: Annotated[Actor, acting(door)],
        role: Annotated[str, Form()] = "",
        password: Annotated[str, Form(max_length=400)] = "",
    ) -> Response:
        """Another role or password, or an account closed, opened, paired with Telegram."""
        person = app.people.get(person_id)
        if person is None:
            raise NotFound("There is no such account.", "لا حساب بهذا الرقم.")
        to, staff, now = "/people", app.access.staff, app.now()
        if act == "pair" and who.person_id == person_id:
            to = f"/people?code={app.reception.pairing_code(person, now)}"
        elif act == "role" and role in ROLES:
            staff.set_role(who, person.login, ROLES[role], now)
        elif act in ("disable", "enable"):
            staff.disable(who, person.login, now, on=act == "disable")
        elif act == "password":
            staff.set_password(who, person.login, password, now)
        else:
            raise NotFound("There is no such act.", "لا فعل بهذا الاسم.")
        return door.done(request, to=to)

    @web.get("/log")
    def log(
        request: Request, before: Annotated[int | None, Query(ge=1, le=LARGEST)] = None, what: str = "", who: str = ""
    ) -> Response:
        """Who did what, newest first."""
        found = app.acts.listing(before=before, limit=100, what=what, who=who)
        return door.page(request, "log", found=found, what=what, who=who, people=app.people.listing())

    @web.get("/log.csv")
    def export() -> Response:
        """The whole log as a table; a cell that a spreadsheet would run begins with an apostrophe."""
        out = io.StringIO()
        table = csv.writer(out)
        table.writerow(["id", "at", "who", "door", "what", "subject", "detail"])
        before: int | None = None
        while found := app.acts.listing(before=before, limit=1000):
            before = found[-1].id
            for act in found:
                cells = [act.id, act.at.isoformat(), act.who, act.door, act.what, act.subject, act.detail]
                table.writerow([f"'{c}" if c[:1] in "=+-@\t\r" else c for c in map(named, cells)])
        headers = {"content-disposition": 'attachment; filename="nashir-log.csv"'}
        return Response("\N{ZERO WIDTH NO-BREAK SPACE}" + out.getvalue(), media_type="text/csv", headers=headers)

    return web
