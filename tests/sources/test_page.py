"""What a page gives, and what is no page."""

import pytest

from bot.domain.errors import SourceError
from bot.sources import page

PAGE = (
    "<html><head><meta property='og:title' content='عنوان'><meta property='og:image' content='/p.jpg'></head><body>"
    "<article>"
    + "<p>فقرة طويلة بما يكفي ليعرفها المستخرج نصا لمقال لا قائمة روابط ولا إعلانا في الصفحة.</p>" * 4
    + "</article></body></html>"
)


def extract(content: bytes, kind: str) -> object:
    return page.extract(content, kind, "https://example.org/1", source="s")


def test_a_page_gives_its_article() -> None:
    article = page.extract(PAGE.encode(), "text/html; charset=utf-8", "https://example.org/1", source="s")
    assert (article.title, article.image) == ("عنوان", "https://example.org/p.jpg")
    assert article.body.startswith("فقرة طويلة")
    assert extract(PAGE.encode("utf-16"), "text/html")


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (b"<?xml version='1.0'?><rss version='2.0'><channel/></rss>", "application/rss+xml", "belongs under"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'/>", "text/html", "belongs under"),
        (b'{"version": "https://jsonfeed.org/version/1.1"}', "application/json", "belongs under"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png", "no web page"),
        (b"%PDF-1.7 \0\0", "application/pdf", "no web page"),
        (b"\0\1\2\3" * 100, "", "no web page"),
    ],
)
def test_what_is_no_page_is_refused_in_words(content: bytes, kind: str, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        extract(content, kind)
