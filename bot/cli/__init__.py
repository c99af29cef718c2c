"""The command `nashir`: parse, call one function, show. Work is imported when its command runs."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.language import t
from bot.domain.errors import BotError, Mistyped


def _group(en: str, ar: str) -> typer.Typer:
    """A command group with plain-text help."""
    return typer.Typer(
        help=t(en, ar),
        rich_markup_mode=None,
        add_completion=False,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
    )


app = _group(
    "nashir (ناشر): publishes a newsroom's articles to Telegram, X and e-mail.",
    "ناشر: ينشر مواد غرفة الأخبار على تلغرام وإكس والبريد.",
)
channels_app = _group("The accounts that nashir publishes to.", "الحسابات التي ينشر فيها ناشر.")
rules_app = _group("Which articles go where.", "أي المواد تذهب إلى أين.")
sources_app = _group("Where articles come from.", "من أين تأتي المواد.")
config_app = _group("The settings in config/.", "الإعدادات في config/.")
db_app = _group("The database.", "قاعدة البيانات.")
app.add_typer(channels_app, name="channels")
app.add_typer(sources_app, name="sources")
app.add_typer(rules_app, name="rules")
app.add_typer(config_app, name="config")
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
        help=t("A file, the URL of a known article, or its id.", "ملف أو عنوان مادة معروفة أو رقمها."),
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


def _language(asked: str) -> str:
    if asked not in ("", "ar", "en"):
        raise Mistyped(f"--lang {asked}: it is ar or en.", f"--lang {asked}: هو ar أو en.")
    return asked


def _version(asked: bool) -> None:
    if asked:
        from bot import __version__

        typer.echo(f"nashir {__version__}")
        raise typer.Exit


@app.callback()
def root(
    lang: Annotated[
        str, typer.Option(callback=_language, help=t("Of messages: ar or en.", "لغة الرسائل: ar أو en."))
    ] = "",
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=t("Print the version.", "اطبع الإصدار."))
    ] = False,
) -> None:
    """Options of every command; --lang is read before the help is made (bot/cli/language.py)."""


@app.command(
    help=t("Write config/, templates/ and .env.example to edit.", "اكتب config/ و templates/ و .env.example للتحرير.")
)
def init(folder: Annotated[Path, typer.Argument(metavar="[DIR]")] = Path()) -> None:
    from bot.cli import setup

    setup.init(folder)


@app.command(help=t("Run everything in one process, until it is stopped.", "شغّل كل شيء في عملية واحدة حتى توقفها."))
def run(
    quiet: Annotated[bool, typer.Option("--quiet", help=t("Do not print previews.", "لا تطبع المعاينات."))] = False,
) -> None:
    from bot.cli import running

    running.run(quiet=quiet)


@app.command(help=t("Run the web process alone, on PORT.", "شغّل عملية الويب وحدها على PORT."))
def web() -> None:
    from bot.cli import running

    running.serve()


@app.command(
    help=t("Fetch, select and send until nothing is due, then end.", "اجلب واختر وأرسل حتى لا يبقى شيء مستحق، ثم انته.")
)
def once(as_json: Json = False) -> None:
    from bot.cli import running

    raise typer.Exit(running.once(as_json=as_json))


@app.command(help=t("Publish articles now, by hand.", "انشر مواد الآن بيدك."))
def publish(
    articles: Articles,
    to: To = None,
    again: Annotated[bool, typer.Option("--again", help=t("Also what is out already.", "حتى ما نُشر من قبل."))] = False,
    breaking: Annotated[
        bool, typer.Option("--breaking", help=t("As breaking news: before all others.", "خبرا عاجلا قبل غيره."))
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=t("Show, and send nothing.", "اعرض ولا ترسل شيئا."))
    ] = False,
    as_json: Json = False,
) -> None:
    from bot.cli import publishing

    if dry_run:
        publishing.preview(articles, to or [], None, as_json=as_json)
    else:
        raise typer.Exit(publishing.publish(articles, to or [], again=again, breaking=breaking, as_json=as_json))


@app.command(help=t("Show what an article would look like on each channel.", "اعرض كيف تظهر المادة في كل قناة."))
def preview(
    articles: Articles,
    to: To = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help=t("Also write a page.", "واكتب صفحة أيضا."))
    ] = None,
    as_json: Json = False,
) -> None:
    from bot.cli import publishing

    publishing.preview(articles, to or [], html, as_json=as_json)


@app.command(help=t("List deliveries.", "اعرض الإرسالات."))
def queue(
    state: Annotated[
        list[str] | None,
        typer.Option(
            "--state",
            metavar="STATE",
            help=t(
                "Only these: held queued sending sent failed unsure expired cancelled retracted.",
                "هذه فقط: held queued sending sent failed unsure expired cancelled retracted.",
            ),
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    as_json: Json = False,
) -> None:
    from bot.cli import publishing

    publishing.queue(state or [], limit, as_json=as_json)


@app.command(help=t("Keep deliveries back until they are released.", "أوقف إرسالات حتى تطلقها."))
def hold(ids: Ids) -> None:
    from bot.cli import publishing

    publishing.act("hold", ids)


@app.command(help=t("Let held deliveries go at their time.", "أطلق إرسالات موقوفة في موعدها."))
def release(ids: Ids) -> None:
    from bot.cli import publishing

    publishing.act("release", ids)


@app.command(help=t("Stop deliveries for good; what is out stays out.", "ألغ إرسالات؛ وما خرج يبقى."))
def cancel(ids: Ids) -> None:
    from bot.cli import publishing

    publishing.act("cancel", ids)


@app.command(help=t("Try failed deliveries again.", "أعد محاولة إرسالات رُفضت."))
def retry(
    ids: Ids,
    not_sent: Annotated[
        bool,
        typer.Option(
            "--not-sent",
            help=t("Of an unsure one: you looked, and it is not there.", "لإرسال غير مؤكد: تحققت ولم تجده."),
        ),
    ] = False,
) -> None:
    from bot.cli import publishing

    publishing.act("retry", ids, not_sent=not_sent)


@app.command(
    help=t("Say for each channel why an article went, waits or was refused.", "قل لكل قناة لماذا خرجت المادة أو رُدت.")
)
def explain(article: Annotated[str, typer.Argument(metavar="ARTICLE")], as_json: Json = False) -> None:
    from bot.cli import explaining

    explaining.article(article, as_json=as_json)


@rules_app.command("try", help=t("Run the rules over the last days without sending.", "جرّب القواعد على ما مضى."))
def rules_try(days: Annotated[int, typer.Option(min=1, max=60)] = 3, to: To = None, as_json: Json = False) -> None:
    from bot.cli import explaining

    explaining.try_rules(days, to or [], as_json=as_json)


@sources_app.command("list", help=t("List the sources and how they stand.", "اعرض المصادر وأحوالها."))
def sources_list(as_json: Json = False) -> None:
    from bot.cli import explaining

    raise typer.Exit(explaining.list_sources(as_json=as_json))


@app.command(
    "format", help=t("Articles in JSON lines to posts in JSON lines.", "من مواد في أسطر JSON إلى منشورات في أسطر JSON.")
)
def format_(
    service: Annotated[
        list[str] | None,
        typer.Option(
            "--service",
            metavar="SERVICE",
            help=t(
                "x, telegram or email; may be given several times; all without it.",
                "x أو telegram أو email؛ يمكن تكراره؛ ودونه الكل.",
            ),
        ),
    ] = None,
    mode: Annotated[str, typer.Option(help=t("Of X: thread or short.", "لإكس: thread أو short."))] = "thread",
) -> None:
    from bot.cli import formatting

    raise typer.Exit(formatting.format_lines(sys.stdin.buffer, sys.stdout, service or [], mode))


@channels_app.command("check", help=t("Try each channel's account without posting.", "جرّب حساب كل قناة دون نشر."))
def channels_check(as_json: Json = False) -> None:
    from bot.cli import setup

    raise typer.Exit(setup.channels_check(as_json=as_json))


@config_app.command(
    "check", help=t("Read all settings and say what is wrong.", "اقرأ الإعدادات كلها وقل ما الخطأ فيها.")
)
def config_check() -> None:
    from bot.cli import setup

    setup.config_check()


@config_app.command("show", help=t("Print the settings in force.", "اطبع الإعدادات السارية."))
def config_show(as_json: Json = False) -> None:
    from bot.cli import setup

    setup.config_show(as_json=as_json)


@db_app.command("upgrade", help=t("Make or upgrade the database.", "أنشئ قاعدة البيانات أو رقّها."))
def db_upgrade() -> None:
    from bot.cli import setup

    setup.db_upgrade()


def main() -> None:
    """Run the command; what a person can mend is one sentence and exit status 1."""
    try:
        app(prog_name="nashir")
    except BotError as error:
        typer.echo(t(error.say.en, error.say.ar), err=True)
        sys.exit(2 if isinstance(error, Mistyped) else 1)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone: nothing is wrong
        sys.exit(141)
    except OSError as error:
        said = error.strerror or type(error).__name__
        typer.echo(f"{error.filename}: {said}" if error.filename else said, err=True)
        sys.exit(1)
