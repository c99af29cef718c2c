"""retract, correct, unsure, pause and stop-all, as processes."""

import json
import subprocess

import pytest

from bot.domain.delivery import State
from tests.cli import test_cli
from tests.conftest import Newsroom
from tests.servers import Fault
from tests.servers.smtp import SmtpServer
from tests.servers.telegram import TelegramServer
from tests.servers.x import XServer


def nashir(newsroom: Newsroom, *words: str) -> "subprocess.CompletedProcess[str]":
    return test_cli.nashir(newsroom, *words, **newsroom.environ)


CHANNEL = """
[[channels]]
name = "{name}"
service = "{service}"
live = true
timeout = "2s"
"""
BODY = "نص الخبر الأول كله عن المدينة وميناءها القديم وما جرى فيه صباح اليوم."


def wait_for(newsroom: Newsroom, states: set[str]) -> list[dict[str, object]]:
    done = nashir(newsroom, "queue", "--json")
    rows = json.loads(done.stdout)
    assert {row["state"] for row in rows} == states, done.stdout
    return rows  # type: ignore[no-any-return]  # JSON of a list


def log(newsroom: Newsroom) -> list[str]:
    """What was done at the command line, oldest first."""
    acts = newsroom.app().acts.listing()
    assert {(act.who, act.door) for act in acts} == {("nashir", "cli")}
    return [act.what for act in reversed(acts)]


def telegram_room(newsroom: Newsroom, server: TelegramServer) -> None:
    more = f'account = "@nashir_test"\napi_base = "{server.url}"\n'
    newsroom.write("channels.toml", CHANNEL.format(name="t", service="telegram") + more)
    newsroom.environ["TELEGRAM_BOT_TOKEN"] = server.token
    newsroom.article("a.md", f"---\ntitle: خبر المدينة 100\nurl: https://example.com/a\nguid: a\n---\n{BODY}\n")


def test_publish_correct_and_retract(files_only: Newsroom) -> None:
    with TelegramServer() as server:
        telegram_room(files_only, server)
        path = str(files_only.articles / "a.md")
        done = nashir(files_only, "publish", path)
        assert done.returncode == 0, done.stderr
        done = nashir(files_only, "correct", path)
        assert done.returncode == 1
        assert "newest version" in done.stderr
        files_only.article("a.md", f"---\ntitle: خبر المدينة 250\nurl: https://example.com/a\nguid: a\n---\n{BODY}\n")
        done = nashir(files_only, "correct", path)
        assert done.returncode == 0, done.stderr
        assert "Corrected: 1 of 1" in done.stdout
        (message,) = server.messages.values()
        assert "250" in message.text
        done = nashir(files_only, "retract", path)
        assert done.returncode == 0, done.stderr
        assert "Taken back: 1 of 1" in done.stdout
        assert server.messages == {}
        wait_for(files_only, {State.RETRACTED})
        assert nashir(files_only, "retract", "1").returncode == 1
        assert nashir(files_only, "retract", "77").returncode == 1
        assert log(files_only) == ["publish", "correct", "retract"]


def test_an_unsure_post_is_settled_by_a_word(files_only: Newsroom) -> None:
    with TelegramServer() as server:
        telegram_room(files_only, server)
        server.faults.append(Fault.reset_after(), on="sendMessage")
        assert nashir(files_only, "unsure", "list").stdout == "Nothing is in doubt.\n"
        done = nashir(files_only, "publish", str(files_only.articles / "a.md"))
        assert done.returncode == 1
        done = nashir(files_only, "unsure", "list")
        assert "desk_chat" in done.stdout
        assert "nashir unsure sent N" in done.stdout
        assert "خبر المدينة" in done.stdout
        wrong = nashir(files_only, "unsure", "sent", "1", "--id", "ليس رقما")
        assert wrong.returncode == 1
        done = nashir(files_only, "unsure", "sent", "1", "--id", "https://t.me/nashir_test/1")
        assert done.returncode == 0, done.stderr
        (row,) = wait_for(files_only, {State.SENT})
        assert row["segments"][0]["remote_id"] == "1"  # type: ignore[index]  # JSON
        assert nashir(files_only, "unsure", "sent", "1").returncode == 1
        assert nashir(files_only, "unsure", "not-sent", "1").returncode == 1
        assert len(server.posts) == 1


def test_one_that_is_not_there_is_sent(files_only: Newsroom) -> None:
    with TelegramServer() as server:
        telegram_room(files_only, server)
        server.faults.append(Fault.refuse_before(), on="sendMessage")
        assert nashir(files_only, "publish", str(files_only.articles / "a.md")).returncode == 1
        assert nashir(files_only, "unsure", "not-sent", "1").returncode == 0
        assert nashir(files_only, "once").returncode == 0
        wait_for(files_only, {State.SENT})
        assert len(server.posts) == 1


def test_what_is_paused_or_stopped_sends_nothing(files_only: Newsroom) -> None:
    with TelegramServer() as server:
        telegram_room(files_only, server)
        assert nashir(files_only, "pause", "t").returncode == 0
        assert nashir(files_only, "pause", "nothing").returncode == 1
        nashir(files_only, "once")
        assert server.posts == []
        done = nashir(files_only, "queue")
        assert "Paused by an editor" in done.stdout
        assert nashir(files_only, "stop-all").returncode == 0
        done = nashir(files_only, "resume", "t")
        assert "start-all" in done.stderr
        nashir(files_only, "once")
        assert server.posts == []
        assert nashir(files_only, "start-all").returncode == 0
        nashir(files_only, "once")
        assert len(server.posts) == 1
        assert log(files_only) == ["pause", "stop_all", "resume", "start_all"]


@pytest.mark.parametrize("limit", ["monthly_budget_usd = 0.25", "per_day = 1"])
def test_x_keeps_to_its_budget_and_says_what_it_cost(files_only: Newsroom, limit: str) -> None:
    with XServer() as server:
        more = f'mode = "short"\naccount = "@nashir_test"\napi_base = "{server.url}"\n{limit}\n'
        files_only.write("channels.toml", CHANNEL.format(name="x", service="x") + more)
        keys = ("X_API_KEY", "X_API_SECRET", "X_ACCESS_TOKEN", "X_ACCESS_SECRET")
        files_only.environ |= dict.fromkeys(keys, "key")
        words = [BODY, "مقابلة مع مدرب الفريق بعد نهاية الموسم حول خططه للصيف ولاعبيه الجدد وملعبه."]
        for n in range(2):
            files_only.article(
                f"{n}.md", f"---\ntitle: خبر {n} من المدينة\nurl: https://example.com/{n}\n---\n{words[n]}\n"
            )
        first = nashir(files_only, "publish", str(files_only.articles / "0.md"))
        assert first.returncode == 0, first.stderr
        assert nashir(files_only, "publish", str(files_only.articles / "1.md")).returncode == 1
        assert len(server.kept) == 1, "the second would cost more than is left, or is one too many"
        rows = json.loads(nashir(files_only, "queue", "--json").stdout)
        assert sorted(row["cost_usd"] for row in rows) == [0, 0.2]


def test_mail_cannot_be_called_back_and_its_correction_waits_for_the_next_edition(files_only: Newsroom) -> None:
    with SmtpServer() as server:
        more = f'from = "n@example.org"\nto = "l@example.org"\nhost = "127.0.0.1"\nport = {server.port}\ntls = "none"\n'
        files_only.write("channels.toml", CHANNEL.format(name="m", service="email") + more)
        text = "---\ntitle: خبر {}\nurl: https://example.com/a\nguid: a\n---\n" + BODY
        path = str(files_only.article("a.md", text.format(1)))
        assert nashir(files_only, "publish", path).returncode == 0
        done = nashir(files_only, "retract", path)
        assert done.returncode == 1
        assert "called back" in done.stderr
        files_only.article("a.md", text.format(2))
        done = nashir(files_only, "correct", path)
        assert done.returncode == 0, done.stderr
        assert "next edition" in done.stdout
        assert len(server.kept) == 1
