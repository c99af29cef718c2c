"""Templates: the words around the text, which an editor may change; an unknown name in one is an error."""

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, Environment, FileSystemLoader, StrictUndefined, UndefinedError
from markupsafe import Markup

from bot.domain.errors import FormatError

_UNKNOWN = re.compile(r"'(\w+)' is undefined")  # jinja2's words


def telegram_escape(value: Any) -> Any:
    """Escape for Telegram's HTML, which knows four entities only: lt, gt, amp and quot."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


class Templates:
    """Renders templates/SERVICE/NAME; a file in an earlier folder stands for the same file in a later one."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._loader: BaseLoader = FileSystemLoader([str(folder) for folder in folders])

    def _environment(self, **options: Any) -> Environment:
        # each caller says how it escapes
        return Environment(  # noqa: S701  # each caller says how it escapes
            loader=self._loader,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            **options,
        )

    @cached_property
    def _plain(self) -> Environment:
        return self._environment(autoescape=False)

    @cached_property
    def _telegram(self) -> Environment:
        return self._environment(autoescape=False, finalize=telegram_escape)

    @cached_property
    def _html(self) -> Environment:
        return self._environment(autoescape=True)

    def render(self, name: str, /, **values: Any) -> str:
        """The template's text; raises FormatError naming the template."""
        env = self._html if name.endswith(".html.j2") else self._plain
        if name.startswith("telegram/"):
            env = self._telegram
        try:
            return env.get_template(name).render(values)
        except FormatError:
            raise
        except Exception as error:  # whatever an editor wrote into a template, it is the template's fault
            line = getattr(error, "lineno", None) or _line(error, name)  # of what is not a fault of the writing
            where = f"templates/{name}" + (f":{line}" if line else "")
            if isinstance(error, UndefinedError) and (unknown := _UNKNOWN.fullmatch(str(error))):
                known = ", ".join(sorted(values))
                raise FormatError(
                    f"{where}: there is no value {unknown[1]}; known here are {known}.",
                    f"{where}: لا قيمة بالاسم {unknown[1]}؛ المعروف هنا: {known}.",
                ) from None
            raise FormatError(f"{where}: {error}", f"{where}: خطأ في القالب: {error}") from None


def _line(error: Exception, name: str) -> int | None:
    """The line of a template in which an error of Python was raised."""
    trace = error.__traceback__
    line = None
    while trace:
        if trace.tb_frame.f_code.co_filename.endswith(name):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
