"""The desk in Telegram: editors see what waits, and decide with a press. A door: it holds no rules."""

from bot.telegram_desk.desk import TelegramDesk

__all__ = ["TelegramDesk"]
