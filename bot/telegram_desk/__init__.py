"""The desk in Telegram: editors see what waits, and decide with a press. A door, as the web is one; it holds no rules."""

from bot.telegram_desk.desk import TelegramDesk

__all__ = ["TelegramDesk"]
