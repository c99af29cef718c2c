"""Live: what changed is told to every open page within a second, by server-sent events that survive a reconnect."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from bot.app import App
from bot.web.desk.door import Door, reading

LOOK_EACH = 0.4  # seconds
BEAT_EACH = 15.0  # seconds after which a silent stream says that it lives


class Live:
    """One look at the database for all pages that listen, as often as needed and only while somebody does."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._stamp = ""
        self._changed = asyncio.Event()
        self._listeners = 0
        self._task: asyncio.Task[None] | None = None

    def routes(self, door: Door) -> APIRouter:
        """The stream."""
        web = APIRouter()

        @web.get("/events", dependencies=[reading(door)])
        async def events(request: Request) -> Response:
            """Each event's id is the stamp of what is there: a page that comes back with another one is behind."""
            seen = request.headers.get("last-event-id") or request.query_params.get("seen", "")
            headers = {"x-accel-buffering": "no", "content-encoding": "identity"}
            return StreamingResponse(self._stream(seen), media_type="text/event-stream", headers=headers)

        @web.get("/stamp", dependencies=[reading(door)])
        async def stamp() -> Response:
            """The stamp of what is there now."""
            return Response(await run_in_threadpool(self._app.queue.stamp), media_type="text/plain")

        return web

    async def _stream(self, seen: str) -> AsyncIterator[str]:
        self._listeners += 1
        if self._task is None or self._task.done():
            self._stamp = await run_in_threadpool(self._app.queue.stamp)
            self._task = asyncio.create_task(self._look())
        try:
            yield "retry: 1000\n\n"
            idle = 0.0
            while not self._app.stopping.is_set():
                if seen != self._stamp:
                    seen, idle = self._stamp, 0.0
                    yield f"id: {seen}\nevent: changed\ndata: {json.dumps(seen)}\n\n"
                changed = self._changed
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), LOOK_EACH)
                idle += LOOK_EACH
                if idle >= BEAT_EACH:
                    idle = 0.0
                    yield ": here\n\n"
        finally:
            self._listeners -= 1

    async def _look(self) -> None:
        while self._listeners and not self._app.stopping.is_set():
            with contextlib.suppress(Exception):  # a database that is away for a moment: the next look sees it
                stamp = await run_in_threadpool(self._app.queue.stamp)
                if stamp != self._stamp:
                    self._stamp = stamp
                    changed, self._changed = self._changed, asyncio.Event()
                    changed.set()
            await asyncio.sleep(LOOK_EACH)
