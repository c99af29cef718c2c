"""Addresses."""

import pytest

from bot.text.links import canonical, safe, with_parameters


def test_tracking_parameters_and_fragments_do_not_part_articles() -> None:
    url = "https://Example.org/خبر?id=7&utm_source=x&fbclid=1#more"
    assert canonical(url) == "https://example.org/%D8%AE%D8%A8%D8%B1?id=7"


@pytest.mark.parametrize("url", ["https://[bad", "javascript:alert(1)", "//host/path", "ftp://example.org/", "", "خبر"])
def test_what_is_no_address_is_never_linked_and_never_an_error(url: str) -> None:
    assert safe(url) == ""
    canonical(url)


def test_a_safe_address_is_ascii_to_its_end() -> None:
    assert safe(" https://قناة.example/خبر (1) ") == "https://xn--mgbe7eqa.example/%D8%AE%D8%A8%D8%B1%20(1)"


def test_parameters_are_added_to_those_that_are_there() -> None:
    assert (
        with_parameters("https://example.org/?a=1", (("utm_source", "x"),)) == "https://example.org/?a=1&utm_source=x"
    )
    assert with_parameters("", (("utm_source", "x"),)) == ""
