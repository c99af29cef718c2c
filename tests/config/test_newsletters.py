"""newsletters.toml: what it may hold, and what is said of the rest."""

import re

import pytest

from bot.config import load
from bot.config.newsletters import LONGEST_URL
from bot.domain.errors import ConfigError
from bot.mail.links import LONGEST, TOKEN
from tests.conftest import NEWSROOM, ROOT, Newsroom

GOOD = '[[newsletters]]\nkey = "morning"\nname = "نشرة الصباح"\nfrom = "الرواق <news@example.org>"\n'


def room(files_only: Newsroom, text: str, *, public: bool = True) -> Newsroom:
    settings = (files_only.config / "newsroom.toml").read_text("utf-8")
    address = 'public_url = "https://desk.example.org"\n' if public else ""
    files_only.write("newsroom.toml", address + settings)
    files_only.write("newsletters.toml", text)
    return files_only


def test_without_the_file_there_are_none(files_only: Newsroom) -> None:
    assert load({}, files_only.config).newsletters.newsletters == []


def test_the_defaults_are_enough(files_only: Newsroom) -> None:
    found = load({}, room(files_only, GOOD).config).newsletters
    table = found.of("morning")
    assert table
    assert (table.schedule, table.time, table.unsure, table.clicks) == ("daily", "07:00", "leave", False)
    assert found.of("evening") is None


def test_domains_are_compared_in_small_letters(files_only: Newsroom) -> None:
    found = load({}, room(files_only, GOOD + '[mail.domains]\n"Gmail.com" = 30\n').config).newsletters
    assert found.mail.domains == {"gmail.com": 30}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("templat = 'x'", "newsletters.toml:5: newsletters.templat: unknown key; did you mean `template`?"),
        ('unsure = "maybe"', "newsletters.toml:5: newsletters.unsure: this takes one of"),
        ('time = "25:00"', "newsletters.toml:5: newsletters.time: this takes a time of day"),
        ("[mail]\nhosst = 'x'", "newsletters.toml:6: mail.hosst: unknown key; did you mean `host`?"),
        ("[mail.dkim]\nkey_fil = 'x'", "newsletters.toml:6: mail.dkim.key_fil: unknown key"),
        ('reply_to = "nobody"', "newsletters.toml:5: newsletters.reply_to: this takes an address such as"),
        (
            r'reply_to = "x\r\nBcc: y <a@example.org>"',
            "newsletters.toml:5: newsletters.reply_to: this takes an address",
        ),
        ("[mail]\nconnections = 0", "newsletters.toml:6: mail.connections: this takes a number of at least 1."),
        ('[[newsletters]]\nkey = "morning"\nname = "x"\nfrom = "a@b.c"', "the name morning is used twice"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(files_only: Newsroom, more: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load({}, room(files_only, f"{GOOD}{more}\n").config)
    assert said in str(caught.value)


def test_a_newsletter_needs_a_public_url(files_only: Newsroom) -> None:
    with pytest.raises(ConfigError, match="public_url"):
        load({}, room(files_only, GOOD, public=False).config)


def test_a_public_url_is_as_long_as_links_to_unsubscribe_bear(files_only: Newsroom) -> None:
    def load_with(letters: int, text: str) -> None:
        url = f"https://{'d' * (letters - 20)}.example.org"
        assert len(url) == letters
        settings = re.sub("^public_url.*\n", "", (files_only.config / "newsroom.toml").read_text("utf-8"))
        files_only.write("newsroom.toml", f'public_url = "{url}"\n{settings}')
        files_only.write("newsletters.toml", text)
        load({}, files_only.config)

    assert len("/u/") + TOKEN + LONGEST_URL == LONGEST
    load_with(43, GOOD)
    load_with(44, "")
    with pytest.raises(ConfigError, match="has 44 letters and newsletters take 43 at most"):
        load_with(44, GOOD)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"])
def test_newsletters_are_tried_on_this_machine_without_https(files_only: Newsroom, url: str) -> None:
    path = room(files_only, GOOD).config / "newsroom.toml"
    path.write_text(path.read_text("utf-8").replace("https://desk.example.org", url), "utf-8")
    assert load({}, files_only.config).newsroom.public_url == url
    path.write_text(path.read_text("utf-8").replace(url, "http://127.0.0.1.example.org"), "utf-8")
    with pytest.raises(ConfigError, match="https address"):
        load({}, files_only.config)


def test_the_file_that_init_writes_holds_what_works(files_only: Newsroom) -> None:
    written = (ROOT / "config" / "newsletters.toml").read_text("utf-8")
    assert load({}, room(files_only, written, public=False).config).newsletters.newsletters == []
    files_only.write("newsroom.toml", 'public_url = "https://desk.example.org"\n' + NEWSROOM)
    without = "".join(line.removeprefix("# ") for line in written.splitlines(keepends=True)[3:])
    files_only.write("newsletters.toml", without)
    table = load({}, files_only.config).newsletters.of("morning")
    assert table
    assert table.name == "نشرة الصباح"


def test_its_secrets_are_struck_out(files_only: Newsroom) -> None:
    given = {"NEWSLETTER_SMTP_PASSWORD": "a-password-of-mail", "DKIM_PRIVATE_KEY": "a-key-of-mail"}
    secrets = load(given, room(files_only, GOOD).config).secrets
    assert secrets.redact("a-password-of-mail a-key-of-mail") == "••• •••"
