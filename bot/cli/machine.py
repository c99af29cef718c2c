"""The commands of the person who runs it: start, check, back up, mend."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.groups import Json, app, channels_app, config_app, db_app, sources_app
from bot.cli.language import t


@app.command(
    help=t(
        "Write config/, templates/, samples/ and .env.example to edit.",
        "اكتب config/ و templates/ و samples/ و .env.example للتحرير.",
    )
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


@app.command(help=t("Send and fetch, as one of many workers.", "أرسل واجلب، عاملا بين عدة عمال."))
def worker(
    quiet: Annotated[bool, typer.Option("--quiet", help=t("Do not print previews.", "لا تطبع المعاينات."))] = False,
) -> None:
    from bot.cli import running

    running.work(quiet=quiet)


@app.command(help=t("Be the clock of many workers; several may stand by.", "كن ساعة العمال؛ وقد تنتظر عدة ساعات."))
def clock() -> None:
    from bot.cli import running

    running.tick()


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


@app.command(help=t("Look at everything that can be wrong, and say what to do.", "افحص كل ما قد يتعطل وقل ما العمل."))
def doctor(as_json: Json = False) -> None:
    from bot.cli import operating

    raise typer.Exit(operating.doctor(as_json=as_json))


@app.command(help=t("Put the whole state into one file, while it runs.", "احفظ الحال كلها في ملف أثناء العمل."))
def backup(file: Annotated[Path, typer.Argument(metavar="FILE")]) -> None:
    from bot.cli import operating

    operating.backup(file)


@app.command(help=t("Bring a backup back; what may be out is held.", "استعد نسخة احتياطية؛ وما قد خرج يوقف."))
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    replace: Annotated[
        bool, typer.Option("--replace", help=t("In the place of what is there.", "في مكان ما هو موجود."))
    ] = False,
) -> None:
    from bot.cli import operating

    operating.restore(file, replace=replace)


@app.command(help=t("Delete old texts and previews; receipts stay.", "احذف قديم النصوص والمعاينات وأبق الإيصالات."))
def prune(dry_run: Annotated[bool, typer.Option("--dry-run", help=t("Only count.", "عُدّ فقط."))] = False) -> None:
    from bot.cli import operating

    operating.prune(really=not dry_run)


Sources = Annotated[list[str], typer.Argument(metavar="SOURCE...", help=t("Names of sources.", "أسماء المصادر."))]


@sources_app.command("pause", help=t("Do not read these sources from now on.", "لا تقرأ هذه المصادر من الآن."))
def sources_pause(names: Sources) -> None:
    from bot.cli import feeds

    feeds.pause(names, on=True)


@sources_app.command("resume", help=t("Read these sources again.", "اقرأ هذه المصادر من جديد."))
def sources_resume(names: Sources) -> None:
    from bot.cli import feeds

    feeds.pause(names, on=False)


@sources_app.command("import", help=t("Add the feeds of an OPML file.", "أضف تغذيات ملف OPML."))
def sources_import(file: Annotated[Path, typer.Argument(metavar="FILE")]) -> None:
    from bot.cli import feeds

    feeds.import_sources(file)


@sources_app.command("export", help=t("Write the feeds as OPML.", "اكتب التغذيات بصيغة OPML."))
def sources_export(file: Annotated[Path | None, typer.Argument(metavar="[FILE]")] = None) -> None:
    from bot.cli import feeds

    feeds.export_sources(file)


@db_app.command("copy", help=t("Copy a SQLite file into DATABASE_URL.", "انسخ ملف SQLite إلى DATABASE_URL."))
def db_copy(file: Annotated[Path, typer.Argument(metavar="FILE")]) -> None:
    from bot.cli import operating

    operating.copy_into(file)


@channels_app.command(
    "connect", help=t("Connect an account step by step; nothing is posted.", "صل حسابا خطوة خطوة؛ لا يُنشر شيء.")
)
def channels_connect(
    service: Annotated[str, typer.Argument(metavar="[SERVICE]")] = "",
    name: Annotated[str, typer.Option(help=t("Of the channel.", "اسم القناة."))] = "",
) -> None:
    from bot.cli import connect

    connect.connect(service, name)


@channels_app.command("check", help=t("Try each channel's account without posting.", "جرّب حساب كل قناة دون نشر."))
def channels_check(as_json: Json = False) -> None:
    from bot.cli import setup

    raise typer.Exit(setup.channels_check(as_json=as_json))


@channels_app.command(
    "test", help=t("Send a message marked as a test; it is public.", "أرسل رسالة مكتوب فيها أنها اختبار؛ وهي علنية.")
)
def channels_test(
    name: Annotated[str, typer.Argument(metavar="CHANNEL")],
    yes: Annotated[bool, typer.Option("--yes", help=t("Do not ask.", "لا تسأل."))] = False,
) -> None:
    from bot.cli import trying

    raise typer.Exit(trying.test(name, yes=yes))


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


@config_app.command(
    "set",
    help=t(
        "Set rules, slots or glossary for all processes, over config/, from a TOML file as config/ has it.",
        "اضبط rules أو slots أو glossary لكل العمليات فوق config/ من ملف TOML كما في config/.",
    ),
)
def config_set(key: str, file: Path) -> None:
    from bot.cli import setting

    setting.put(key, file)


@config_app.command("reset", help=t("Let config/ hold again for this key.", "أعد ما في config/ لهذا المفتاح."))
def config_reset(key: str) -> None:
    from bot.cli import setting

    setting.reset(key)


@db_app.command("upgrade", help=t("Make or upgrade the database.", "أنشئ قاعدة البيانات أو رقّها."))
def db_upgrade() -> None:
    from bot.cli import setup

    setup.db_upgrade()
