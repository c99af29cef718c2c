"""`channels test`."""

import typer

from bot.app import build
from bot.cli import show
from bot.cli.language import t
from bot.cli.running import log_to_stderr
from bot.domain.errors import NotFound
from bot.domain.person import COMMAND_LINE


def test(name: str, *, yes: bool) -> int:
    """A test message on a channel, after a yes; 1 where nobody said so. Raises NotFound, Refused, ChannelError."""
    app = build()
    log_to_stderr(app)
    try:
        app.prepare()
        channel = app.channels.get(name)
        if channel is None:
            raise NotFound(f"There is no channel {name}.", f"لا قناة اسمها {name}.")
        where = channel.account or name
        public = t(
            f"This message will stand on {where} for everybody to see. Send it?",
            f"ستظهر هذه الرسالة على {where} لكل الناس. أأرسلها؟",
        )
        if channel.live and not yes and not typer.confirm(public, err=True):
            return 1
        receipt = app.handwork.trials.send(COMMAND_LINE, name)
        show.line(f"{name}: {receipt.url or receipt.remote_id}")
        return 0
    finally:
        app.close()
