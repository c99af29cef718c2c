from datetime import timedelta
from pathlib import Path

import pytest

from bot.config import PACKAGED, find_folder, load
from bot.config.ready import check_ready
from bot.domain.errors import ConfigError
from tests.conftest import ROOT, Newsroom


def fault(files_only: Newsroom, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        check_ready(load(environ or {}, files_only.config))
    assert caught.value.say.ar != caught.value.say.en
    return str(caught.value)


def test_the_shipped_config_is_right() -> None:
    config = load({}, ROOT / "config")
    assert [channel.service for channel in config.channels.values()] == ["telegram", "x", "email"]
    assert not any(channel.live for channel in config.channels.values())


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("channels.toml", 'token_env = "TELEGRAM_BOT_TOKEN"', 'token_evn = "A"', "did you mean `token_env`?"),
        ("channels.toml", 'mode = "thread"', 'mode = "thraed"', "did you mean `thread`?"),
        ("channels.toml", 'service = "email"', 'service = "emial"', "did you mean `email`?"),
        ("channels.toml", "port = 587", "port = 70000", "port"),
        ("channels.toml", "port = 587", 'port = "587"', "a whole number"),
        ("channels.toml", 'to = ""', 'to = "a@example.org, b@example.org"', "exactly one e-mail address"),
        ("channels.toml", 'name = "mail"', 'name = "x"', "used twice"),
        ("channels.toml", "\nlive = false", "\nlive = 1", "true or false"),
        ("style.toml", 'link = "first"', 'link = "fist"', "did you mean `first`?"),
        ("style.toml", "telegram = 4", "telgram = 4", "did you mean `telegram`?"),
        ("newsroom.toml", 'time_zone = "Africa/Casablanca"', 'time_zone = "Africa/Casablanka"', "Africa/Casablanca"),
        ("newsroom.toml", 'time_zone = "Africa/Casablanca"', 'time_zone = "Africa/Rabat"', "Africa/Casablanca"),
        ("newsroom.toml", 'time_zone = "Africa/Casablanca"', 'time_zone = "Asia/Abu Dhabi"', "Asia/Dubai"),
        ("newsroom.toml", "backfill = 50", 'backfill = "6 hours"', '"6h"'),
        ("newsroom.toml", 'kind = "folder"', 'kind = "floder"', "did you mean `folder`?"),
        ("newsroom.toml", 'name = "all"', 'name = "all"\nchannels = ["telegarm"]', "did you mean `telegram`?"),
        ("newsroom.toml", 'name = "غرفة التجربة"', 'name = "غرفة"\npublic_url = "http://x.org"', "https address"),
        ("newsroom.toml", 'name = "غرفة التجربة"', 'name = "غرفة', "a text is not closed"),
        ("newsroom.toml", 'name = "غرفة التجربة"', "name = “غرفة”", "straight quotation marks"),
        ("newsroom.toml", 'name = "غرفة التجربة"', 'name = "غرفة"\nname = "غرفة"', "set twice"),
        ("newsroom.toml", 'name = "غرفة التجربة"', 'name = "غرفة"\nweekend = ["sat"، "sun"]', "a comma in it"),
        ("newsroom.toml", 'name = "غرفة التجربة"', 'name = "غرفة"\nfresh_for = 6h', "in quotation marks"),
        ("newsroom.toml", 'name = "غرفة التجربة"', 'name: "غرفة"', 'name = "value"'),
        ("newsroom.toml", 'name = "غرفة التجربة"', 'اسم = "غرفة"', "Latin letters"),
        ("newsroom.toml", 'name = "all"', 'name = "all"\nkeywords = [""]', "not empty"),
        ("newsroom.toml", 'name = "all"', 'name = "all"\n[[slots]]\nquiet = ["05:00-05:00"]', "no minute of the week"),
    ],
)
def test_a_fault_names_file_line_key_and_mend(files_only: Newsroom, file: str, old: str, new: str, words: str) -> None:
    path = files_only.config / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    line = text[: text.index(old)].count("\n") + new.count("\n") + 1
    said = fault(files_only)
    assert file in said
    assert words in said
    assert f":{line}:" in said or f"line {line}" in said
    assert said.count("\n") == 0


@pytest.mark.parametrize(
    ("file", "text", "line", "words"),
    [
        ("style.toml", 'link = "first"\n\n\nhashtags.x = 99\n', 4, "hashtags.x: this takes a number of at most 30"),
        (
            "channels.toml",
            '[[channels]]\nname = "a"\nservice = "x"\n[channels.utm]\nutm_source = "x"\n\n'
            '[[channels]]\nname = "b"\nservice = "x"\n[channels.utm]\nsource = "x"\n',
            11,
            "names such as utm_source",
        ),
        (
            "channels.toml",
            '[[channels]]\nname = "a"\nservice = "x"\n[[channels]]\nservice = "x"\n',
            4,
            "name: this key is missing",
        ),
        (
            "channels.toml",
            '[[channels]]\nname = "a"\nservice = "email"\nto = "nope"\n',
            4,
            "channels.to: this takes exactly one",
        ),
        ("channels.toml", '[[channels]]\nname = "a"\nservice = "email"\nport = 0\n', 4, "a number of at least 1"),
        ("channels.toml", '[[channels]]\nname = "a"\nservice = "email"\nfrom = "الرواق"\n', 4, "news@example.org"),
        ("channels.toml", '[[channels]]\nname = "a"\nservice = "telegram"\naccount = "https://t.me/a"\n', 4, '"@name"'),
        ("channels.toml", '[[channels]]\nname = "a"\nservice = "twitter"\n', 3, "`twitter` is none of them"),
        ("channels.toml", '[[channels]]\nname = "a"\n', 1, "channels.service: this key is missing"),
        ("newsroom.toml", 'name = ""\n', 1, "not empty"),
        ("newsroom.toml", 'name = "x"\nfresh_for = "999999d"\n', 2, "a time span"),
        ("newsroom.toml", 'name = "x"\n[[slots]]\ntimes = ["8:00"]\n', 3, "a time of day"),
        ("newsroom.toml", 'name = "x"\n[[slots]]\nquiet = ["23:00"]\n', 3, "a range of times"),
    ],
)
def test_the_line_and_the_words_of_a_fault(files_only: Newsroom, file: str, text: str, line: int, words: str) -> None:
    files_only.write(file, text)
    said = fault(files_only)
    assert f"{file}:{line}:" in said
    assert words in said
    assert "function-" not in said


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite+pysqlite://", "sqlite://?x=1"]
)
def test_a_database_that_is_in_memory_only_is_refused(files_only: Newsroom, url: str) -> None:
    assert "names no file" in fault(files_only, {"DATABASE_URL": url})


def test_a_byte_order_mark_is_no_fault_and_a_lost_file_is(
    files_only: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = files_only.config / "style.toml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    load({}, files_only.config)
    (files_only.config / "newsroom.toml").unlink()
    monkeypatch.chdir(files_only.folder)
    assert find_folder({}) == Path("config")
    assert "the file is missing" in fault(files_only)


def test_an_env_file_that_is_no_text_is_one_sentence(files_only: Newsroom) -> None:
    (files_only.folder / ".env").write_bytes(b"TELEGRAM_BOT_TOKEN=\xff\xfe")
    assert "not UTF-8" in fault(files_only)


def test_a_missing_secret_of_a_live_channel_is_named(files_only: Newsroom) -> None:
    path = files_only.config / "channels.toml"
    path.write_text(path.read_text("utf-8").replace("\nlive = false", "\nlive = true", 1), "utf-8")
    said = fault(files_only)
    assert "channels.toml:12: channels.token_env" in said
    assert "TELEGRAM_BOT_TOKEN" in said


def test_a_secret_in_the_place_of_its_name_is_not_repeated(files_only: Newsroom) -> None:
    path = files_only.config / "channels.toml"
    secret = "123456:AAExample-secret"
    path.write_text(path.read_text("utf-8").replace('"TELEGRAM_BOT_TOKEN"', f'"{secret}"', 1), "utf-8")
    said = fault(files_only)
    assert secret not in said
    assert "NAME of an environment variable" in said


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('A_TOKEN="hush-hush\nB=1\n', 1, "the quotation mark is not closed"),
        ("# of ours\n\nA=1\n\n\nB='hush-hush\nC=2\n", 6, "the quotation mark is not closed"),
        ('A="two\r\nlines"\r\nB="hush-hush', 3, "the quotation mark is not closed"),
        ("A='hush-hush's'\n", 1, "something follows the closing quotation mark"),
        ("A=1\nhush-hush B=1\n", 2, "this is no line NAME=value"),
        ("A=1\n123456:hush-hush\n", 2, "this is no line NAME=value"),
        ("export HUSH_hush\n", 1, "this is no line NAME=value"),
        (
            "A=\N{LEFT DOUBLE QUOTATION MARK}hush-hush\N{RIGHT DOUBLE QUOTATION MARK}\n",
            1,
            "curly quotation marks are none here",
        ),
    ],
)
def test_a_broken_line_of_the_env_file_is_named_without_what_it_holds(
    files_only: Newsroom, caplog: pytest.LogCaptureFixture, text: str, line: int, said: str
) -> None:
    env = files_only.folder / ".env"
    env.write_bytes(text.encode())
    with pytest.raises(ConfigError) as raised:
        load({}, files_only.config)
    say = raised.value.say
    assert say.en.startswith(f"{env}:{line}: {said}")
    assert say.ar.startswith(f"{env}:{line}: ")
    assert "hush" not in say.en + say.ar
    assert caplog.records == []


def test_env_file_is_read_the_environment_wins_and_a_loose_mode_warns(files_only: Newsroom) -> None:
    env = files_only.folder / ".env"
    env.write_text('TELEGRAM_BOT_TOKEN="from-file"\nX_API_KEY=key-from-file\n', "utf-8")
    env.chmod(0o644)
    config = load({"TELEGRAM_BOT_TOKEN": "from-env"}, files_only.config)
    assert config.secrets.get("TELEGRAM_BOT_TOKEN") == "from-env"
    assert config.secrets.get("X_API_KEY") == "key-from-file"
    assert "chmod 600" in str(config.secrets.warning())
    env.chmod(0o600)
    assert config.secrets.warning() is None


def test_secrets_are_struck_out_and_never_shown(files_only: Newsroom) -> None:
    config = load({"TELEGRAM_BOT_TOKEN": "123:very-secret", "DATABASE_URL": "sqlite:///x.db"}, files_only.config)
    assert (
        config.secrets.redact("https://api.telegram.org/bot123:very-secret/getMe")
        == "https://api.telegram.org/bot•••/getMe"
    )
    assert "very-secret" not in repr(config) + str(config.shown())


def test_order_of_search(files_only: Newsroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_folder({}) == PACKAGED / "config"
    monkeypatch.chdir(files_only.folder)
    assert find_folder({}) == Path("config")
    assert find_folder({"NASHIR_CONFIG": str(files_only.config)}) == files_only.config
    with pytest.raises(ConfigError, match="NASHIR_CONFIG"):
        find_folder({"NASHIR_CONFIG": str(tmp_path / "none")})


def test_paths_are_relative_to_the_folder_that_holds_config(files_only: Newsroom) -> None:
    config = load({}, files_only.config)
    assert config.root == files_only.folder
    assert files_only.folder / "templates" in config.template_folders


def test_a_table_that_names_a_channel_stands_over_one_that_names_none(files_only: Newsroom) -> None:
    files_only.write(
        "newsroom.toml",
        'name = "x"\n[[slots]]\nspacing = "5m"\n[[slots]]\nchannels = ["x"]\ntimes = ["18:00", "08:30"]\n',
    )
    plans = load({}, files_only.config).plans
    assert plans["telegram"].spacing == timedelta(minutes=5)
    assert [str(slot.at) for slot in plans["x"].slots] == ["08:30:00", "18:00:00"]


def test_env_example_names_every_variable_of_the_shipped_channels() -> None:
    text = (ROOT / "config" / ".env.example").read_text("utf-8")
    shipped = (ROOT / "config" / "channels.toml").read_text("utf-8")
    names = {
        word.strip('"') for line in shipped.splitlines() if "_env =" in line for word in line.split() if word[0] == '"'
    }
    assert names
    assert all(f"{name}=" in text for name in names)
