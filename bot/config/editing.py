"""Changing the files of config/ and .env for somebody, comments and order kept."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT

from bot.domain.errors import ConfigError


def set_channel(folder: Path, name: str, values: Mapping[str, Any]) -> None:
    """Set keys of one channel in channels.toml; a channel that is not there yet is added at the end."""
    path = folder / "channels.toml"
    document = tomlkit.parse(_read(path))
    tables = document.setdefault("channels", tomlkit.aot())
    table = next((table for table in tables if table.get("name") == name), None)
    if table is None:
        table = tomlkit.table()
        table.add("name", name)
        tables.append(table)
    for key, value in values.items():
        table[key] = value
    _write(path, tomlkit.dumps(document))


def add_sources(folder: Path, tables: Sequence[Mapping[str, Any]]) -> None:
    """Add sources at the end of those in newsroom.toml."""
    path = folder / "newsroom.toml"
    document = tomlkit.parse(_read(path))
    there = document.setdefault("sources", tomlkit.aot())
    if not isinstance(there, AoT):
        raise ConfigError(
            f"{path}: write each source as a table of its own, under [[sources]].",
            f"{path}: اكتب كل مصدر في جدول مستقل تحت [[sources]].",
        )
    for values in tables:
        table = tomlkit.table()
        for key, value in values.items():
            table.add(key, value)
        there.append(table)
    _write(path, tomlkit.dumps(document))


def set_secrets(env_file: Path, values: Mapping[str, str]) -> None:
    """Set variables in .env, its mode 600; other lines stay as they are."""
    lines = env_file.read_text("utf-8").splitlines() if env_file.exists() else []
    for name, value in values.items():
        line = f"{name}={_quoted(value)}"
        at = next((i for i, old in enumerate(lines) if re.match(rf"\s*(export\s+)?{re.escape(name)}\s*=", old)), None)
        if at is None:
            lines.append(line)
        else:
            lines[at] = line
    part = env_file.with_name(f".env.{os.getpid()}.part")
    with open(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    part.chmod(0o600)
    part.replace(env_file)


def _quoted(value: str) -> str:
    if re.fullmatch(r"[\w@%+=:,./-]*", value, re.ASCII):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise ConfigError(
            f"{path}: the file cannot be read: {error.strerror}; `nashir init` writes a complete config/ folder.",
            f"{path}: تعذرت قراءة الملف: {error.strerror}؛ الأمر `nashir init` يكتب مجلد config/ كاملا.",
        ) from None


def _write(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(text, "utf-8")
    part.replace(path)
