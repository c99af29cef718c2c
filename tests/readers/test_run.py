"""`nashir run` makes the edition of an article by itself and sends it to all of a list, killed in between."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.newsrooms import Room, kept, servers, stop, until

LETTER = """
[mail]
host = "{host}"
port = {port}
[[newsletters]]
key = "each"
name = "كل خبر"
from = "الرواق <news@example.org>"
schedule = "each"
"""


@pytest.mark.slow
def test_an_article_becomes_an_edition_and_reaches_each_reader_once(tmp_path: Path) -> None:
    with servers(tmp_path / "kept", delay=0.02) as ports:
        room = Room(folder=tmp_path / "room", ports=ports)
        room.newsroom('public_url = "https://desk.example.org"')
        room.write("channels.toml", "")
        host, port = ports["smtp"]
        room.write("newsletters.toml", LETTER.format(host=host, port=port))
        (room.folder / "list.csv").write_text("email\n" + "".join(f"r{n}@example.net\n" for n in range(40)))
        process = room.start()
        assert until(lambda: bool(room.ask("select 1 from newsletters")), 30), room.log
        command = [sys.executable, "-m", "bot", "subscribers", "import", "each", "list.csv", "--consent", "x"]
        subprocess.run(command, cwd=room.folder, env=room.environ, check=True, capture_output=True)
        room.bring(1)
        assert until(lambda: bool(room.ask("select 1 from editions")), 30), room.log
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        process = room.start()
        assert until(lambda: [row.state for row in room.ask("select state from editions")] == ["sent"], 60), room.log
        assert stop(process, 20) == 0
        mails = [mail["rcpts"][0] for mail in kept(ports["keep"], "smtp")]
        ledger = dict(room.ask("select state, count(*) from recipients group by state"))
        assert sum(ledger.values()) == 40
        assert len(mails) == len(set(mails))
        assert len(mails) >= 40 - ledger.get("unsure", 0)
        assert len(room.ask("select 1 from editions")) == 1
        room.close()
