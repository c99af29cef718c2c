"""The command groups, and the options that several commands share."""

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from bot.cli.language import t

FIRST = ("init", "run", "doctor", "publish", "queue", "release", "hold", "cancel", "edit", "preview", "explain")


class DayByDay(TyperGroup):
    """Its help begins with what a newcomer and every day need."""

    def list_commands(self, ctx: Any) -> list[str]:
        """All of them, those first."""
        known = super().list_commands(ctx)
        return [*(name for name in FIRST if name in known), *(name for name in known if name not in FIRST)]


def _group(en: str, ar: str, cls: type[TyperGroup] = TyperGroup) -> typer.Typer:
    """A command group with plain-text help."""
    return typer.Typer(
        cls=cls,
        help=t(en, ar),
        rich_markup_mode=None,
        add_completion=False,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
    )


app = _group(
    "nashir (ناشر): publishes a newsroom's articles to Telegram, X and e-mail.",
    "ناشر: ينشر مواد غرفة الأخبار على تلغرام وإكس والبريد.",
    DayByDay,
)
channels_app = _group("The accounts that nashir publishes to.", "الحسابات التي ينشر فيها ناشر.")
rules_app = _group("Which articles go where.", "أي المواد تذهب إلى أين.")
sources_app = _group("Where articles come from.", "من أين تأتي المواد.")
config_app = _group("The settings in config/.", "الإعدادات في config/.")
text_app = _group("What is chosen of a text, in JSON lines.", "ما يُختار من النص، في أسطر JSON.")
db_app = _group("The database.", "قاعدة البيانات.")
unsure_app = _group("Posts that may be out: settled by your word.", "منشورات قد تكون ظاهرة: تُحسم بكلمتك.")
users_app = _group("Accounts of the desk.", "حسابات المكتب.")
api_app = _group("Tokens and webhooks of other programs.", "رموز البرامج الأخرى وخطاطيفها.")
webhook_app = _group("Programs that are told what happens.", "برامج تُخبر بما يحدث.")
api_app.add_typer(webhook_app, name="webhook")
app.add_typer(users_app, name="users")
app.add_typer(api_app, name="api")
desk_app = _group("The desk where editors decide.", "المكتب الذي يقرر فيه المحررون.")
app.add_typer(desk_app, name="desk")
tags_app = _group("Hashtags of what waits, and those that are banned.", "وسوم ما ينتظر، والمحظور منها.")
app.add_typer(tags_app, name="tags")
edition_app = _group("Editions of newsletters.", "أعداد النشرات.")
email_app = _group("The mail that newsletters go by, and what comes back.", "بريد النشرات وما يرتد منه.")
subscribers_app = _group("Who reads newsletters.", "من يقرأ النشرات.")
app.add_typer(subscribers_app, name="subscribers")
app.add_typer(edition_app, name="edition")
app.add_typer(email_app, name="email")
app.add_typer(unsure_app, name="unsure")
app.add_typer(channels_app, name="channels")
app.add_typer(sources_app, name="sources")
app.add_typer(rules_app, name="rules")
app.add_typer(config_app, name="config")
app.add_typer(text_app, name="text")
app.add_typer(db_app, name="db")

Json = Annotated[bool, typer.Option("--json", help=t("Print JSON.", "اطبع JSON."))]
Ids = Annotated[
    list[int],
    typer.Argument(
        min=1,
        max=2**31 - 1,
        help=t("Numbers as `queue` lists them.", "الأرقام كما تعرضها `queue`."),
    ),
]
Articles = Annotated[
    list[str],
    typer.Argument(
        metavar="ARTICLE...",
        help=t("A file, the URL of an article, or its id.", "ملف أو عنوان مادة أو رقمها."),
    ),
]
To = Annotated[
    list[str] | None,
    typer.Option(
        "--to",
        metavar="CHANNEL",
        help=t("Only to this channel; may be given several times.", "إلى هذه القناة فقط؛ يمكن تكراره."),
    ),
]
