"""A Bot API server for a bot that people talk to: private chats and a group, updates, buttons, answers."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field, replace
from typing import Any

from tests.servers import JsonObject
from tests.servers.telegram import TelegramServer
from tests.servers.telegram_calls import KeptMessage, Refused

GROUP = -100777
BY_PERSON = "by a person"


@dataclass(frozen=True)
class Shown:
    """What who pressed a button was told."""

    query: str
    text: str
    alert: bool


@dataclass(kw_only=True)
class Webhook:
    """Where updates are to be brought."""

    url: str
    secret: str


@dataclass
class Buttons:
    """The buttons of a message: text -> what it carries, or its address."""

    data: dict[str, str] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)


class DeskServer(TelegramServer):
    """Keeps updates until they are confirmed, as Telegram does."""

    def __init__(self, *people: int, group: int = GROUP, token: str = "987654:DESK-token_xyz") -> None:
        super().__init__(token, {str(chat): chat for chat in (*people, group)})
        self.webhook: Webhook | None = None
        self.webhook_error = ""  # the last call of it failed so
        self.commands: list[JsonObject] = []
        self.shown: list[Shown] = []
        self.blocked: set[int] = set()
        self._number = 100
        self._queries: set[str] = set()
        self._methods |= {
            "setmycommands": self._set_commands,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": self._webhook_info,
            "answercallbackquery": self._answer,
        }

    def say(self, who: int, text: str, *, chat: int | None = None, reply_to: int | None = None) -> JsonObject:
        """Somebody writes; the update."""
        with self.lock:
            chat = chat or who
            message: JsonObject = {"message_id": self._new_id(chat), "date": int(time.time()), "text": text}
            message |= {"chat": self._chat(chat), "from": self._person(who)}
            if reply_to:
                message["reply_to_message"] = self._shown(replace(self.messages[chat, reply_to], reply_to=None))
            number = message["message_id"]
            self.messages[chat, number] = KeptMessage(number, chat, text, text, method=BY_PERSON)
            return self._bring({"message": message})

    def press(self, who: int, message: KeptMessage, button: str = "", *, data: str | None = None) -> JsonObject:
        """Somebody presses a button, or (`data`) a client sends what stands on none; the update."""
        with self.lock:
            if data is None:
                data = buttons(self.messages.get((message.chat_id, message.message_id), message)).data[button]
            self._number += 1
            query = {"id": str(self._number), "from": self._person(who), "chat_instance": "1", "data": data}
            self._queries.add(str(self._number))
            now = self.messages.get((message.chat_id, message.message_id), message)
            return self._bring({"callback_query": query | {"message": self._shown(now)}})

    def in_chat(self, chat: int) -> list[KeptMessage]:
        """What the bot wrote in a chat, oldest first, as it stands now."""
        found = [self.messages[key] for key in sorted(self.messages) if key[0] == chat]
        return [message for message in found if message.method != BY_PERSON]

    def cards(self, chat: int) -> list[KeptMessage]:
        """The messages of a chat that have buttons that act, oldest first."""
        return [message for message in self.in_chat(chat) if buttons(message).data]

    def _bring(self, update: JsonObject) -> JsonObject:
        self._number += 1
        update = {"update_id": self._number} | update
        self.updates.append(update)
        return update

    def _updates(self, given: JsonObject) -> list[JsonObject]:
        if self.webhook:
            raise Refused("Conflict: can't use getUpdates method while webhook is active", 409)
        offset = int(given.get("offset") or 0)
        self.updates = [update for update in self.updates if update["update_id"] >= offset]
        return list(self.updates)

    def _person(self, number: int) -> JsonObject:
        return {"id": number, "is_bot": False, "first_name": f"Person {number}"}

    def _chat(self, given: Any) -> JsonObject:
        chat = super()._chat(given)
        if chat["id"] in self.blocked:
            raise Refused("Forbidden: bot was blocked by the user", 403)
        return chat | {"type": "private" if chat["id"] > 0 else "supergroup"}

    def _send(self, given: JsonObject, **more: Any) -> JsonObject:
        for row in (given.get("reply_markup") or {}).get("inline_keyboard", []):
            for button in row:
                if not button.get("url") and not 1 <= len(button.get("callback_data", "").encode()) <= 64:
                    raise Refused("Bad Request: BUTTON_DATA_INVALID")
        return super()._send(given, **more)

    def _set_commands(self, given: JsonObject) -> bool:
        self.commands = json.loads(given["commands"]) if isinstance(given["commands"], str) else given["commands"]
        return True

    def _set_webhook(self, given: JsonObject) -> bool:
        if not str(given["url"]).startswith("https://"):
            raise Refused("Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        self.webhook = Webhook(url=given["url"], secret=given.get("secret_token", ""))
        return True

    def _webhook_info(self, _: JsonObject) -> JsonObject:
        error = {"last_error_message": self.webhook_error} if self.webhook and self.webhook_error else {}
        return {"url": self.webhook.url if self.webhook else "", "pending_update_count": 0, **error}

    def _delete_webhook(self, given: JsonObject) -> bool:
        self.webhook = None
        return True

    def _answer(self, given: JsonObject) -> bool:
        query = str(given.get("callback_query_id"))
        if query not in self._queries:
            raise Refused("Bad Request: query is too old and response timeout expired or query ID is invalid")
        self._queries.discard(query)
        if len(str(given.get("text", ""))) > 200:
            raise Refused("Bad Request: MESSAGE_TOO_LONG")
        self.shown.append(Shown(query, str(given.get("text", "")), str(given.get("show_alert")).lower() == "true"))
        return True


def buttons(message: KeptMessage) -> Buttons:
    """The buttons of a message."""
    found = Buttons()
    for row in (message.reply_markup or {}).get("inline_keyboard", []):
        for each in row:
            if "callback_data" in each:
                found.data[each["text"]] = each["callback_data"]
            else:
                found.urls[each["text"]] = each["url"]
    return found
