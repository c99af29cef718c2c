import time

import pytest

from bot.sources import html


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("أ<br><br>ب", "أ\n\nب"),
        ("أ<br>ب", "أ\nب"),
        ("أ<hr>ب", "أ\n\nب"),
        ("<section>أ</section><header>ب</header><center>ج</center>", "أ\n\nب\n\nج"),
        ("<p>أ <b>ب</b>&nbsp;ج &amp; د</p>", "أ ب ج & د"),
        ("<table><tr><td>أ</td><td>ب</td></tr></table>", "أ ب"),
        ("<p>أ</p><script>alert(1)</script><style>x</style><figcaption>ص</figcaption>", "أ"),
        ("<div>" * 300 + "عميق</div>" + "</div>" * 299 + "بعد", "عميق\n\nبعد"),
        ("5 < 6 و7 > 3", "5 < 6 و7 > 3"),
        ("<a href='javascript:x' onclick=y>رابط</a>", "رابط"),
    ],
)
def test_markup_becomes_paragraphs(markup: str, text: str) -> None:
    assert html.paragraphs(markup) == text


@pytest.mark.parametrize("bomb", ["<div>", "<br>", "&amp;", "<p>a", "<", "<a href=", "<!--", "<a ", "<a x=1 "])
def test_a_bomb_of_markup_ends(bomb: str) -> None:
    began = time.monotonic()
    html.paragraphs(bomb * 300_000)
    assert time.monotonic() - began < 20
