"""Docs and house stay honest."""

import re
import tomllib
from pathlib import Path

import pytest
import typer
from pydantic import BaseModel

from bot.cli import app
from bot.config import newsletters, schema
from bot.text.marks import DIRECTION
from tests.conftest import ROOT

DOCS = "\n".join(path.read_text("utf-8") for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))])
SOURCES = [
    p
    for folder in ("bot", "tests", "bench", "templates", "config", "samples")
    for p in sorted((ROOT / folder).rglob("*"))
    if p.is_file() and "__pycache__" not in p.parts
]


def commands(group: typer.Typer, before: str = "") -> list[str]:
    found = [f"{before}{c.name or (c.callback.__name__ if c.callback else '')}" for c in group.registered_commands]
    for each in group.registered_groups:
        assert each.typer_instance
        found += commands(each.typer_instance, f"{before}{each.name} ")
    return found


@pytest.mark.parametrize("command", commands(app))
def test_every_command_is_in_the_docs(command: str) -> None:
    assert f"nashir {command}" in DOCS


KEYS = [*vars(schema).values(), *vars(newsletters).values()]
MODELS = [m for m in KEYS if isinstance(m, type) and issubclass(m, BaseModel) and m is not BaseModel]


@pytest.mark.parametrize("key", sorted({key for model in MODELS for key in schema.keys_of(model)}))
def test_every_config_key_is_in_the_docs(key: str) -> None:
    assert re.search(rf"`{key}`|^{key} =|`\[{key}\]`|`\[\[{key}\]\]`", DOCS, re.MULTILINE)


def test_every_word_of_the_states_is_in_the_glossary() -> None:
    from bot.domain.delivery import State

    glossary = (ROOT / "docs" / "GLOSSARY.md").read_text("utf-8")
    assert all(state in glossary for state in State)


@pytest.mark.parametrize(
    "path",
    [p for p in SOURCES if p.suffix in (".py", ".j2", ".toml", ".md", ".txt", ".json")],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_no_direction_mark_stands_raw_in_a_file(path: Path) -> None:
    assert not set(path.read_text("utf-8")) & set(DIRECTION)


def test_every_service_has_the_same_name_in_every_layer() -> None:
    for service in ("telegram", "x", "email"):
        assert (ROOT / "bot" / "formats" / f"{service}.py").is_file()
        assert (ROOT / "bot" / "channels" / f"{service}.py").is_file()
        assert (ROOT / "templates" / service).is_dir()


def test_files_stay_small() -> None:
    long = {
        str(p.relative_to(ROOT)): n
        for p in SOURCES
        if p.suffix == ".py" and p.is_relative_to(ROOT / "bot") and (n := len(p.read_text("utf-8").splitlines())) > 330
    }
    assert long == {}


def test_the_lock_names_no_place_and_pins_all() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text("utf-8")
        assert "://" not in text
        assert "index-url" not in text
        pins = [line for line in text.splitlines() if line and line[0] not in " #"]
        assert all("==" in pin for pin in pins)
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    locked = {
        re.split(r"[\[=]", line)[0]
        for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines()
        if "==" in line
    }
    assert {re.split(r"[\[<>=]", each)[0] for each in wanted} <= locked


def test_the_procfile_runs_commands_that_exist() -> None:
    lines = (ROOT / "Procfile").read_text("utf-8").splitlines()
    known = commands(app)
    for line in lines:
        assert line.partition(": python -m bot ")[2] in known


def test_what_is_promised_or_left_out_has_its_reason_beside_it() -> None:
    mark = re.compile(r"#\s*(?:type: ignore|noqa|pragma|nosec)\b")
    reason = re.compile(r"#\s*(?:type: ignore\[[^\]]*\]|noqa: [A-Z0-9, ]+)\s+(?:#|-) \S")
    bare = [
        f"{p.relative_to(ROOT)}:{n}"
        for p in (*SOURCES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "bench").rglob("*.py"))
        if p.suffix == ".py" and "node_modules" not in p.parts and p != Path(__file__)
        for n, line in enumerate(p.read_text("utf-8").splitlines(), 1)
        if mark.search(line) and not reason.search(line)
    ]
    assert bare == []
