"""Files and folders that nobody reads but who runs nashir: texts before their embargo, addresses, keys."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

OTHERS = 0o077
BESIDE = ("", "-wal", "-shm", "-journal")  # what SQLite keeps next to its file, with that file's mode


def folder(path: Path) -> None:
    """Make a folder and those that lead to it, mode 700; one that is there stays as it is. Raises OSError."""
    for each in reversed([each for each in (path, *path.parents) if not each.exists()]):
        each.mkdir(0o700, exist_ok=True)
    path.mkdir(exist_ok=True)  # says what is wrong where a file stands there


def database(path: Path) -> None:
    """Make an empty file for SQLite, mode 600, where none is; take others' rights off one that belongs to us."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        for each, found in _open_to_others(path):
            if found.st_uid == os.geteuid():
                each.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
    except OSError:
        return  # SQLite says what is wrong


def open_to_others(path: Path) -> list[Path]:
    """A folder, a file, or files of SQLite, as far as others on this machine can read or write them."""
    return [each for each, _found in _open_to_others(path)]


def _open_to_others(path: Path) -> Iterator[tuple[Path, os.stat_result]]:
    if os.name != "posix":
        return
    for name in BESIDE:
        each = path.with_name(path.name + name)
        try:
            found = each.stat()
        except OSError:
            continue
        if found.st_mode & OTHERS and (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
            yield each, found
