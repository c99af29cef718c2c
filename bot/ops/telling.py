"""How alerts reach people: a message in a Telegram chat, a JSON object to a webhook."""

from collections.abc import Callable
from datetime import datetime, timedelta

import requests

from bot.channels import CHANNELS
from bot.config import Config
from bot.config.schema import TelegramTable
from bot.domain.errors import ChannelDown, RetryLater
from bot.domain.lane import SendingChannel
from bot.domain.post import Segment
from bot.domain.say import Say
from bot.ops.alerts import Tell


def by_telegram(chat: SendingChannel, newsroom: str) -> Tell:
    """Messages in Arabic, through the bot; raises ChannelError."""

    def tell(say: Say, well: bool) -> None:
        chat.send(Segment(text=f"{'✅' if well else '⚠️'} {newsroom}: {say.ar}"), None, lambda: None)

    return tell


def by_webhook(url: str, newsroom: str, timeout: timedelta) -> Tell:
    """A POST of {"newsroom", "state", "text", "text_ar"}; `text` is what chat services show. Raises ChannelError."""

    def tell(say: Say, well: bool) -> None:
        body = {
            "newsroom": newsroom,
            "state": "well" if well else "broken",
            "text": f"{newsroom}: {say.en}",
            "text_ar": f"{newsroom}: {say.ar}",
        }
        try:
            answer = requests.post(url, json=body, timeout=timeout.total_seconds(), allow_redirects=False)
        except requests.RequestException as error:
            raise RetryLater(
                f"The alert webhook cannot be reached ({type(error).__name__}).", "تعذر الوصول إلى webhook التنبيهات."
            ) from None
        if not answer.ok:
            raise ChannelDown(
                f"The alert webhook answers {answer.status_code}.",
                f"يجيب webhook التنبيهات بالرمز {answer.status_code}.",
            )

    return tell


def tells_of(config: Config, now: Callable[[], datetime]) -> list[Tell]:
    """As the settings say: a chat on Telegram, a webhook, both or neither."""
    settings, newsroom = config.newsroom.alerts, config.newsroom.name
    tells: list[Tell] = []
    if settings.telegram_chat:
        table = TelegramTable(
            name="alerts",
            service="telegram",
            account=settings.telegram_chat,
            token_env=settings.token_env,
            api_base=settings.api_base,
        )
        tells.append(by_telegram(CHANNELS["telegram"](table, config.secrets.get, now), newsroom))
    if url := config.secrets.get(settings.webhook_env):
        tells.append(by_webhook(url, newsroom, timedelta(seconds=20)))
    return tells
