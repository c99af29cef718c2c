"""Articles in, and as they are known."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from bot.app import App
from bot.domain.errors import NotFound
from bot.pipeline.push import Brought
from bot.sources import pushed
from bot.web.api.guard import Guarded, needs
from bot.web.api.models import ArticleIn, ArticleOut, BroughtOut, Saying, WordPressPost

ArticleId = Annotated[str, Path(pattern="^[0-9a-f]{10}$")]


def router(app: App) -> APIRouter:
    """The routes of articles."""
    routes = APIRouter(route_class=Guarded, tags=["articles"])

    @routes.post("/articles", responses={201: {"model": BroughtOut, "description": "It is new."}})
    @needs("articles:write")
    def bring(given: ArticleIn, response: Response) -> BroughtOut:
        """Bring an article; rules and slots decide where it goes, as of one from a feed."""
        return _brought(app.access.bring(pushed.article(given.model_dump(), app.now())), response)

    @routes.post("/articles/wordpress", responses={201: {"model": BroughtOut, "description": "It is new."}})
    @needs("articles:write")
    def bring_wordpress(given: WordPressPost, response: Response) -> BroughtOut:
        """Bring a post as WordPress shows it; a trashed, private or drafted one takes its article back."""
        return _brought(app.access.bring(pushed.wordpress(given.model_dump(), app.now())), response)

    @routes.get("/articles/{article_id}")
    @needs("posts:read")
    def one(article_id: ArticleId) -> ArticleOut:
        """The newest version of an article."""
        article = app.articles.get(article_id)
        if article is None:
            raise NotFound(f"There is no article {article_id}.", f"لا مادة رقمها {article_id}.")
        return ArticleOut.of(article)

    return routes


def _brought(brought: Brought, response: Response) -> BroughtOut:
    response.status_code = 201 if brought.outcome == "new" else 200
    return BroughtOut.model_validate(
        {
            "outcome": brought.outcome,
            "article": ArticleOut.of(brought.article),
            "notes": [Saying.of(note) for note in brought.notes],
        }
    )
