"""The commands of newsletters: editions, records of DNS, mails that come back."""

from typing import Annotated

import typer

from bot.cli.groups import Json, edition_app, email_app
from bot.cli.language import t

Number = Annotated[
    int, typer.Argument(min=1, max=2**31 - 1, help=t("As `edition list` shows it.", "كما يعرضه `edition list`."))
]


@edition_app.command("list", help=t("The newest editions, with figures.", "أحدث الأعداد بأرقامها."))
def list_(as_json: Json = False) -> None:
    from bot.cli import editions

    editions.list_editions(as_json=as_json)


@edition_app.command(
    help=t("Send an edition, or go on with one, until nothing of it is due.", "أرسل عددا أو أكمله حتى لا يبقى مستحق.")
)
def send(number: Number) -> None:
    from bot.cli import editions

    raise typer.Exit(editions.send(number))


@edition_app.command(help=t("Make the next one ahead of its time.", "أعدّ العدد التالي قبل موعده."))
def make(newsletter: Annotated[str, typer.Argument(help=t("Key of the newsletter.", "مفتاح النشرة."))]) -> None:
    from bot.cli import editions

    editions.make(newsletter)


@edition_app.command(help=t("It does not go by itself.", "أوقفه: لا يخرج من تلقاء نفسه."))
def hold(number: Number) -> None:
    from bot.cli import editions

    editions.hold(number)


@edition_app.command(help=t("It goes at its time, or at another one.", "أطلقه: يخرج في موعده أو في موعد آخر."))
def release(
    number: Number,
    at: Annotated[
        str,
        typer.Option(help=t("2026-11-27T21:00, on the newsroom's clock.", "2026-11-27T21:00 بتوقيت غرفة الأخبار.")),
    ] = "",
) -> None:
    from bot.cli import editions

    editions.release(number, at)


@edition_app.command(help=t("One mail of it to one address.", "أرسل منه رسالة تجربة إلى عنوان."))
def test(number: Number, to: Annotated[str, typer.Argument(help=t("An address.", "عنوان."))]) -> None:
    from bot.cli import editions

    editions.test(number, to)


@edition_app.command(help=t("How far an edition has come.", "إلى أين وصل العدد."))
def status(number: Number, as_json: Json = False) -> None:
    from bot.cli import editions

    editions.status(number, as_json=as_json)


@edition_app.command(help=t("Send no more of it for now.", "أوقف إرساله مؤقتا."))
def pause(number: Number) -> None:
    from bot.cli import editions

    editions.pause(number)


@edition_app.command(help=t("Go on with it.", "أكمل إرساله."))
def resume(number: Number) -> None:
    from bot.cli import editions

    editions.resume(number)


@edition_app.command(help=t("Stop it for good: the rest never goes.", "أوقفه نهائيا: الباقي لا يخرج."))
def stop(number: Number) -> None:
    from bot.cli import editions

    editions.stop(number)


@email_app.command(
    help=t("The SPF, DKIM and DMARC records to set, and what DNS says.", "سجلات SPF و DKIM و DMARC وما تقوله DNS عنها.")
)
def dns(as_json: Json = False) -> None:
    from bot.cli import editions

    raise typer.Exit(editions.dns(as_json=as_json))


@email_app.command(help=t("Take one bounce or complaint from standard input.", "خذ ارتدادا أو شكوى من الدخل القياسي."))
def inbound() -> None:
    from bot.cli import editions

    raise typer.Exit(editions.inbound())
