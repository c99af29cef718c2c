"""Subscribers at the desk: searched, added, taken in from files, written out, erased; and the suppression list."""

import csv
import io
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile
from fastapi.responses import StreamingResponse

from bot.config import private
from bot.domain.errors import NotFound, Refused
from bot.domain.importing import ImportState
from bot.domain.person import Actor
from bot.domain.say import Say
from bot.domain.signup import FREQUENCIES
from bot.domain.subscriber import STANDINGS, SUPPRESSED, Frequency, SubscriberState, Suppressed
from bot.pipeline.lists import LIFTED_BY_HAND
from bot.pipeline.people import actor
from bot.text.rows import guarded
from bot.web.desk.door import Door, Number, acting, reading

LISTED = 100
MOST = 200_000_000  # octets of a file
CHUNK = 1 << 20
IMPORTS = 8
OVER = 3600  # seconds after which an upload has surely ended


def routes(door: Door) -> APIRouter:
    """The pages and their acts."""
    web, app = APIRouter(dependencies=[reading(door)]), door.app
    readership = app.newsletters.readership

    def words(request: Request) -> dict[str, object]:
        ar = door.language(request) == "ar"
        return {
            "state_of": lambda each: STANDINGS[SubscriberState(each)].to("ar" if ar else "en"),
            "reason_word": lambda each: SUPPRESSED[each].to("ar" if ar else "en"),
            "often": lambda each: FREQUENCIES[Frequency(each)].to(door.language(request)),
            "offers": readership.offers(),
        }

    def subscribers_page(request: Request, status: int = 200, said: str = "") -> Response:
        ask = request.query_params
        q, state, newsletter = ask.get("q", "")[:200], ask.get("state", ""), ask.get("newsletter", "")
        before = int(ask["before"]) if ask.get("before", "").isdecimal() and len(ask["before"]) < 10 else 0
        imports = readership.imports.newest(IMPORTS)
        for each in imports:
            if each.state is ImportState.RUNNING:  # broken off by a restart
                readership.take_in(each)
        return door.page(
            request,
            "subscribers",
            status,
            found=readership.rolls.search(q, state=state, newsletter=newsletter, before=before, limit=LISTED),
            counts=readership.rolls.counts(),
            readers=readership.rolls.readers(),
            imports=imports,
            asked={"q": q, "state": state, "newsletter": newsletter},
            states=SubscriberState,
            listed=LISTED,
            said=said,
            **words(request),
        )

    @web.get("/subscribers")
    def subscribers(request: Request) -> Response:
        """Who reads newsletters."""
        return subscribers_page(request)

    @web.get("/subscribers.csv")
    def export(request: Request, newsletter: str = "") -> Response:
        """All of them as a table; the log says who took it."""
        person = door.reader(request).person
        rows = readership.lists.export(actor(person, "web"), newsletter)
        return _table(rows, "nashir-subscribers.csv")

    @web.get("/imports/{number}.csv")
    def refused(number: Number, request: Request) -> Response:
        """Every row of a file that was not taken, with its reason."""
        app.office.allow(actor(door.reader(request).person, "web"), "readers")
        if readership.imports.get(number) is None:
            raise NotFound("There is no such import.", "لا استيراد بهذا الرقم.")
        rows = ([str(r.line), guarded(r.value), r.reason.en, r.reason.ar] for r in readership.imports.refusals(number))
        return _table(chain([["line", "value", "reason", "السبب"]], rows), f"nashir-import-{number}.csv")

    @web.post("/subscribers")
    def add(
        request: Request,
        who: Annotated[Actor, acting(door)],
        address: Annotated[str, Form(max_length=400)] = "",
        name: Annotated[str, Form(max_length=200)] = "",
        newsletter: Annotated[str, Form(max_length=60)] = "",
        frequency: Annotated[str, Form(max_length=10)] = "",
        words: Annotated[str, Form(max_length=600)] = "",
    ) -> Response:
        """One who agreed elsewhere."""
        id_, new = readership.lists.add(who, newsletter, address, name, words, frequency)
        known = Say(f"Subscriber {id_} reads it already.", f"المشترك {id_} يقرؤها من قبل.")
        return door.done(request, "" if new else known.to(door.language(request)), to="/subscribers")

    @web.post("/subscribers/import")
    def import_(
        request: Request,
        who: Annotated[Actor, acting(door)],
        file: Annotated[UploadFile | None, File()] = None,
        newsletter: Annotated[str, Form(max_length=60)] = "",
        words: Annotated[str, Form(max_length=600)] = "",
    ) -> Response:
        """A file; it is taken in by the server, whatever becomes of this page."""
        app.office.allow(who, "readers")
        if file is None or not file.filename:
            raise Refused("Choose a file.", "اختر ملفا.")
        folder = app.config.var / "imports"
        private.folder(folder)
        path = folder / f"{secrets.token_hex(8)}.part"
        try:
            size = 0
            with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as kept:
                _without_remains(path)
                while chunk := file.file.read(CHUNK):
                    size += len(chunk)
                    if size > MOST:
                        raise Refused("The file is larger than 200 MB.", "الملف أكبر من 200 ميغابايت.")
                    kept.write(chunk)
            begun = readership.importing.begin(who, newsletter, path, file.filename, words)
            if begun.state is ImportState.DONE:
                raise Refused(
                    f"This very file is in that list already: {begun.added} added, {begun.refused} refused.",
                    f"هذا الملف نفسه في هذه القائمة من قبل: أُضيف {begun.added} ورُد {begun.refused}.",
                )
            path.replace(readership.kept(begun))
            readership.take_in(begun)
        finally:
            path.unlink(missing_ok=True)
        return door.done(request, to="/subscribers")

    @web.post("/subscribers/{number}/erase")
    def erase(number: Number, request: Request, who: Annotated[Actor, acting(door)]) -> Response:
        """Nothing of one stays but a digest."""
        readership.lists.erase(who, number)
        return door.done(request, to="/subscribers")

    @web.get("/suppressions")
    def suppressions(
        request: Request, q: str = "", reason: str = "", skip: Annotated[int, Query(ge=0, le=10_000_000)] = 0
    ) -> Response:
        """Who gets nothing, and why."""
        found = readership.rolls.barred(q[:200], reason=reason, skip=skip, limit=LISTED)
        asked = {"q": q[:200], "reason": reason, "skip": skip}
        more = {"reasons": Suppressed, "listed": LISTED, "liftable": LIFTED_BY_HAND}
        return door.page(request, "suppressions", found=found, asked=asked, **more, **words(request))

    @web.post("/suppressions")
    def bar(
        request: Request,
        who: Annotated[Actor, acting(door)],
        address: Annotated[str, Form(max_length=400)] = "",
        note: Annotated[str, Form(max_length=400)] = "",
        newsletter: Annotated[str, Form(max_length=60)] = "",
    ) -> Response:
        """Nothing goes to an address any more."""
        readership.lists.bar(who, address, note, newsletter)
        return door.done(request, to="/suppressions")

    @web.post("/suppressions/lift")
    def lift(
        request: Request,
        who: Annotated[Actor, acting(door)],
        digest: Annotated[str, Form(max_length=64)] = "",
        newsletter: Annotated[str, Form(max_length=60)] = "",
    ) -> Response:
        """Mail may go there again."""
        readership.lists.lift(who, digest, newsletter)
        return door.done(request, to="/suppressions")

    return web


def _without_remains(path: Path) -> None:
    """Uploads that a killed process left beside this one hold addresses, and nobody comes for them."""
    for other in path.parent.glob("*.part"):
        if other.stat().st_mtime < path.stat().st_mtime - OVER:
            other.unlink(missing_ok=True)


def _table(rows: Iterable[Sequence[str]], name: str) -> StreamingResponse:
    def lines() -> Iterator[str]:
        yield "\N{ZERO WIDTH NO-BREAK SPACE}"
        for row in rows:
            out = io.StringIO()
            csv.writer(out).writerow(row)
            yield out.getvalue()

    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=headers)
