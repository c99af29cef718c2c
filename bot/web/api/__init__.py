"""The API under /api/v1: a door for programs. It parses, calls one function, answers; its rules are the office's."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from bot import __version__
from bot.app import App
from bot.domain.token import SCOPES
from bot.web.api import articles, channels, faults, posts
from bot.web.api.guard import BEARER


def application(app: App) -> FastAPI:
    """The routes of the API, with an OpenAPI page of their own."""
    api = FastAPI(title="nashir", version=__version__, docs_url=None, redoc_url=None, openapi_url="/openapi.json")
    api.state.app = app
    for each in (articles.router(app), posts.router(app), channels.router(app)):
        api.include_router(each)
    faults.handle(api, app.config.secrets.redact)

    def described() -> dict[str, Any]:
        if api.openapi_schema is None:
            page = get_openapi(
                title=api.title,
                version=api.version,
                openapi_version="3.1.0",
                description="Every POST may carry an Idempotency-Key: what is asked twice under one is done once.",
                routes=api.routes,
                servers=[{"url": "/api/v1"}],
            )
            scopes = ", ".join(f"{scope} ({say.en})" for scope, say in SCOPES.items())
            scheme = {"type": "http", "scheme": "bearer", "description": f"`nashir api token`; scopes: {scopes}."}
            page.setdefault("components", {})["securitySchemes"] = {BEARER: scheme}
            api.openapi_schema = page
        return api.openapi_schema

    api.openapi = described  # type: ignore[method-assign]  # as FastAPI's own manual extends it
    return api
