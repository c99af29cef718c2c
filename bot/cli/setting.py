"""`config set` and `config reset`: what the desk's page of rules does."""

from pathlib import Path

from bot.app import build
from bot.cli import show
from bot.cli.language import t
from bot.config.overlay import KEYS
from bot.config.reading import read_toml
from bot.domain.errors import ConfigError, NotFound
from bot.domain.person import COMMAND_LINE


def put(key: str, file: Path) -> None:
    """A file as config/ has it: its [[rules]] or [[slots]], or the whole of a glossary."""
    if key not in KEYS:
        known = ", ".join(KEYS)
        raise NotFound(
            f"{key} is not set at the desk; these are: {known}.", f"{key} لا يُضبط في المكتب؛ ما يُضبط: {known}."
        )
    if file.is_dir():
        raise ConfigError(f"{file}: this is a folder; name a file.", f"{file}: هذا مجلد؛ سمّ ملفا.")
    if not file.exists():  # a pipe is no file and can be read all the same
        raise ConfigError(f"{file}: there is no such file.", f"{file}: لا ملف بهذا الاسم.")
    value = read_toml(file)[0]
    if key != "glossary" and key not in value:
        raise ConfigError(f"{file}: there is no [[{key}]] in it.", f"{file}: لا [[{key}]] فيه.")
    app = build()
    try:
        app.prepare()
        app.handwork.settings.put(COMMAND_LINE, key, value if key == "glossary" else value[key])
    finally:
        app.close()
    show.line(t(f"{key}: set, over config/.", f"{key}: ضُبط، ويسري فوق config/."))


def reset(key: str) -> None:
    """What config/ says holds again."""
    app = build()
    try:
        app.prepare()
        done = app.handwork.settings.reset(COMMAND_LINE, key)
    finally:
        app.close()
    if done:
        show.line(t(f"{key}: config/ holds again.", f"{key}: عاد ما في config/."))
    else:
        show.line(t(f"{key}: config/ holds already.", f"{key}: ما في config/ هو الساري."))
