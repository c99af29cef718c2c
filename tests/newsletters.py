"""A newsroom with a newsletter, readers, and an edition that waits."""

import random
from datetime import UTC, datetime
from typing import Any

from bot.app import App
from bot.domain.edition import EditionState
from tests.conftest import Newsroom
from tests.mail.lists import fill
from tests.newsrooms import sentence

ARTICLE = """---
title: {title}
url: https://example.com/{n}
guid: a{n}
image: https://example.com/{n}.jpg
---
{first} {second}

{third}
"""
TITLES = (
    "سوق جديد في المدينة القديمة",
    "iPhone الجديد يصل إلى الأسواق",
    "المكتبة تفتح أبوابها ليلا",
    "مباراة الكأس غدا",
)
SETTINGS = """
[mail]
host = "{host}"
port = {port}
timeout = "10s"
return_domain = "bounces.example.org"
{more}

[[newsletters]]
key = "morning"
name = "نشرة الصباح"
from = "الرواق <news@example.org>"
"""


def newsletter(room: Newsroom, at: tuple[str, int], readers: int, more: str = "") -> tuple[App, int]:
    """The newsroom and the number of an edition that is due."""
    settings = (room.config / "newsroom.toml").read_text("utf-8")
    room.write("newsroom.toml", 'public_url = "https://desk.example.org"\n' + settings)
    room.write("channels.toml", "")
    room.write("newsletters.toml", SETTINGS.format(host=at[0], port=at[1], more=more))
    for n, title in enumerate(TITLES, 1):
        rng = random.Random(n)  # articles that are alike would be one for the newsroom
        first, second, third = sentence(rng), sentence(rng), sentence(rng)
        room.article(f"{n}.md", ARTICLE.format(n=n, title=title, first=first, second=second, third=third))
    app = room.app()
    for name in app.sources:
        app.reading.fetch(name)
    fill(app.database, readers)
    return app, edition(app)


def edition(app: App, day: str = "2026-11-24", **more: Any) -> int:
    """One more edition of all articles."""
    ids = [found.id for n in range(1, len(TITLES) + 1) if (found := app.articles.find(f"https://example.com/{n}"))]
    assert len(set(ids)) == len(TITLES)
    sections = [{"title": "محليات", "articles": ids[:2]}, {"title": "ثقافة", "articles": ids[2:]}]
    values: dict[str, Any] = {"picks": {"lead": ids[0], "sections": sections}, "intro": "صباح الخير.\nهذا عدد اليوم."}
    made = app.newsletters.editions.add(
        "morning", day, "daily", state=EditionState.QUEUED, now=datetime.now(UTC), **(values | more)
    )
    assert made
    return made
