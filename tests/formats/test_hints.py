"""What an editor is told while writing."""

import pytest

from bot.domain.post import Segment
from bot.formats.editing import check


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("افتتح الميناء اليوم. وقال الوزير إن الأشغال", "نهاية"),
        ("افتتح الميناء اليوم. وقال الوزير إن الأشغال\n\n#ميناء https://example.org/1", "نهاية"),
        ("افتتح الميناء اليوم. وقال الوزير إن الأشغال انتهت.", ""),
        ("افتتاح ميناء أكادير الجديد بحضور الصيادين", ""),
        ("«لن نغلق الميناء في وجه الصيادين الصغار بعد اليوم».", "قائله"),
        ("قال الوزير: «لن نغلق الميناء في وجه الصيادين الصغار بعد اليوم».", ""),
    ],
)
def test_a_sentence_without_end_and_a_quotation_without_speaker_are_hinted_at(text: str, wanted: str) -> None:
    said = " ".join(say.ar for say in check("telegram", Segment(text="", length=0, limit=4096), text).hints)
    assert (wanted in said) if wanted else not said
