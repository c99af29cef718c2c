"""`subscribers add`, `import`, `export`, `erase`, `suppress`, `lift` and `list`."""

import csv
import os
import sys
from pathlib import Path

from bot.app import App, build
from bot.cli import show
from bot.cli.language import LANG, t
from bot.domain.importing import Import, ImportState, Listed, Refusal
from bot.domain.person import COMMAND_LINE
from bot.domain.signup import FREQUENCIES
from bot.domain.subscriber import STANDINGS, SUPPRESSED, Suppressed, digest_of
from bot.ops.progress import progress
from bot.text.rows import guarded

SHOWN = 20  # refused rows that are printed; all of them go into the report
LISTED = 50


def add(newsletter: str, address: str, name: str, words: str, frequency: str) -> None:
    """One subscriber; raises BotError."""
    app = _app()
    try:
        id_, new = app.newsletters.readership.lists.add(COMMAND_LINE, newsletter, address, name, words, frequency)
        if new:
            show.line(t(f"Subscriber {id_} added.", f"أُضيف المشترك {id_}."))
        else:
            show.line(t(f"Subscriber {id_} reads it already.", f"المشترك {id_} يقرؤها من قبل."))
    finally:
        app.close()


def import_(newsletter: str, path: Path, words: str, report: Path | None) -> int:
    """A file of addresses; 1 where a row was refused. Raises BotError."""
    app = _app()
    try:
        importing = app.newsletters.readership.importing
        begun = importing.begin(COMMAND_LINE, newsletter, path, path.name, words)
        if begun.state is ImportState.DONE:
            show.line(t("This very file is in that list already.", "هذا الملف نفسه في هذه القائمة من قبل."))
        elif begun.done:
            show.line(t(f"It goes on after row {begun.done}.", f"يُكمل بعد السطر {begun.done}."))
        with progress() as tell:
            ended = importing.go_on(begun, path, lambda done, of: tell(t("rows", "سطر"), done, of))
        _told(app, ended, report)
        return 1 if ended.refused else 0
    finally:
        app.close()


def _told(app: App, ended: Import, report: Path | None) -> None:
    added, refused = ended.added, ended.refused
    show.line(t(f"{added} added, {refused} refused.", f"أُضيف {added} ورُد {refused}."))
    if report:
        with report.open("w", encoding="utf-8-sig", newline="") as file:
            table = csv.writer(file)
            table.writerow(["line", "value", "reason", "السبب"])
            for each in app.newsletters.readership.imports.refusals(ended.id):
                table.writerow(_row(each))
        show.line(t(f"Every refused row: {report}", f"كل الأسطر المردودة: {report}"))
        return
    for n, each in enumerate(app.newsletters.readership.imports.refusals(ended.id)):
        if n == SHOWN:
            show.line(t("… all of them with --report FILE", "… وكلها بالخيار --report FILE"))
            break
        show.line(t(f"line {each.line}: ", f"السطر {each.line}: ") + f"{each.value}: {each.reason.to(LANG)}")


def _row(each: Refusal) -> list[str]:
    return [str(each.line), guarded(each.value), each.reason.en, each.reason.ar]


def export(path: Path, newsletter: str) -> None:
    """All subscribers as CSV, for the eyes of whoever runs this only; raises BotError."""
    app = _app()
    try:
        rows = app.newsletters.readership.lists.export(COMMAND_LINE, newsletter)
        if str(path) == "-":
            csv.writer(sys.stdout).writerows(rows)
            return
        handle = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with open(handle, "w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(rows)
    finally:
        app.close()


def erase(address: str) -> None:
    """One subscriber goes; raises BotError."""
    app = _app()
    try:
        app.newsletters.readership.lists.erase(COMMAND_LINE, address)
        show.line(t("Erased; only a digest stays.", "مُحي، ولم تبق منه إلا بصمة."))
    finally:
        app.close()


def suppress(address: str, newsletter: str, note: str) -> None:
    """Nothing goes to an address any more; raises BotError."""
    app = _app()
    try:
        done = app.newsletters.readership.lists.bar(COMMAND_LINE, address, note, newsletter)
        show.line(t("Suppressed.", "حُجب.") if done else t("It was suppressed already.", "كان محجوبا من قبل."))
    finally:
        app.close()


def lift(address: str, newsletter: str) -> None:
    """Mail may go there again; raises BotError."""
    app = _app()
    try:
        lists = app.newsletters.readership.lists
        lists.lift(COMMAND_LINE, digest_of(lists.read(address).key), newsletter)
        show.line(t("Mail may go there again.", "رُفع الحجب."))
    finally:
        app.close()


def listing(text: str, newsletter: str, *, as_json: bool) -> None:
    """The newest that match."""
    app = _app()
    try:
        found = app.newsletters.readership.rolls.search(text, newsletter=newsletter, limit=LISTED)
        counts = app.newsletters.readership.rolls.counts()
    finally:
        app.close()
    if as_json:
        rows = [
            {
                "id": each.id,
                "address": each.address,
                "name": each.name,
                "state": each.state,
                "newsletters": dict(each.reads),
                "suppressed": each.suppressed,
            }
            for each in found
        ]
        show.as_json({"counts": counts, "subscribers": rows})
        return
    show.line("  ".join(f"{_standing(state)}: {count}" for state, count in sorted(counts.items())))
    heads = [
        t("number", "الرقم"), t("state", "الحال"), t("newsletters", "النشرات"), t("suppressed", "محجوب"),
        t("address", "العنوان"),
    ]  # fmt: skip
    show.table(heads, [[str(e.id), _standing(e.state), _reads(e), _barred(e), e.address] for e in found])


def _reads(each: Listed) -> str:
    words = {str(often): say for often, say in FREQUENCIES.items()}
    return t(", ", "، ").join(f"{key} ({words[often].to(LANG)})" for key, often in each.reads) or "-"


def _standing(state: str) -> str:
    words = {str(each): say for each, say in STANDINGS.items()}
    return words[state].to(LANG) if state in words else state


def _barred(each: Listed) -> str:
    return SUPPRESSED[Suppressed(each.suppressed)].to(LANG) if each.suppressed else "-"


def _app() -> App:
    app = build(watches=False)
    app.database.upgrade()
    return app
