"""`edit`, `move`, `swap`, `breaking`, `send-now`, `enough`: what the desk does to what waits, from the command line."""

import re
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.groups import app as nashir
from bot.cli.language import t

if TYPE_CHECKING:
    from bot.app import App
    from bot.domain.delivery import Delivery

Number = Annotated[int, typer.Argument(metavar="N", max=2**31 - 1, help=t("See `queue`.", "انظر `queue`."))]
_BETWEEN = re.compile(r"\n\s*---\s*\n")  # segments in a file


def _read(file: Path | None) -> str:
    """The text of a file, or of standard input (none, or -); raises ConfigError."""
    from bot.domain.errors import ConfigError

    stdin = file is None or str(file) == "-"
    try:
        return sys.stdin.buffer.read().decode() if file is None or stdin else file.read_text("utf-8")
    except FileNotFoundError:
        raise ConfigError(f"{file}: there is no such file.", f"{file}: لا ملف بهذا الاسم.") from None
    except IsADirectoryError:
        raise ConfigError(f"{file}: this is a folder; name a file.", f"{file}: هذا مجلد؛ سمّ ملفا.") from None
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror}.", f"{file}: تعذرت قراءته: {error.strerror}.") from None
    except UnicodeDecodeError:
        named = "-" if stdin else file
        raise ConfigError(
            f"{named}: this cannot be read as UTF-8 text.", f"{named}: تعذرت قراءته نصا بترميز UTF-8."
        ) from None


def _change(delivery_id: int, act: Callable[["App", "Delivery"], object], *others: int) -> None:
    """One act on one delivery, which is then shown, and with it the others that it changes."""
    from bot.app import build
    from bot.cli import show
    from bot.pipeline.desk import found

    app = build(watches=False)
    try:
        app.prepare()
        act(app, found(delivery_id, app.outbox))
        changed = [found(each, app.outbox) for each in (delivery_id, *others)]
        show.deliveries(changed, app.config.newsroom.zone, json_=False, stands=app.waits)
    finally:
        app.close()


@nashir.command(
    help=t(
        "Other words for what waits; its segments parted by lines of ---.",
        "كلمات أخرى لما ينتظر؛ تفصل بين مقاطعه أسطر من ---.",
    )
)
def edit(
    number: Number,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help=t("Else standard input.", "وإلا فمن الدخل."))
    ] = None,
    subject: Annotated[str, typer.Option(help=t("Of a mail.", "عنوان البريد."))] = "",
) -> None:
    from bot.domain.person import COMMAND_LINE

    parts = [part.strip() for part in _BETWEEN.split(_read(file).replace("\r\n", "\n"))]
    _change(number, lambda app, d: app.office.edit(COMMAND_LINE, number, d.edition, parts, subject or None))


@nashir.command(help=t("Another time for what waits.", "موعد آخر لما ينتظر."))
def move(
    number: Number,
    at: Annotated[str, typer.Argument(metavar="TIME", help=t("2026-11-27T18:30, the newsroom's.", "بتوقيت الغرفة."))],
) -> None:
    from bot.domain.errors import Refused
    from bot.domain.person import COMMAND_LINE

    try:
        wanted = datetime.fromisoformat(at)
    except ValueError:
        raise Refused(
            f"{at} is no time; write it like 2026-11-27T18:30.", f"{at} ليس موعدا؛ اكتبه مثل 2026-11-27T18:30."
        ) from None

    def schedule(app: "App", delivery: "Delivery") -> None:
        aware = wanted if wanted.tzinfo else wanted.replace(tzinfo=app.config.newsroom.zone)
        app.office.schedule(COMMAND_LINE, number, delivery.edition, aware)

    _change(number, schedule)


@nashir.command(help=t("Two posts of one channel change places.", "يتبادل الموعدين منشوران من قناة واحدة."))
def swap(number: Number, other: Number) -> None:
    from bot.domain.person import COMMAND_LINE
    from bot.pipeline.desk import found

    def places(app: "App", delivery: "Delivery") -> None:
        there = found(other, app.outbox)
        app.handwork.moving.swap(COMMAND_LINE, (number, delivery.edition), (other, there.edition))

    _change(number, places, other)


@nashir.command(help=t("What waits goes as breaking news, before all others.", "يخرج ما ينتظر خبرا عاجلا قبل غيره."))
def breaking(
    number: Number, off: Annotated[bool, typer.Option("--off", help=t("No more.", "لم يعد عاجلا."))] = False
) -> None:
    from bot.domain.person import COMMAND_LINE

    _change(number, lambda app, d: app.office.urgent(COMMAND_LINE, number, d.edition, not off))


@nashir.command("send-now", help=t("What waits leaves at once.", "يخرج ما ينتظر في الحال."))
def send_now(number: Number) -> None:
    from bot.domain.person import COMMAND_LINE

    _change(number, lambda app, _: app.office.send_now(COMMAND_LINE, number))


@nashir.command(help=t("Leave a thread that stopped half-way at what is out.", "اكتف بما خرج من سلسلة توقفت."))
def enough(number: Number) -> None:
    from bot.domain.person import COMMAND_LINE

    _change(number, lambda app, _: app.office.enough(COMMAND_LINE, number))


@nashir.command(
    help=t(
        "An article in other words, its first line the title: its next version.",
        "مادة بكلمات أخرى، سطرها الأول عنوانها: نسختها التالية.",
    )
)
def rewrite(
    article: Annotated[str, typer.Argument(metavar="ARTICLE")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("`-` is standard input.", "`-` هو الدخل."))],
    correct: Annotated[
        bool, typer.Option("--correct", help=t("And put it where an older one is out.", "وضعها حيث خرجت نسخة أقدم."))
    ] = False,
) -> None:
    from bot.app import build
    from bot.cli import show
    from bot.cli.language import LANG
    from bot.domain.errors import NotFound
    from bot.domain.person import COMMAND_LINE

    title, _, body = _read(file).strip().partition("\n")
    app = build(watches=False)
    try:
        app.prepare()
        known = app.articles.get(article)
        if known is None:
            raise NotFound(f"There is no article {article}.", f"لا مادة رقمها {article}.")
        written = app.handwork.rewriting.write(COMMAND_LINE, article, known.version, title, body)
        show.line(t(f"Version {written.version}.", f"النسخة {written.version}."))
        if correct:
            asked, said = app.handwork.rewriting.correct(COMMAND_LINE, written)
            named = ", ".join(asked)
            if asked:
                show.line(t(f"It is corrected on {named}.", f"تُصحَّح في: {named}."))
            for each in said:
                show.line(each.to(LANG))
    finally:
        app.close()
