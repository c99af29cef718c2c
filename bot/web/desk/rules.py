"""Rules, times and the glossary, set at the desk: each form is one setting as a whole."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.datastructures import FormData

from bot.config.overlay import KEYS, as_set, laid_over
from bot.domain.errors import ConfigError
from bot.domain.person import Actor
from bot.domain.schedule import Pick
from bot.pipeline.explain import rehearse
from bot.web.desk.door import Door, acting, reading

MOST_TRIED = 400  # articles
_COMMA = re.compile(r"[\n,،;؛]")
_LINE = re.compile(r"[\n;؛]")  # times hold commas between their days

LISTS = {"sources": None, "sections": _COMMA, "channels": None, "keywords": _COMMA, "exclude": _COMMA}
FIELDS: dict[str, Mapping[str, Any]] = {
    "rules": {"name": str, **LISTS, "fresh_for": str},
    "slots": {
        "channels": None,
        "times": _LINE,
        "quiet": _LINE,
        "spacing": str,
        "max_per_hour": int,
        "fresh_for": str,
        "breaking_fresh_for": str,
        "quiet_breaking": bool,
        "balance": bool,
    },
}


async def given(request: Request) -> FormData:
    """The fields of a form whose names are not known before."""
    return await request.form()


def value_of(key: str, form: FormData) -> Any:
    """What a form sets; whether it holds is for the settings to say."""
    if key == "glossary":
        return {
            **{name: _parts(_COMMA, form.get(name)) for name in ("banned", "always", "places")},
            "sections": {name: _parts(_COMMA, tags) for name, tags in _pairs(form.get("sections"))},
            "alias": dict(_pairs(form.get("alias"))),
        }
    numbers = sorted({int(match[1]) for name in form if (match := re.fullmatch(r"t(\d{1,3})-\w+", name))})
    tables = [_table(FIELDS[key], form, f"t{n}-") for n in numbers if not form.get(f"t{n}-remove")]
    return [table for table in tables if table]


def _table(fields: Mapping[str, Any], form: FormData, prefix: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, kind in fields.items():
        text = str(form.get(prefix + name) or "").strip()
        if kind is None:
            value: Any = [str(each) for each in form.getlist(prefix + name)]
        elif kind is bool:
            value = bool(text)
        elif kind is int:
            value = int(text) if re.fullmatch(r"\d{1,4}", text) else text
        else:
            value = text if kind is str else _parts(kind, text)
        if value:
            made[name] = value
    return made


def _parts(sign: re.Pattern[str], text: object) -> list[str]:
    return [part for each in sign.split(str(text or "")) if (part := " ".join(each.split()))]


def _pairs(text: object) -> list[tuple[str, str]]:
    lines = [line.strip() for line in str(text or "").splitlines() if line.strip()]
    return [(left.strip(), right.strip()) for left, _, right in (line.partition("=") for line in lines)]


def routes(door: Door) -> APIRouter:
    """The page and its forms."""
    web, app = APIRouter(), door.app
    settings = app.handwork.settings

    def page(
        request: Request, status: int = 200, *, key: str = "", value: Any = None, said: str = "", done: str = ""
    ) -> Response:
        in_force = app.in_force
        values = {each: value if each == key else as_set(in_force.config, each) for each in KEYS}
        return door.page(
            request,
            "rules",
            status,
            values=values,
            here=in_force.here,
            faults=in_force.faults,
            said={key: said},
            done=done,
            lines=lambda pairs: "\n".join(f"{left} = {right}" for left, right in pairs.items()),
            lists=lambda pairs: {name: "، ".join(tags) for name, tags in pairs.items()},
            sources=[*app.sources, app.access.pushed.name],
        )

    @web.get("/rules", dependencies=[reading(door)])
    def rules(request: Request, done: str = "") -> Response:
        """What holds, in forms; `done` is what was just saved or given back to config/."""
        app.refresh(at_once=True)
        return page(request, done=done)

    @web.post("/rules/{key}")
    def put(
        key: str,
        request: Request,
        who: Annotated[Actor, acting(door)],
        form: Annotated[FormData, Depends(given)],
        days: Annotated[int, Query(ge=1, le=14)] = 1,
    ) -> Response:
        """Save it, let config/ hold again, or only try it on the articles of the last days."""
        what = form.get("what")
        if what == "reset":
            settings.reset(who, key, _seen(form))
            return door.done(request, to=f"/rules?done={key}#h-{key}")
        value = value_of(key, form) if key in KEYS else None
        try:
            if what == "try":
                return tried(request, key, value, days)
            settings.put(who, key, value, _seen(form))
        except ConfigError as error:  # what was typed stays, to be mended
            return page(request, 422, key=key, value=value, said=error.say.to(door.language(request)))
        return door.done(request, to=f"/rules?done={key}#h-{key}")

    def tried(request: Request, key: str, value: Any, days: int) -> Response:
        config = laid_over(app.in_force.config, key, value)
        seen: Sequence[Any] = app.articles.seen_since(app.now() - timedelta(days=days))[-MOST_TRIED:]
        found = rehearse(seen, app.channels.values(), config.plans, config.rules, config.newsroom.zone)
        return door.page(request, "tried", found=found, picked=lambda each: isinstance(each, Pick), days=days)

    return web


def _seen(form: FormData) -> datetime | None:
    text = str(form.get("seen") or "")
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
