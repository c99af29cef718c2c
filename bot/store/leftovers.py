"""What a process that was killed left of the copies that it was making: each is as large as the newsroom."""

import glob
from datetime import datetime, timedelta
from pathlib import Path

from bot.store.leases import Holder

FOLDER = "restore-"  # of a backup's copy, with the holder's id
UNTOUCHED = timedelta(minutes=1)  # after which an unfinished file is hardly being written


def of_upgrades(file: Path) -> list[Path]:
    """Unfinished copies of before an upgrade; whoever holds the upgrade's lock is the only one who writes any."""
    return sorted(file.parent.glob(f"{glob.escape(file.name)}.before-[0-9][0-9][0-9][0-9].*.part*"))


def of_the_dead(file: Path, holder: Holder) -> list[Path]:
    """Beside a database: folders of restorations whose process has ended, and unfinished copies of before them.

    Nobody else may restore this database meanwhile.
    """
    folders = [each for each in sorted(file.parent.glob(f"{FOLDER}*")) if each.is_dir()]
    dead = [each for each in folders if holder.is_dead(each.name.split("-")[1])]
    return [*dead, *of_upgrades(file), *sorted(file.parent.glob(f"{glob.escape(file.name)}.before-*T*.part*"))]


def of_keys(var: Path) -> list[Path]:
    """Keys that did not come to hold; nothing else may be at work on this newsroom meanwhile."""
    return sorted(var.glob("secret.*.part"))


def untouched(folder: Path, now: datetime) -> list[Path]:
    """All that is unfinished in a folder and has not been written for a while."""
    found = [*folder.glob("*.[0-9]*.part*"), *(each for each in folder.glob(f"{FOLDER}*") if each.is_dir())]
    return [each for each in sorted(found) if now.timestamp() - _written(each) > UNTOUCHED.total_seconds()]


def _written(path: Path) -> float:
    try:
        return max(each.stat().st_mtime for each in (path, *path.glob("*")))
    except OSError:  # gone meanwhile
        return float("inf")
