"""The command `nashir`: parse, call one function, show. Work is imported when its command runs."""

import logging
import sys
from typing import Annotated

import typer

from bot.cli import access, arabic, changing, editors, machine, mail, pairing, readers, remaking
from bot.cli.groups import app
from bot.cli.language import LANG, in_our_language, t
from bot.domain.errors import BotError, Mistyped

__all__ = ["access", "app", "changing", "editors", "machine", "mail", "main", "pairing", "readers", "remaking"]


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


def main() -> None:
    """Run the command; what a person can mend is one sentence and exit status 1."""
    logging.getLogger("nashir").addFilter(in_our_language)
    try:
        command = typer.main.get_command(app)
        if LANG == "ar":
            arabic.translate(command)
        sys.exit(command.main(prog_name="nashir", standalone_mode=False) or 0)
    except typer.Abort:
        typer.echo(t("\nStopped; nothing was written.", "\nأُوقف؛ ولم يُكتب شيء."), err=True)
        sys.exit(130)
    except BotError as error:
        typer.echo(t(error.say.en, error.say.ar), err=True)
        sys.exit(2 if isinstance(error, Mistyped) else 1)
    except typer.TyperException as error:
        if LANG == "ar":
            typer.echo(arabic.said(error), err=True)
        else:
            if why := arabic.faulty(error):
                error.message = f"{why.en}."
            error.show()  # type: ignore[attr-defined]  # only usage errors come here, and they have it
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone: nothing is wrong
        sys.exit(141)
    except OSError as error:
        said = error.strerror or type(error).__name__
        typer.echo(f"{error.filename}: {said}" if error.filename else said, err=True)
        sys.exit(1)
