"""Accounts, tokens and webhooks, as processes."""

import json
import os
import pty
import sys
import time

from bot.domain.person import Role
from tests.cli.test_cli import nashir
from tests.conftest import ROOT, Newsroom

PASSWORD = "كلمة مرور طويلة"


def test_accounts_are_made_changed_and_closed(files_only: Newsroom) -> None:
    app = files_only.app()
    done = nashir(files_only, "users", "add", "Salma", "--name", "سلمى", "--role", "owner", stdin=f"{PASSWORD}\n")
    assert (done.returncode, done.stdout) == (0, "salma: made (owner).\n"), done.stderr
    assert app.reception.sign_in("salma", PASSWORD, "here", app.now())[1].role is Role.OWNER
    done = nashir(files_only, "--lang", "ar", "users", "add", "salma", stdin=f"{PASSWORD}\n")
    assert (done.returncode, done.stderr) == (1, "الحساب salma موجود من قبل.\n")
    assert nashir(files_only, "users", "add", "omar", stdin="short\n").returncode == 1
    assert nashir(files_only, "users", "add", "omar", "--role", "king", stdin=f"{PASSWORD}\n").returncode == 2
    done = nashir(files_only, "users", "disable", "salma")
    assert (done.returncode, "last owner" in done.stderr) == (1, True)
    assert nashir(files_only, "users", "add", "omar", "--role", "owner", stdin=f"{PASSWORD}\n").returncode == 0
    assert nashir(files_only, "users", "disable", "salma").returncode == 0
    rows = json.loads(nashir(files_only, "users", "list", "--json").stdout)
    assert {row["login"]: (row["role"], row["disabled"]) for row in rows} == {
        "salma": ("owner", True),
        "omar": ("owner", False),
    }
    assert nashir(files_only, "users", "disable", "omar").returncode == 1
    assert nashir(files_only, "users", "enable", "salma").returncode == 0
    assert nashir(files_only, "users", "passwd", "salma", stdin="كلمة أخرى أطول\n").returncode == 0
    assert app.reception.sign_in("salma", "كلمة أخرى أطول", "here", app.now())[1].login == "salma"
    assert "سلمى" in nashir(files_only, "--lang", "ar", "users", "list").stdout
    assert nashir(files_only, "users", "passwd", "nobody", stdin=f"{PASSWORD}\n").returncode == 1
    acts = [(act.what, act.who, act.door) for act in reversed(app.acts.listing())]
    assert [what for what, *_ in acts] == "user_add user_add user_disable user_enable user_password".split()
    assert {tuple(rest) for _, *rest in acts} == {("nashir", "cli")}
    assert PASSWORD not in str(app.acts.listing())


def test_a_terminal_is_asked_twice_and_shows_nothing(files_only: Newsroom) -> None:
    files_only.app()
    env = os.environ | {"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "NASHIR_CONFIG": str(files_only.config)}
    env["DATABASE_URL"] = files_only.database_url
    pid, terminal = pty.fork()
    if not pid:  # the child has the terminal
        os.chdir(files_only.folder)
        os.execve(sys.executable, [sys.executable, "-m", "bot", "users", "add", "salma"], env)
    said = b""
    for prompt, typed in ((b"Password: ", PASSWORD), (b"Once more: ", "something else")):
        while prompt not in said:
            said += os.read(terminal, 1000)
        time.sleep(0.1)  # until the echo is off: getpass says its prompt first
        os.write(terminal, f"{typed}\n".encode())
    try:
        while more := os.read(terminal, 1000):
            said += more
    except OSError:  # the other side is closed
        pass
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 2
    assert "differ" in said.decode()
    assert PASSWORD not in said.decode()


def test_tokens_and_webhooks_are_shown_once(files_only: Newsroom) -> None:
    app = files_only.app()
    done = nashir(files_only, "api", "token", "cms", "--scope", "articles:write", "--scope", "posts:read")
    secret = done.stdout.strip()
    assert (done.returncode, secret[:7]) == (0, "nashir_"), done.stderr
    token = app.access.tokens.of(secret, app.now())
    assert token is not None
    assert token.scopes == {"articles:write", "posts:read"}
    assert nashir(files_only, "api", "token", "cms", "--scope", "all").returncode == 1
    listed = nashir(files_only, "api", "tokens", "--json").stdout
    assert json.loads(listed)[0]["name"] == "cms"
    assert secret not in listed
    assert "cms" in nashir(files_only, "--lang", "ar", "api", "tokens").stdout
    assert nashir(files_only, "api", "revoke", "1").returncode == 0
    assert app.access.tokens.of(secret, app.now()) is None
    assert nashir(files_only, "api", "revoke", "1").returncode == 1
    done = nashir(files_only, "api", "webhook", "add", "https://hooks.example/in", "--event", "delivery.*")
    assert (done.returncode, done.stdout[:6]) == (0, "whsec_"), done.stderr
    for url, event in (
        ("http://127.0.0.1/", "*"),
        ("http://[::ffff:10.0.0.1]/", "*"),
        ("ftp://hooks.example/", "*"),
        ("https://hooks.example/", "delivery.gone"),
    ):
        assert nashir(files_only, "api", "webhook", "add", url, "--event", event).returncode == 1, url
    assert json.loads(nashir(files_only, "api", "webhook", "list", "--json").stdout)[0]["events"] == ["delivery.*"]
    assert "hooks.example" in nashir(files_only, "--lang", "ar", "api", "webhook", "list").stdout
    assert nashir(files_only, "api", "webhook", "remove", "1").returncode == 0
    assert nashir(files_only, "api", "webhook", "remove", "1").returncode == 1
    acts = [act.what for act in reversed(app.acts.listing())]
    assert acts == ["token_add", "token_revoke", "webhook_add", "webhook_remove"]
    assert "hooks.example" not in str(app.acts.listing())
