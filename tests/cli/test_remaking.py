"""`tags`, `form`, `sources pause` and `channels test`: the desk's own acts, from the command line."""

import json

from bot.domain.delivery import State
from tests.cli.test_operating import nashir
from tests.conftest import Newsroom

CHANNELS = """
[[channels]]
name = "telegram"
service = "telegram"
approval = "editor"
"""


def test_tags_forms_pauses_and_tests(files_only: Newsroom) -> None:
    files_only.write("channels.toml", CHANNELS)
    files_only.article("a.txt", "افتتاح ميناء أكادير الجديد\n\nافتتح الميناء اليوم في أكادير بحضور الصيادين.")
    app = files_only.app()
    files_only.cycle(app)
    (held,) = app.outbox.listing([State.HELD], 9)
    number = str(held.id)
    added = nashir(files_only, "tags", "add", number, "سوق السمك")
    assert added.returncode == 0, added.stderr
    assert "#سوق_السمك" in added.stdout
    removed = nashir(files_only, "tags", "remove", number, "#سوق_السمك")
    assert "#سوق_السمك" not in removed.stdout
    assert nashir(files_only, "tags", "remove", number, "#سوق_السمك").returncode == 1
    assert "<h3>" in nashir(files_only, "form", number, "rich").stdout
    assert nashir(files_only, "form", number, "song").returncode == 1
    assert nashir(files_only, "tags", "ban", "أكادير").stdout == "#أكادير: no post carries it by itself.\n"
    assert nashir(files_only, "tags", "ban", "أكادير").stdout == "#أكادير: it is so already.\n"
    assert nashir(files_only, "tags", "banned").stdout.strip() == "#أكادير"
    assert json.loads(nashir(files_only, "tags", "banned", "--json").stdout) == ["#أكادير"]
    assert nashir(files_only, "tags", "allow", "#اكادير").returncode == 0
    assert nashir(files_only, "tags", "banned").stdout.strip() == ""
    assert nashir(files_only, "sources", "pause", "files").returncode == 0
    assert '"paused"' in nashir(files_only, "sources", "list", "--json").stdout
    once = nashir(files_only, "once")
    assert once.returncode == 0, once.stderr
    assert "Paused by nashir" in once.stderr
    assert "read again" in nashir(files_only, "sources", "resume", "files").stdout
    assert nashir(files_only, "sources", "pause", "nothing").returncode == 1
    assert nashir(files_only, "channels", "test", "telegram").returncode == 0, "a preview needs no yes"
    acts = {act.what for act in app.acts.listing()}
    assert acts >= {"tags", "mode", "tag_ban", "tag_allow", "source_pause", "source_resume", "test_send", "test_sent"}
