"""Where Telegram brings what editors write and press, with `mode = "webhook"` of the desk."""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from fastapi.concurrency import run_in_threadpool

from bot.app import App

MOST_BYTES = 1_000_000  # of one update; a message is a few kilobytes


def routes(app: App) -> APIRouter:
    """The route of the Telegram desk."""
    router = APIRouter()

    @router.post("/telegram/{path}")
    async def brought(
        path: str, request: Request, x_telegram_bot_api_secret_token: Annotated[str, Header()] = ""
    ) -> Response:
        """One update; answered well once it was acted on, for else Telegram brings it again."""
        if app.on_telegram is None:
            return Response(status_code=404)
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > MOST_BYTES:
                return Response(status_code=413)
        return Response(
            status_code=await run_in_threadpool(app.on_telegram, path, x_telegram_bot_api_secret_token, body)
        )

    return router
