"""The commands of owners: who may come in at the desk and at the API, and who is told."""

from typing import Annotated

import typer

from bot.cli.groups import Json, api_app, users_app, webhook_app
from bot.cli.language import t
from bot.domain.person import ROLE_WORDS, ROLES
from bot.domain.token import SCOPES

Login = Annotated[str, typer.Argument(metavar="LOGIN")]
Id = Annotated[int, typer.Argument(metavar="ID", min=1, max=2**31 - 1)]
ROLE_HELP = t(" ".join(ROLES), "، ".join(f"{role.word} ({ROLE_WORDS[role]})" for role in ROLES.values()))
SCOPE_HELP = "; ".join(f"{scope}: {t(say.en, say.ar)}" for scope, say in SCOPES.items())


@users_app.command("add", help=t("A new account; asks for its password.", "أنشئ حسابا؛ وتُسأل عن كلمة مروره."))
def users_add(
    login: Login,
    name: Annotated[str, typer.Option(help=t("As the desk shows it.", "كما يظهر في المكتب."))] = "",
    role: Annotated[str, typer.Option(help=ROLE_HELP)] = "editor",
) -> None:
    from bot.cli import staffing

    staffing.add(login, name, role)


@users_app.command("list", help=t("Who has an account.", "اعرض الحسابات."))
def users_list(as_json: Json = False) -> None:
    from bot.cli import staffing

    staffing.listing(as_json=as_json)


@users_app.command("passwd", help=t("Another password; every session ends.", "غيّر كلمة المرور؛ وتنتهي كل الجلسات."))
def users_passwd(login: Login) -> None:
    from bot.cli import staffing

    staffing.passwd(login)


@users_app.command("disable", help=t("Close an account and its sessions.", "أغلق حسابا وجلساته."))
def users_disable(login: Login) -> None:
    from bot.cli import staffing

    staffing.disable(login, on=True)


@users_app.command("enable", help=t("Open a closed account again.", "افتح حسابا مغلقا."))
def users_enable(login: Login) -> None:
    from bot.cli import staffing

    staffing.disable(login, on=False)


@api_app.command("token", help=t("A new token; it is shown once.", "أنشئ رمزا؛ ويُعرض مرة واحدة."))
def api_token(
    name: Annotated[str, typer.Argument(metavar="NAME", help=t("Whose it is.", "لمن هو."))],
    scope: Annotated[list[str], typer.Option("--scope", metavar="SCOPE", help=SCOPE_HELP)],
) -> None:
    from bot.cli import granting

    granting.token(name, scope)


@api_app.command("tokens", help=t("The tokens, without their secrets.", "اعرض الرموز دون أسرارها."))
def api_tokens(as_json: Json = False) -> None:
    from bot.cli import granting

    granting.tokens(as_json=as_json)


@api_app.command("revoke", help=t("A token opens nothing any more.", "أبطل رمزا."))
def api_revoke(id_: Id) -> None:
    from bot.cli import granting

    granting.revoke(id_)


@webhook_app.command(
    "add",
    help=t("Tell an address what happens; its secret is shown once.", "أخبر عنوانا بما يحدث؛ ويُعرض سره مرة واحدة."),
)
def webhook_add(
    url: Annotated[str, typer.Argument(metavar="URL")],
    event: Annotated[
        list[str] | None,
        typer.Option(
            "--event",
            metavar="EVENT",
            help=t(
                "delivery.STATE, act.NAME, delivery.*, act.*; all without it.",
                "delivery.STATE أو act.NAME أو delivery.* أو act.*؛ ودونه الكل.",
            ),
        ),
    ] = None,
) -> None:
    from bot.cli import granting

    granting.webhook(url, event or ["*"])


@webhook_app.command("list", help=t("The webhooks, and what waits for them.", "اعرض الخطاطيف وما ينتظرها."))
def webhook_list(as_json: Json = False) -> None:
    from bot.cli import granting

    granting.webhooks(as_json=as_json)


@webhook_app.command("remove", help=t("Tell it nothing more.", "لا تخبره بعد الآن."))
def webhook_remove(id_: Id) -> None:
    from bot.cli import granting

    granting.remove_webhook(id_)
