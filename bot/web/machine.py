"""What machines ask: health, measures, and hubs that call back. A door: it parses, calls one function, answers."""

import contextlib
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, PlainTextResponse

from bot.app import App
from bot.domain.errors import SourceError
from bot.ops import metrics, readiness
from bot.sources.fetch import MOST_BYTES


def routes(app: App) -> APIRouter:
    """The routes for machines of one newsroom."""
    web = APIRouter()

    @web.get("/healthz")
    def healthz() -> Response:
        """Whether the process lives."""
        return PlainTextResponse("ok")

    @web.get("/readyz")
    def readyz() -> Response:
        """Whether it can do its work: the database answers and is of the newest version."""
        faults = readiness.faults(app.database, app.clock_fault())
        return JSONResponse({"ready": not faults, "faults": faults}, status_code=503 if faults else 200)

    @web.get("/metrics")
    def measures(request: Request, authorization: Annotated[str, Header()] = "") -> Response:
        """For Prometheus; by token, without one only from this machine."""
        if not metrics.may_read(app.config.secrets.get("METRICS_TOKEN"), caller(request), authorization):
            return PlainTextResponse("a token is needed (METRICS_TOKEN)", status_code=401)
        page = metrics.page(app.figures, app.source_states, list(app.sources), app.accounts.budgets(), app.now())
        return Response(page, media_type=metrics.CONTENT_TYPE)

    @web.get("/websub/{token}")
    def verify(token: str, request: Request) -> Response:
        """A hub asks whether we meant it."""
        source = app.reading.websub.source_of(token, app.sources)
        return PlainTextResponse(app.reading.websub.verify(source, dict(request.query_params), app.now()))

    @web.post("/websub/{token}")
    async def notified(
        token: str,
        request: Request,
        content_type: Annotated[str, Header()] = "",
        x_hub_signature: Annotated[str, Header()] = "",
    ) -> Response:
        """A hub brings what is new. A body with a wrong signature is dropped, and the hub is not told (7.1)."""
        source = await run_in_threadpool(app.reading.websub.source_of, token, app.sources)
        body = await body_of(request, MOST_BYTES)
        if body is None:
            return PlainTextResponse("too large", status_code=413)
        asked_for = app.reading.websub.is_signed(source, x_hub_signature, body)
        if asked_for and not await run_in_threadpool(app.source_states.paused, source):
            with contextlib.suppress(SourceError):  # no feed: the poll will see what is there
                await run_in_threadpool(app.reading.brought, source, body, content_type)
        return Response(status_code=202)

    return web


def caller(request: Request) -> str:
    """The address of who asks, or "" where a proxy asks for somebody."""
    forwarded = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "via"))
    return "" if forwarded or request.client is None else request.client.host


async def body_of(request: Request, most: int) -> bytes | None:
    """The body, or None where it has more bytes than that."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            return None
        parts.append(part)
    return b"".join(parts)
