"""The web process: the desk for editors, and what machines ask. A door: it parses, calls one function, answers."""

from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from bot.app import App
from bot.domain.errors import NotFound
from bot.pipeline.people import FirstOwner
from bot.web import api, machine, public, telegram
from bot.web.desk import Desk
from bot.web.guard import Guard

STATIC = Path(__file__).parent / "static"


def application(app: App) -> FastAPI:
    """The routes of one newsroom."""
    web = FastAPI(title="nashir", docs_url=None, redoc_url=None, openapi_url=None)
    desk = Desk(app)

    web.include_router(telegram.routes(app))

    @web.exception_handler(NotFound)
    def not_found(request: Request, error: NotFound) -> Response:
        return desk.refused(request, error, 404) or PlainTextResponse(error.say.en, status_code=404)

    web.mount("/api/v1", api.application(app))
    web.include_router(machine.routes(app))
    public.join(web, app)
    web.mount("/static", StaticFiles(directory=STATIC), name="static")
    desk.join(web)
    web.state.desk = desk
    web.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=3)
    web.add_middleware(Guard, secure=app.config.newsroom.public_url.startswith("https:"))
    return web


def first_link(web: FastAPI, app: App, address: str) -> str:
    """The one-time link by which the first owner makes an account, valid for 30 minutes; empty where there is one."""
    if app.people.count():
        return ""
    door = web.state.desk.door
    door.first_owner = FirstOwner.offer(app.now())
    return f"{address}/first/{door.first_owner.secret}"
