"""What readers of newsletters see: sign-up, confirmation, preferences, leaving, past issues. No session, no script."""

from fastapi import FastAPI

from bot.app import App
from bot.web.public import archive, signup, tokens
from bot.web.public.pages import Pages


def join(web: FastAPI, app: App) -> None:
    """Put the pages into the web application."""
    pages = Pages(app)
    for part in (signup, tokens, archive):
        web.include_router(part.routes(pages))
