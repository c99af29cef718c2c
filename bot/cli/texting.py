"""`text hashtags` and `text sentences`: what the formatters choose, line by line, without a database."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from bot.cli.formatting import each_line, read_article
from bot.cli.language import LANG
from bot.config import load
from bot.domain.article import Article
from bot.domain.errors import Mistyped
from bot.formats.copy import glossary, prepare
from bot.text import clean
from bot.text.hashtags import History
from bot.text.paragraphs import story
from bot.text.salience import choose
from bot.text.sentences import sentences


def hashtags(lines: BinaryIO, out: TextIO, history: Path | None, *, why: bool) -> int:
    """Up to ten tags of each article, best first, with `why` each one's reason; 1 where a line was bad, else 0."""
    config = load(os.environ)
    style, words = config.style, glossary(config.style.tags)
    past = _history(history) if history else None

    def rows(id_: Any, article: Article) -> Iterator[dict[str, Any]]:
        found = prepare(article, style, words, past).suggested
        row: dict[str, Any] = {"id": id_, "hashtags": [each.tag for each in found]}
        yield row | ({"why": [each.why.to(LANG) for each in found]} if why else {})

    return each_line(lines, out, rows)


def chosen(lines: BinaryIO, out: TextIO, budget: int) -> int:
    """The sentences of each article that tell most, verbatim and in order, within a budget of letters together."""
    furniture = load(os.environ).style.furniture

    def rows(id_: Any, article: Article) -> Iterator[dict[str, Any]]:
        paragraphs, _ = clean.body(article.title, article.body, furniture)
        texts = [sentences(paragraph) for paragraph in story(paragraphs)]
        found = choose(article.title, texts, budget)
        yield {"id": id_, "sentences": [texts[p][n] for p, n in found]}

    return each_line(lines, out, rows)


def _history(path: Path) -> History:
    """The tags of a file of article lines; raises Mistyped."""
    try:
        with path.open("rb") as lines:
            rows = [read_article(json.loads(line)).tags for line in lines if line.strip()]
    except OSError as error:
        raise Mistyped(f"{path}: {error.strerror}.", f"{path}: {error.strerror}.") from None
    except ValueError as error:
        raise Mistyped(
            f"{path}: a line is no article with `tags`: {error}.", f"{path}: سطر ليس مادة فيها `tags`: {error}."
        ) from None
    return History.of(rows)
