"""The samples and their posts, pair by pair. `make golden` writes them anew; a person reads the difference."""

import json
import os
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from bot.cli.show import post_fields
from bot.domain.article import Article
from bot.domain.channel import Channel
from bot.domain.post import SERVICES
from bot.formats import Formats
from bot.formats.templating import Templates
from bot.pipeline.compose import compose
from bot.sources.folder import FolderSource
from bot.text import pairs
from bot.text.marks import DIRECTION, DOUBLE_PRIME
from bot.text.measure import telegram_text
from tests.conftest import ROOT, START

HERE = Path(__file__).parent
SAMPLES = FolderSource(
    name="samples",
    path=ROOT / "samples",
    poll=timedelta(1),
    backfill="none",
    section="",
    first_seen_dates=True,
    zone=UTC,
)
ARTICLES = {a.guid: a for a in SAMPLES.fetch({}, START + timedelta(days=9999)).articles}


def posts(article: Article) -> str:
    """Everything that goes out for one article, as text to read; the mail's HTML is held by its paragraphs."""
    from bot.config import load

    formats = Formats(load({}, ROOT / "config").style, Templates([ROOT / "templates"]))
    out = []
    for service in SERVICES:
        for mode in ("thread", "short") if service == "x" else ("",):
            fields = post_fields(compose(article, Channel(name=service, service=service, mode=mode), formats))
            out.append(f"=== {service} {mode}".rstrip() + f" {' '.join(fields['hashtags'])}".rstrip())
            for segment in fields["segments"]:
                subject = f"{fields['subject']}\n" if fields["subject"] else ""
                out.append(f"--- {segment['length']}/{segment['limit']}\n{subject}{segment['text']}")
    return ("\n".join(out) + "\n").translate({ord(mark): f"⟨{ord(mark):04X}⟩" for mark in DIRECTION})


@pytest.mark.parametrize("guid", sorted(ARTICLES))
def test_golden(guid: str) -> None:
    made, path = posts(ARTICLES[guid]), HERE / f"{guid.replace('/', '-').rsplit('.', 1)[0]}.txt"
    if os.environ.get("NASHIR_GOLDEN") == "write":
        path.write_text(made, "utf-8")
    assert path.is_file(), "no golden posts for this sample: make golden, and read them"
    assert made == path.read_text("utf-8")


def test_the_samples_are_twelve_or_more_and_every_form_is_there() -> None:
    assert len(ARTICLES) >= 12
    assert {p.suffix for p in (ROOT / "samples").iterdir()} >= {".md", ".txt", ".json"}
    assert any(len(a.body) > 5500 for a in ARTICLES.values())
    assert any(DOUBLE_PRIME in a.body for a in ARTICLES.values())


@pytest.mark.parametrize("guid", sorted(ARTICLES))
def test_what_must_never_be_seen(guid: str) -> None:
    article = ARTICLES[guid]
    formats_text = posts(article)
    assert DOUBLE_PRIME not in formats_text
    for words in ("زر الذهاب", "اقرأ أيضا", "انضم إلى قناتنا", "شارك هذا"):
        assert words not in formats_text
    assert json.dumps(formats_text)
    for block in formats_text.split("\n--- ")[1:]:
        shown = telegram_text(block)
        assert not [mark for mark in pairs.unclosed(shown) if mark != '"'], shown
