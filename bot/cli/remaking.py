"""`tags add`, `remove`, `ban`, `allow`, `banned`, and `form`: what waits made anew."""

from typing import Annotated

import typer

from bot.cli.groups import Json, tags_app
from bot.cli.groups import app as nashir
from bot.cli.language import t

Number = Annotated[int, typer.Argument(metavar="N", max=2**31 - 1, help=t("See `queue`.", "انظر `queue`."))]
Tag = Annotated[str, typer.Argument(metavar="TAG")]


def _remake(delivery_id: int, *, add: str = "", remove: str = "", mode: str = "") -> None:
    from bot.app import build
    from bot.cli import show
    from bot.domain.person import COMMAND_LINE
    from bot.pipeline.desk import found

    app = build(watches=False)
    try:
        app.prepare()
        remaker, edition = app.handwork.remaker, found(delivery_id, app.outbox).edition
        if mode:
            made = remaker.remode(COMMAND_LINE, delivery_id, edition, mode)
        else:
            made = remaker.retag(COMMAND_LINE, delivery_id, edition, add=add, remove=remove)
        for segment in made.post.segments:
            show.segment(app.channels[made.channel], segment)
    finally:
        app.close()


def _ban(tag: str, *, on: bool) -> None:
    from bot.app import build
    from bot.cli import show
    from bot.domain.person import COMMAND_LINE

    app = build(watches=False)
    try:
        app.prepare()
        known, done = app.handwork.remaker.ban(COMMAND_LINE, tag, on=on)
    finally:
        app.close()
    if not done:
        show.line(t(f"{known}: it is so already.", f"{known}: الأمر كذلك من قبل."))
    elif on:
        show.line(t(f"{known}: no post carries it by itself.", f"{known}: لا يحمله منشور من نفسه."))
    else:
        show.line(t(f"{known}: posts may carry it again.", f"{known}: عاد للمنشورات أن تحمله."))


@tags_app.command("add", help=t("One tag more on a post that waits.", "وسم آخر لمنشور ينتظر."))
def add(number: Number, tag: Tag) -> None:
    _remake(number, add=tag)


@tags_app.command("remove", help=t("One tag less on a post that waits.", "أزل وسما من منشور ينتظر."))
def remove(number: Number, tag: Tag) -> None:
    _remake(number, remove=tag)


@tags_app.command("ban", help=t("No post carries this tag by itself.", "لا يحمل منشور هذا الوسم من نفسه."))
def ban(tag: Tag) -> None:
    _ban(tag, on=True)


@tags_app.command("allow", help=t("Take a ban off.", "ارفع حظر وسم."))
def allow(tag: Tag) -> None:
    _ban(tag, on=False)


@tags_app.command("banned", help=t("The tags that editors banned.", "الوسوم التي حظرها المحررون."))
def banned(as_json: Json = False) -> None:
    from bot.app import build
    from bot.cli import show

    app = build(watches=False)
    try:
        app.prepare()
        tags = app.handwork.remaker.bans.banned()
    finally:
        app.close()
    if as_json:
        show.as_json(list(tags))
        return
    for tag in tags:
        show.line(tag)


@nashir.command(help=t("Another form of a post that waits.", "شكل آخر لمنشور ينتظر."))
def form(
    number: Number,
    mode: Annotated[
        str, typer.Argument(metavar="MODE", help=t("As `mode` in channels.toml.", "مثل `mode` في channels.toml."))
    ],
) -> None:
    _remake(number, mode=mode)
