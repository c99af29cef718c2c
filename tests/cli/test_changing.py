"""What waits, changed from the command line by the desk's own acts."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.domain.delivery import State
from tests.cli.test_operating import nashir
from tests.conftest import NEWSROOM, Newsroom

CHANNELS = """
[[channels]]
name = "telegram"
service = "telegram"
mode = "messages"
approval = "editor"
"""


def test_words_times_and_urgency(files_only: Newsroom, tmp_path: Path) -> None:
    files_only.write("channels.toml", CHANNELS)
    files_only.article("a.txt", "افتتاح ميناء أكادير الجديد\n\nافتتح الميناء اليوم في أكادير بحضور الصيادين.")
    files_only.article("b.txt", "انطلاق موسم التمور في أرفود\n\nيبدأ الموسم غدا في أرفود بمشاركة مئة عارض من الواحات.")
    app = files_only.app()
    files_only.cycle(app)
    one, two = (d.id for d in app.outbox.listing([State.HELD], 9))
    words = tmp_path / "words.txt"
    words.write_text("المقطع الأول كاملا.\n---\nالمقطع الثاني كاملا.\n", "utf-8")
    edited = nashir(files_only, "edit", str(one), str(words))
    assert edited.returncode == 0, edited.stderr
    found = app.outbox.get(one)
    assert found is not None
    assert [s.text for s in found.post.segments] == ["المقطع الأول كاملا.", "المقطع الثاني كاملا."]
    later = (datetime.now(UTC) + timedelta(days=2)).replace(microsecond=0)
    assert nashir(files_only, "move", str(one), later.isoformat()).returncode == 0
    assert nashir(files_only, "move", str(two), (later + timedelta(days=1)).isoformat()).returncode == 0
    swapped = nashir(files_only, "swap", str(one), str(two))
    assert [line.split()[0] for line in swapped.stdout.splitlines()[1:]] == [str(one), str(two)], "both are shown"
    twice = nashir(files_only, "swap", str(one), str(one))
    assert (twice.returncode, f"{one} is given twice" in twice.stderr) == (1, True)
    form = nashir(files_only, "form", str(one), "novel")
    assert (form.returncode, "; its forms are: " in form.stderr) == (1, True)
    times = {d.id: d.due_at for d in app.outbox.listing([State.HELD], 9)}
    assert (times[one], times[two]) == (later + timedelta(days=1), later)
    assert nashir(files_only, "breaking", str(two)).returncode == 0
    assert app.outbox.get(two).urgent  # type: ignore[union-attr]  # it is there
    assert nashir(files_only, "breaking", str(two), "--off").returncode == 0
    assert nashir(files_only, "send-now", str(two)).returncode == 0
    assert app.outbox.get(two).state is State.QUEUED  # type: ignore[union-attr]  # it is there
    done = {act.what for act in app.acts.listing()}
    assert done >= {"edit", "schedule", "urgent", "send_now"}, "each stands in the log"


def test_what_cannot_be_done_is_one_sentence(files_only: Newsroom, tmp_path: Path) -> None:
    files_only.write("channels.toml", CHANNELS)
    for args in (["edit", "7", str(tmp_path / "none.txt")], ["move", "7", "soon"], ["enough", "7"], ["swap", "7", "8"]):
        done = nashir(files_only, *args)
        assert done.returncode == 1, args
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    gone = tmp_path / "none.txt"
    for args in (["edit", "7", str(gone)], ["rewrite", "0123456789", str(gone)]):
        assert nashir(files_only, *args).stderr.strip().endswith(f"{gone}: there is no such file.")
    assert "this is a folder" in nashir(files_only, "edit", "7", str(tmp_path)).stderr


def test_new_words_of_an_article_are_its_next_version_and_correct_what_is_out(
    files_only: Newsroom, tmp_path: Path
) -> None:
    files_only.write("channels.toml", '[[channels]]\nname = "telegram"\nservice = "telegram"\n')
    files_only.article("a.txt", "رصيف جديد في ميناء أكادير\n\nافتتح الرصيف اليوم بطول 200 متر.")
    app = files_only.app()
    files_only.cycle(app)
    (out,) = app.outbox.listing([State.SENT], 9)
    words = tmp_path / "words.txt"
    words.write_text("رصيف جديد في ميناء أكادير\n\nافتتح الرصيف اليوم بطول 240 مترا.", "utf-8")
    done = nashir(files_only, "rewrite", out.article_id, str(words), "--correct")
    assert done.returncode == 0, done.stderr
    assert "Version 2." in done.stdout
    assert "It is corrected on telegram." in done.stdout
    files_only.cycle(app)
    (shown,) = app.outbox.listing([State.SENT], 9)
    assert "240" in shown.post.segments[0].text
    assert nashir(files_only, "rewrite", "none", str(words)).returncode == 1
    typed = nashir(files_only, "rewrite", out.article_id, "-", stdin="رصيف جديد في أكادير\n\nافتتح الرصيف اليوم.")
    assert typed.stdout == "Version 3.\n", typed.stderr


def test_a_release_in_quiet_hours_answers_until_when_it_waits(files_only: Newsroom) -> None:
    files_only.write("channels.toml", CHANNELS)
    files_only.article("a.txt", "افتتاح ميناء أكادير الجديد\n\nافتتح الميناء اليوم في أكادير بحضور الصيادين.")
    app = files_only.app()
    files_only.cycle(app)
    (held,) = app.outbox.listing([State.HELD], 9)
    with app.database.write() as db:  # the command line lives by this machine's clock
        db.exec_driver_sql("UPDATE deliveries SET expires_at = '2099-01-01 00:00:00.000000'")
    now = datetime.now(ZoneInfo("Africa/Casablanca"))
    quiet = f"{now - timedelta(hours=1):%H:%M}-{now + timedelta(hours=2):%H:%M}"
    files_only.write("newsroom.toml", f'{NEWSROOM}\n[[slots]]\nquiet = ["{quiet}"]\n')
    end = f"{now + timedelta(hours=2):%H:%M}"
    for args in (["release", str(held.id)], ["queue"], ["explain", held.article_id]):
        done = nashir(files_only, *args)
        assert "Waits for the end of quiet hours, " in done.stdout, done.stdout + done.stderr
        assert f"{end}." in done.stdout
