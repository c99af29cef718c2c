"""A built wheel carries its templates, config and samples, and works from any folder."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.mark.slow
def test_the_wheel_works_from_any_folder(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(tmp_path), str(ROOT)], check=True
    )
    (wheel,) = tmp_path.glob("nashir-*.whl")
    inside = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(inside)
    for name in ("config/.env.example", "templates/x/first.txt.j2", "samples"):
        assert (inside / "bot" / "_data" / name).exists()
    work = tmp_path / "work"
    work.mkdir()
    env = {k: v for k, v in os.environ.items() if not k.startswith("NASHIR")} | {
        "PYTHONPATH": str(inside),
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        [sys.executable, "-m", "bot", "once"], cwd=work, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (work / "var" / "preview" / "index.html").is_file()
    assert sorted(p.name for p in work.iterdir()) == ["var"]
    init = subprocess.run(
        [sys.executable, "-m", "bot", "init", "mine"], cwd=work, env=env, capture_output=True, text=True, check=False
    )
    assert init.returncode == 0, init.stderr
    assert (work / "mine" / "config" / "channels.toml").is_file()
