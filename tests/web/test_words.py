"""The desk's words are those of the rest of the house."""

from datetime import UTC

import pytest

from bot.domain.newsletter import Contents
from bot.domain.style import Months, Style
from bot.formats.newsletter import date_text
from bot.web.desk.words import act
from bot.web.times import Times
from tests.conftest import START


@pytest.mark.parametrize(("months", "name"), [("keep", "نوفمبر"), ("mashriq", "نوفمبر"), ("maghreb", "نونبر")])
def test_the_desk_names_months_as_newsletters_do(months: Months, name: str) -> None:
    assert name in date_text(Contents(day=START.date()), Style(months=months))
    assert name in Times(UTC, START, "ar", months).date(START)


def test_an_act_is_named_by_what_it_was_done_to() -> None:
    assert (act("cancel", "ar", "delivery:1"), act("cancel", "ar", "edition:1")) == ("تجاوز", "ألغى")
    assert (act("pause", "en", "channel:x"), act("pause", "en", "edition:1")) == ("paused a channel", "paused")
