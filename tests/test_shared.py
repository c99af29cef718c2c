"""The sample article of the newsroom that this was built for; no part of the project: without it this is skipped.

Its place is NASHIR_SHARED, ../shared by default.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.text.marks import DOUBLE_PRIME
from tests.conftest import ROOT

ARTICLE = Path(os.environ.get("NASHIR_SHARED", ROOT.parent / "shared")) / "samples" / "article-hespress.txt"


@pytest.mark.skipif(not ARTICLE.is_file(), reason="no shared samples here (NASHIR_SHARED)")
def test_a_real_article_as_it_comes(tmp_path: Path) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith("NASHIR")} | {
        "PYTHONPATH": str(ROOT),
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        [sys.executable, "-m", "bot", "publish", str(ARTICLE.resolve()), "--dry-run", "--json"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for row in json.loads(done.stdout):
        for segment in row["segments"]:
            assert "زر الذهاب" not in segment["text"]
            assert DOUBLE_PRIME not in segment["text"]
            assert segment["limit"] is None or segment["length"] <= segment["limit"]
        assert not {"#يوصي", "#بمراكش", "#مؤتمر", "#دولي", "#بتبادل"} & set(row["hashtags"])
    assert list(tmp_path.iterdir()) == []
