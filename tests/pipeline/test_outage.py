"""After six hours without a machine: what is stale expires, what is fresh goes in order and with its distance."""

import itertools
import random
from datetime import timedelta

from bot.domain.delivery import State
from bot.domain.say import Say
from tests.conftest import Newsroom

AWAY = Say("an outage", "انقطاع")
SLOTS = """
[[slots]]
spacing = "10m"
fresh_for = "8h"
breaking_fresh_for = "1h"
"""


def write(newsroom: Newsroom, name: str, title: str, age: timedelta) -> None:
    at = newsroom.clock.at - age
    rng = random.Random(name)
    words = " ".join(f"كلمة{rng.randrange(10**6)}" for _ in range(30))
    text = f"---\ntitle: '{title}'\nurl: https://example.com/{name}\ndate: {at.isoformat()}\n---\n{words}\n"
    newsroom.article(f"{name}.md", text)


def test_spacing_and_freshness_hold_after_an_outage(newsroom: Newsroom) -> None:
    newsroom.write(
        "newsroom.toml",
        (newsroom.config / "newsroom.toml").read_text("utf-8").replace("first-seen", "as-given") + SLOTS,
    )
    newsroom.write("channels.toml", '[[channels]]\nname = "x"\nservice = "x"\n')
    app = newsroom.app()
    for hours in (7, 5, 3, 1.5, 1):
        write(newsroom, f"old{hours}", f"خبر عمره {hours} ساعات", timedelta(hours=hours))
    write(newsroom, "breaking", "عاجل: خبر مستعجل", timedelta(minutes=5))
    for name in app.sources:
        app.reading.fetch(name)
    app.lanes.pause("x", AWAY, newsroom.clock.at)
    app.tick.run(newsroom.clock.at)
    assert app.outbox.count([State.QUEUED]) == 6

    newsroom.clock.move(hours=6)  # nobody was there
    app.lanes.resume("x", newsroom.clock.at)
    app.tick.run(newsroom.clock.at)
    expired = {d.title for d in app.outbox.listing([State.EXPIRED], 10)}
    assert expired == {"عاجل: خبر مستعجل", "خبر عمره 7 ساعات", "خبر عمره 5 ساعات", "خبر عمره 3 ساعات"}
    assert all(d.note and "late" in d.note.en for d in app.outbox.listing([State.EXPIRED], 10)), "the list says why"
    began = newsroom.clock.at
    while app.outbox.count([State.QUEUED]) and newsroom.clock.at < began + timedelta(hours=2):
        newsroom.cycle(app)
        newsroom.clock.move(seconds=30)
    sent = app.outbox.listing([State.SENT], 10)
    times = app.ledger.spoke("x", began - timedelta(seconds=1))[::-1]
    assert [d.title for d in sorted(sent, key=lambda d: d.id)] == ["خبر عمره 1.5 ساعات", "خبر عمره 1 ساعات"]
    assert all(b - a >= timedelta(minutes=10) for a, b in itertools.pairwise(times))


def test_the_limit_of_an_hour_holds_after_an_outage_and_breaking_news_passes_it(newsroom: Newsroom) -> None:
    newsroom.write(
        "newsroom.toml",
        (newsroom.config / "newsroom.toml").read_text("utf-8") + SLOTS.replace('spacing = "10m"', "max_per_hour = 4"),
    )
    newsroom.write("channels.toml", '[[channels]]\nname = "x"\nservice = "x"\n')
    app = newsroom.app()
    for n in range(9):
        write(newsroom, f"n{n}", f"خبر رقم {n}", timedelta(minutes=1))
    for name in app.sources:
        app.reading.fetch(name)
    app.lanes.pause("x", AWAY, newsroom.clock.at)
    app.tick.run(newsroom.clock.at)
    newsroom.clock.move(hours=3)
    app.lanes.resume("x", newsroom.clock.at)
    newsroom.cycle(app)
    assert app.outbox.count([State.SENT]) == 4, "four in an hour, although nine are due"
    write(newsroom, "now", "عاجل: الآن", timedelta(0))
    newsroom.clock.move(minutes=1)
    newsroom.cycle(app)
    sent = app.outbox.listing([State.SENT], 10)
    assert len(sent) == 5
    assert any(d.urgent for d in sent)
    newsroom.clock.move(minutes=60)
    newsroom.cycle(app)
    assert app.outbox.count([State.SENT]) == 9, "four more, an hour later"
