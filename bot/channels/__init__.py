"""Channels: one adapter for each service, named like it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.domain.lane import SendingChannel

Secret = Callable[[str], str]
MICROS = 1_000_000  # of a dollar

Clock = Callable[[], datetime]


def _telegram(table: Any, secret: Secret, _clock: Clock) -> SendingChannel:
    from bot.channels.telegram import (
        TelegramChannel,  # each service's library is loaded when a channel needs it
    )

    return TelegramChannel(
        token=secret(table.token_env),
        chat=table.account,
        api_base=table.api_base,
        timeout=table.timeout,
        desk_chat=table.desk_chat,
        per_minute=table.per_minute,
        bot_per_second=table.bot_per_second,
    )


def _x(table: Any, secret: Secret, clock: Clock) -> SendingChannel:
    from bot.channels.x import XChannel

    return XChannel(
        api_key=secret(table.api_key_env),
        api_secret=secret(table.api_secret_env),
        access_token=secret(table.access_token_env),
        access_secret=secret(table.access_secret_env),
        account=table.account,
        api_base=table.api_base,
        timeout=table.timeout,
        clock=clock,
        price={kind: round(usd * MICROS) for kind, usd in table.price.model_dump().items()},
        budget_micros=round(table.monthly_budget_usd * MICROS) or None,
        per_day=table.per_day,
    )


def _email(table: Any, secret: Secret, clock: Clock) -> SendingChannel:
    from bot.channels.email import EmailChannel

    return EmailChannel(
        sender=table.sender,
        to=table.to,
        host=table.host,
        port=table.port,
        tls=table.tls,
        user=table.user,
        password=secret(table.password_env),
        timeout=table.timeout,
        clock=clock,
        per_minute=table.per_minute,
    )


CHANNELS: dict[str, Callable[[Any, Secret, Clock], SendingChannel]] = {
    "telegram": _telegram,
    "x": _x,
    "email": _email,
}
