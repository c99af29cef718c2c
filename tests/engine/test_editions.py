"""An edition sent by several workers on one PostgreSQL, as people run them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.domain.edition import EditionState
from bot.domain.person import COMMAND_LINE
from tests.conftest import ROOT, Newsroom, _newsroom
from tests.newsletters import newsletter
from tests.newsrooms import until
from tests.postgres import Postgres
from tests.servers.smtp import SmtpServer


@pytest.fixture
def room(tmp_path: Path, postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[Newsroom]:
    yield from _newsroom(tmp_path, postgres.fresh(), monkeypatch)


@pytest.mark.slow
def test_two_workers_share_the_shards_and_nobody_gets_it_twice(room: Newsroom) -> None:
    settings = (room.config / "newsroom.toml").read_text("utf-8")
    room.write("newsroom.toml", 'engine = "procrastinate"\n' + settings)
    room.environ["NASHIR_SECRET_KEY"] = "a long random text"
    with SmtpServer(pipelining=True, delay=0.002) as server:
        app, number = newsletter(room, server.address, 600, "processes = 4")  # four shards; each worker takes several
        environ = os.environ | room.environ | {"PYTHONPATH": str(ROOT), "DATABASE_URL": room.database_url}
        environ |= {"NASHIR_CONFIG": str(room.config)}
        app.newsletters.desk.begin(COMMAND_LINE, number)
        with (room.folder / "log").open("w") as log:

            def begun(command: str) -> subprocess.Popen[bytes]:
                words = [sys.executable, "-m", "bot", command]
                return subprocess.Popen(words, env=environ, stdout=log, stderr=log)

            processes = [begun(command) for command in ("clock", "worker", "worker")]
            try:
                sent = until(lambda: app.newsletters.editions.get(number).state is EditionState.SENT, 120, every=0.5)
            finally:
                for process in processes:
                    process.terminate()
                for process in processes:
                    process.wait(30)
        assert sent, (room.folder / "log").read_text()
        assert len(server.kept) == 600
        assert len({mail.rcpts[0] for mail in server.kept}) == 600
    figures = app.newsletters.editions.figures(number)
    assert (figures.sent, figures.unsure) == (600, 0)
