"""Whether a newsroom may run: its database may stay where it is, and every live channel has what it needs."""

from typing import TYPE_CHECKING

from bot.config.reading import read_toml, wrong
from bot.config.schema import EmailTable, channel_secrets
from bot.domain.errors import ConfigError

if TYPE_CHECKING:
    from bot.config import Config


def check_ready(config: "Config") -> None:
    """The database may stay where it is, and every live channel has what it needs; raises ConfigError for the first."""
    if config.secrets.get("DYNO") and config.database_url.startswith("sqlite"):
        raise ConfigError(
            "This host wipes its disk at each restart, and a lost ledger means the day is published again: "
            "set DATABASE_URL to a PostgreSQL database.",
            "هذا المضيف يمحو قرصه عند كل تشغيل، وضياع السجل يعني نشر اليوم كله من جديد: "
            "اضبط DATABASE_URL على قاعدة PostgreSQL.",
        )
    if config.newsroom.engine == "procrastinate" and config.database_url.startswith("sqlite"):
        raise ConfigError(
            'engine = "procrastinate" needs PostgreSQL: set DATABASE_URL, or write engine = "embedded".',
            'engine = "procrastinate" يحتاج إلى PostgreSQL: اضبط DATABASE_URL أو اكتب engine = "embedded".',
        )
    path = config.folder / "channels.toml"
    text = read_toml(path)[1]
    for index, table in enumerate(config.channel_tables):
        if not table.live:
            continue
        at = ("channels", index)
        for key, name in channel_secrets(table).items():
            if not config.secrets.get(name):
                raise wrong(
                    path,
                    text,
                    (*at, key),
                    f"channel {table.name} is live, but the variable {name} is not set; put it into "
                    f"{config.secrets.file} or the environment, or set live = false.",
                    f"القناة {table.name} مفعّلة لكن المتغير {name} غير مضبوط؛ ضعه في {config.secrets.file} "
                    "أو في البيئة، أو اكتب live = false.",
                )
        needed = ("from", "to", "host") if isinstance(table, EmailTable) else ("account",)
        for key in needed:
            if not getattr(table, "sender" if key == "from" else key):
                raise wrong(
                    path,
                    text,
                    (*at, key),
                    f"channel {table.name} is live and needs `{key}`.",
                    f"القناة {table.name} مفعّلة وتحتاج إلى المفتاح `{key}`.",
                )
