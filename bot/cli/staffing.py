"""`users add`, `list`, `passwd`, `disable` and `enable`."""

import getpass
import sys

from bot.app import build
from bot.cli import show
from bot.cli.language import LANG, t
from bot.domain.errors import Mistyped
from bot.domain.person import COMMAND_LINE, ROLE_WORDS, ROLES


def add(login: str, name: str, role: str) -> None:
    """A new account; raises Mistyped, Refused."""
    if role not in ROLES:
        raise Mistyped(
            f"--role {role}: there is no such role; known: {', '.join(ROLES)}.",
            f"--role {role}: لا دور بهذا الاسم؛ المعروف: {'، '.join(ROLES)}.",
        )
    app = build()
    try:
        app.database.upgrade()
        person = app.access.staff.add(COMMAND_LINE, login, name, ROLES[role], _password(), app.now())
        word = person.role.word
        show.line(t(f"{person.login}: made ({word}).", f"{person.login}: أُنشئ الحساب ({ROLE_WORDS[person.role]})."))
    finally:
        app.close()


def listing(*, as_json: bool) -> None:
    """Everybody who has an account."""
    app = build()
    try:
        app.database.upgrade()
        found = app.people.listing()
    finally:
        app.close()
    if as_json:
        show.as_json(
            [
                {
                    "id": each.id,
                    "login": each.login,
                    "name": each.name,
                    "role": each.role.word,
                    "telegram": each.telegram_id is not None,
                    "disabled": each.disabled,
                }
                for each in found
            ]
        )
        return
    heads = [t("login", "الدخول"), t("role", "الدور"), t("state", "الحال"), t("name", "الاسم")]
    well, closed = t("open", "مفتوح"), t("closed", "مغلق")
    rows = [
        [
            each.login,
            ROLE_WORDS[each.role] if LANG == "ar" else each.role.word,
            closed if each.disabled else well,
            each.name,
        ]
        for each in found
    ]
    show.table(heads, rows)


def passwd(login: str) -> None:
    """Another password; raises NotFound, Refused."""
    app = build()
    try:
        app.database.upgrade()
        app.access.staff.set_password(COMMAND_LINE, login, _password(), app.now())
        show.line(
            t(f"{login}: the password is changed, all sessions ended.", f"{login}: تغيرت كلمة المرور وانتهت الجلسات.")
        )
    finally:
        app.close()


def disable(login: str, *, on: bool) -> None:
    """Close an account, or open it again; raises NotFound, Refused."""
    app = build()
    try:
        app.database.upgrade()
        app.access.staff.disable(COMMAND_LINE, login, app.now(), on=on)
        closed, opened = (f"{login}: closed.", f"{login}: أُغلق الحساب."), (f"{login}: open.", f"{login}: فُتح الحساب.")
        show.line(t(*(closed if on else opened)))
    finally:
        app.close()


def _password() -> str:
    """Asked for twice on a terminal, else the first line of standard input; raises Mistyped."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass(t("Password: ", "كلمة المرور: "))
    if getpass.getpass(t("Once more: ", "مرة أخرى: ")) != first:
        raise Mistyped("The two passwords differ; nothing was written.", "الكلمتان مختلفتان؛ لم يُكتب شيء.")
    return first
