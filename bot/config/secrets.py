"""Secrets: read from .env and the environment, given to adapters as values, struck out of everything else."""

import contextlib
import io
import os
import re
import secrets
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv.parser import Original, parse_stream

from bot.config import private
from bot.domain.errors import ConfigError
from bot.domain.say import Say

STRUCK = "•••"
_CURLS = "[\N{LEFT SINGLE QUOTATION MARK}-\N{DOUBLE HIGH-REVERSED-9 QUOTATION MARK}]"
_CURLED = re.compile(_CURLS)
NEWLINE = re.compile(r"\r\n|\n|\r")
KEY_FILE = "secret.key"  # in var/


def _read(path: Path) -> dict[str, str | None]:
    try:
        bindings = list(parse_stream(io.StringIO(path.read_text("utf-8-sig"))))
    except UnicodeDecodeError:
        raise ConfigError(
            f"{path}: the file is not UTF-8 text; save it as UTF-8.",
            f"{path}: الملف ليس نصا بترميز UTF-8؛ احفظه بهذا الترميز.",
        ) from None
    except OSError as error:
        raise ConfigError(
            f"{path}: the file cannot be read: {error.strerror}; it must belong to who runs nashir.",
            f"{path}: تعذرت قراءة الملف: {error.strerror}؛ لا بد أن يكون لمن يشغّل ناشر.",
        ) from None
    for binding in bindings:
        if binding.error or (binding.key is not None and (binding.value is None or _CURLED.match(binding.value))):
            raise _broken(path, binding.original)
    return {binding.key: binding.value for binding in bindings if binding.key is not None}


def _broken(path: Path, original: Original) -> ConfigError:
    """Which line of .env is none, and why; never what stands in it."""
    text = original.string.lstrip()
    line = original.line + len(NEWLINE.findall(original.string[: len(original.string) - len(text)]))
    curled = re.match(rf"[^\r\n]*{_CURLS}", text)
    quoted = re.match(r"[^=\r\n]*=[ \t]*(?P<sign>['\"])(?P<rest>[^\r\n]*)", text)
    if curled and not quoted:
        say = Say(
            "curly quotation marks are none here; write ' or \", or leave them out.",
            "علامات التنصيص المنحنية لا تصلح هنا؛ اكتب ' أو \" أو احذفها.",
        )
    elif not quoted:
        say = Say(
            "this is no line NAME=value; one that is no setting begins with #.",
            "ليس السطر بالشكل NAME=value؛ وما ليس إعدادا يبدأ بعلامة #.",
        )
    elif re.search(rf"(?<!\\){quoted['sign']}", quoted["rest"]):
        say = Say(
            "something follows the closing quotation mark; within the value write such a mark with \\ before it.",
            "بعد علامة التنصيص الختامية كلام؛ وإن وردت العلامة داخل القيمة فضع \\ قبلها.",
        )
    else:
        say = Say("the quotation mark is not closed.", "علامة التنصيص غير مغلقة.")
    return ConfigError(f"{path}:{line}: {say.en}", f"{path}:{line}: {say.ar}")


@dataclass(frozen=True, kw_only=True)
class ComingKey:
    """A key that stands ready beside the one that is kept in var/."""

    key: bytes
    ready: Path
    place: Path
    aside: Path | None  # where the one is kept that holds until then

    def hold(self) -> None:
        """From now on it is the newsroom's; at no moment is there none."""
        self.ready.replace(self.place)

    def leave(self) -> None:
        """All stays as it was."""
        for each in filter(None, (self.ready, self.aside)):
            each.unlink(missing_ok=True)


def coming_key(var: Path, key: bytes, stamp: str) -> ComingKey | None:
    """`key`, ready to become the one that is kept in a file of var/, and another one that is there kept aside under a
    name with `stamp`; None where it is that one already.
    """
    path, aside = var / KEY_FILE, var / f"{KEY_FILE}.before-{stamp}"
    if there := path.exists():
        if path.read_bytes() == key:
            return None
        aside.hardlink_to(path)
    return ComingKey(key=key, ready=_written(var, key), place=path, aside=aside if there else None)


def _written(var: Path, key: bytes) -> Path:
    private.folder(var)
    part = var / f"secret.{os.getpid()}.part"
    with open(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        file.write(key)
    return part


class Secrets:
    """What .env and the environment hold; the real environment wins."""

    def __init__(self, env_file: Path | None, environ: Mapping[str, str]) -> None:
        found = _read(env_file) if env_file and env_file.exists() else {}
        self._values = {key: value for key, value in found.items() if value} | dict(environ)
        self._struck: set[str] = set()
        self.file = env_file

    def get(self, name: str) -> str:
        """The value of a variable, or an empty string."""
        return self._values.get(name, "").strip()

    def own_key(self, var: Path) -> bytes:
        """The key from which this newsroom's own secrets are made: NASHIR_SECRET_KEY, else a file that is kept."""
        if named := self.get("NASHIR_SECRET_KEY"):
            return named.encode()
        path = var / KEY_FILE
        if not path.exists():
            part = _written(var, secrets.token_hex(32).encode())
            with contextlib.suppress(FileExistsError):  # another process was quicker: its key holds
                path.hardlink_to(part)
            part.unlink()
        return path.read_bytes()

    def kept_key(self, var: Path) -> bytes | None:
        """What the key's file holds, empty where there is none yet; None where NASHIR_SECRET_KEY gives the key."""
        if self.get("NASHIR_SECRET_KEY"):
            return None
        path = var / KEY_FILE
        return path.read_bytes() if path.exists() else b""

    def guard(self, names: Iterable[str]) -> None:
        """From now on `redact` strikes out the values of these variables."""
        self._struck |= {value for name in names if len(value := self.get(name)) >= 4}

    def hide(self, value: str) -> None:
        """From now on `redact` strikes out this value."""
        self._struck |= {value} if len(value) >= 4 else set()

    def redact(self, text: str) -> str:
        """The text without any guarded value."""
        for value in sorted(self._struck, key=len, reverse=True):
            text = text.replace(value, STRUCK)
        return text

    def __repr__(self) -> str:
        return "Secrets(…)"

    def warning(self) -> Say | None:
        """What is wrong with the file's permissions, or None."""
        if self.file is None or not self.file.is_file() or os.name != "posix":
            return None
        mode = stat.S_IMODE(self.file.stat().st_mode)
        if not mode & 0o077:
            return None
        return Say(
            f"{self.file} can be read by others (mode {mode:03o}); run: chmod 600 {self.file}",
            f"يستطيع غيرك قراءة {self.file} (الصلاحية {mode:03o})؛ نفّذ: chmod 600 {self.file}",
        )
