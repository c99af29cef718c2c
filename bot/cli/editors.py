"""The commands of editors: publish, look, hold, explain."""

import gc
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.groups import Articles, Ids, Json, To, app, rules_app, sources_app, text_app, unsure_app
from bot.cli.language import t


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
        publishing.preview(articles, to or [], None, as_json=as_json, as_publish=True, again=again)
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
                "هذه فقط: موقوف، مجدول، يخرج، خرج، رُفض، غير مؤكد، فات أوانه، أُلغي، سُحب.",
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


Named = Annotated[
    list[str],
    typer.Argument(
        metavar="DELIVERY|ARTICLE...",
        help=t(
            "A delivery's number; or an article: file, URL or id.", "رقم إرسال؛ أو مادة: ملفها أو عنوانها أو رقمها."
        ),
    ),
]
Channels = Annotated[list[str], typer.Argument(metavar="CHANNEL...")]


@app.command(help=t("Take back what is out, where the service lets it.", "اسحب ما خرج حيث تسمح الخدمة."))
def retract(named: Named, to: To = None) -> None:
    from bot.cli import mending

    raise typer.Exit(mending.retract(named, to or []))


@app.command(help=t("Put the newest version where an older one is out.", "ضع أحدث نسخة من المادة حيث خرجت نسخة أقدم."))
def correct(articles: Articles, to: To = None) -> None:
    from bot.cli import mending

    raise typer.Exit(mending.correct(articles, to or []))


@app.command(help=t("Begin nothing on these channels for now.", "أوقف هذه القنوات مؤقتا."))
def pause(channels: Channels) -> None:
    from bot.cli import mending

    mending.pause(channels)


@app.command(help=t("Let paused channels go on.", "استأنف قنوات متوقفة."))
def resume(channels: Channels) -> None:
    from bot.cli import mending

    mending.resume(channels)


@app.command("stop-all", help=t("Stop all sending, at once and everywhere.", "أوقف الإرسال كله فورا."))
def stop_all() -> None:
    from bot.cli import mending

    mending.stop_all()


@app.command("start-all", help=t("Let sending go on.", "استأنف الإرسال."))
def start_all() -> None:
    from bot.cli import mending

    mending.start_all()


@unsure_app.command("list", help=t("What may be out, and where to look.", "ما قد يكون ظاهرا وأين تتحقق منه."))
def unsure_list(as_json: Json = False) -> None:
    from bot.cli import mending

    mending.unsure_list(as_json=as_json)


@unsure_app.command("sent", help=t("You looked, and it is there.", "تحققت ووجدته."))
def unsure_sent(
    id_: Annotated[int, typer.Argument(metavar="ID", min=1, max=2**31 - 1)],
    remote: Annotated[
        str, typer.Option("--id", metavar="ID", help=t("The post's number or address.", "رقم المنشور أو عنوانه."))
    ] = "",
) -> None:
    from bot.cli import mending

    mending.unsure_sent(id_, remote)


@unsure_app.command("not-sent", help=t("You looked, and it is not there: it is sent again.", "تحققت ولم تجده: يُرسل."))
def unsure_not_sent(ids: Ids) -> None:
    from bot.cli import publishing

    publishing.act("retry", ids, not_sent=True)


@rules_app.command("try", help=t("Run the rules over the last days without sending.", "جرّب القواعد على ما مضى."))
def rules_try(days: Annotated[int, typer.Option(min=1, max=60)] = 3, to: To = None, as_json: Json = False) -> None:
    from bot.cli import explaining

    explaining.try_rules(days, to or [], as_json=as_json)


@sources_app.command("list", help=t("List the sources and how they stand.", "اعرض المصادر وأحوالها."))
def sources_list(as_json: Json = False) -> None:
    from bot.cli import feeds

    raise typer.Exit(feeds.list_sources(as_json=as_json))


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
    mode: Annotated[
        str, typer.Option(help=t("Of X: thread, short or long.", "لإكس: thread أو short أو long."))
    ] = "thread",
) -> None:
    from bot.cli import formatting

    gc.freeze()  # what is loaded stays, and an article leaves hardly a cycle behind
    gc.set_threshold(50_000)
    raise typer.Exit(formatting.format_lines(sys.stdin.buffer, sys.stdout, service or [], mode))


@text_app.command(
    help=t(
        "Up to ten hashtags of each article, best first.",
        "حتى عشرة وسوم لكل مادة، أفضلها أولا.",
    )
)
def hashtags(
    history: Annotated[
        Path | None,
        typer.Option("--history", metavar="FILE", help=t("Articles with the tags they got.", "مواد بوسومها السابقة.")),
    ] = None,
    why: Annotated[bool, typer.Option("--why", help=t("With each tag's reason.", "مع سبب كل وسم."))] = False,
) -> None:
    from bot.cli import texting

    raise typer.Exit(texting.hashtags(sys.stdin.buffer, sys.stdout, history, why=why))


@text_app.command(
    "sentences", help=t("The sentences that tell most, within a budget.", "الجمل التي تحمل الخبر ضمن حد.")
)
def sentences_(
    budget: Annotated[int, typer.Option(min=1, max=1_000_000, help=t("Letters.", "عدد الأحرف."))] = 600,
) -> None:
    from bot.cli import texting

    raise typer.Exit(texting.chosen(sys.stdin.buffer, sys.stdout, budget))
