"""`config set`, `config reset`, and what `config show` says of them."""

import json
import os
import threading
from pathlib import Path

from tests.cli.test_operating import nashir
from tests.conftest import Newsroom

RULES = '[[rules]]\nname = "الماء"\nkeywords = ["سد", "نهر"]\n'


def test_a_file_sets_rules_over_config_until_they_are_reset(files_only: Newsroom, tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(RULES, "utf-8")
    done = nashir(files_only, "config", "set", "rules", str(file))
    assert done.returncode == 0, done.stderr
    shown = json.loads(nashir(files_only, "config", "show", "--json").stdout)
    assert [rule["name"] for rule in shown["newsroom"]["rules"]] == ["الماء"]
    assert shown["set_at_the_desk"][0]["key"] == "rules"
    files_only.article("a.txt", "خبر عن الميناء\n\nنص الخبر عن المدينة.")
    assert nashir(files_only, "once").returncode == 0
    tried = json.loads(nashir(files_only, "rules", "try", "--days", "1", "--json").stdout)
    assert tried
    assert {each["state"] for each in tried} == {"refused"}, "they are tried as they hold"
    assert nashir(files_only, "config", "reset", "rules").returncode == 0
    shown = json.loads(nashir(files_only, "config", "show", "--json").stdout)
    assert "set_at_the_desk" not in shown


def test_what_cannot_be_set_is_one_sentence(files_only: Newsroom, tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text('[[rules]]\nkeyword = ["سد"]\n', "utf-8")
    wrong = nashir(files_only, "config", "set", "rules", str(file))
    assert wrong.returncode == 1
    assert "keywords" in wrong.stderr, "the nearest right key"
    assert nashir(files_only, "config", "set", "slots", str(file)).returncode == 1
    unknown = nashir(files_only, "config", "set", "foo", "x")
    assert (unknown.returncode, "these are: rules, slots, glossary" in unknown.stderr) == (1, True)
    gone = nashir(files_only, "config", "set", "rules", str(tmp_path / "none.toml"))
    assert (gone.returncode, "there is no such file" in gone.stderr, "init" in gone.stderr) == (1, True, False)
    folder = nashir(files_only, "config", "set", "rules", str(tmp_path))
    assert (folder.returncode, "this is a folder" in folder.stderr) == (1, True)
    assert nashir(files_only, "config", "reset", "slots").returncode == 0, "nothing was set: it says so"


def test_what_is_set_may_come_through_a_pipe(files_only: Newsroom, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(RULES, "utf-8"), daemon=True)
    writer.start()
    done = nashir(files_only, "config", "set", "rules", str(pipe))
    assert done.returncode == 0, done.stderr
