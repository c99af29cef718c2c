"""`nashir desk pair`: a code by which an editor's Telegram account is known at the desk."""

from typing import Annotated

import typer

from bot.cli.groups import desk_app
from bot.cli.language import t


@desk_app.command(help=t("A code that pairs a Telegram account with a person.", "رمز يقرن حساب تلغرام بشخص."))
def pair(
    login: Annotated[str, typer.Argument(help=t("The person's login.", "اسم الدخول."))],
) -> None:
    from bot.app import build
    from bot.domain.errors import NotFound

    app = build(watches=False)
    try:
        app.prepare()
        person = app.people.of_login(login.strip().lower())
        if person is None or person.disabled:
            raise NotFound(f"There is no account {login} that is open.", f"لا حساب مفتوحا اسمه {login}.")
        code = app.reception.pairing_code(person, app.now())
    finally:
        app.close()
    typer.echo(
        t(
            f"Send this to the desk's bot, in a private chat, within 15 minutes: /start {code}",
            f"أرسل هذا إلى بوت المكتب في محادثة خاصة خلال 15 دقيقة: /start {code}",
        )
    )
