"""The commands of those who read newsletters."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.groups import Json, subscribers_app
from bot.cli.language import t

Key = Annotated[str, typer.Argument(metavar="NEWSLETTER", help=t("Its key.", "مفتاحها."))]
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help=t("An e-mail address.", "عنوان بريد."))]
Words = Annotated[
    str, typer.Option("--consent", help=t("How they agreed, for the log.", "كيف وافقوا، لسجل الموافقات."))
]


@subscribers_app.command(help=t("Add one who agreed elsewhere.", "أضف من وافق بطريق آخر."))
def add(
    newsletter: Key,
    address: Address,
    consent: Words,
    name: Annotated[str, typer.Option(help=t("The name.", "الاسم."))] = "",
    frequency: Annotated[str, typer.Option(help=t("daily, weekly or each.", "daily أو weekly أو each."))] = "",
) -> None:
    from bot.cli import subscribers

    subscribers.add(newsletter, address, name, consent, frequency)


@subscribers_app.command(
    "import", help=t("Take a CSV file in; broken off, it goes on where it stopped.", "استورد ملف CSV؛ وإن انقطع أكمل.")
)
def import_(
    newsletter: Key,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=t("A CSV file.", "ملف CSV."))],
    consent: Words,
    report: Annotated[
        Path | None,
        typer.Option(help=t("Write every refused row to this file.", "اكتب كل سطر مردود في هذا الملف.")),
    ] = None,
) -> None:
    from bot.cli import subscribers

    raise typer.Exit(subscribers.import_(newsletter, file, consent, report))


@subscribers_app.command(help=t("Write them out as CSV.", "اكتبهم في ملف CSV."))
def export(
    file: Annotated[Path, typer.Argument(help=t("- is standard output.", "- هو الخرج القياسي."))],
    newsletter: Annotated[str, typer.Option(help=t("Of one newsletter.", "قراء نشرة واحدة."))] = "",
) -> None:
    from bot.cli import subscribers

    subscribers.export(file, newsletter)


@subscribers_app.command(help=t("Erase one; only a digest stays.", "امح مشتركا؛ لا تبقى منه إلا بصمة."))
def erase(address: Address) -> None:
    from bot.cli import subscribers

    subscribers.erase(address)


Of = Annotated[str, typer.Option("--newsletter", help=t("Of one newsletter only.", "من نشرة واحدة فقط."))]


@subscribers_app.command(help=t("Nothing goes to this address any more.", "احجب عنوانا: لا يُرسل إليه شيء."))
def suppress(
    address: Address,
    newsletter: Of = "",
    note: Annotated[str, typer.Option(help=t("Why, for colleagues.", "السبب، للزملاء."))] = "",
) -> None:
    from bot.cli import subscribers

    subscribers.suppress(address, newsletter, note)


@subscribers_app.command(
    help=t("Mail may go there again; not to one who left or complained.", "ارفع الحجب؛ إلا عمن ألغى اشتراكه أو اشتكى.")
)
def lift(address: Address, newsletter: Of = "") -> None:
    from bot.cli import subscribers

    subscribers.lift(address, newsletter)


@subscribers_app.command("list", help=t("Search and count them.", "ابحث فيهم وعدّهم."))
def list_(
    text: Annotated[str, typer.Argument(help=t("A part of an address or name.", "جزء من عنوان أو اسم."))] = "",
    newsletter: Annotated[str, typer.Option(help=t("Of one newsletter.", "قراء نشرة واحدة."))] = "",
    as_json: Json = False,
) -> None:
    from bot.cli import subscribers

    subscribers.listing(text, newsletter, as_json=as_json)
