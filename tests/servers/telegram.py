"""A Bot API server for one bot that is an administrator of its channels."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.servers import Answer, Fault, JsonObject, LocalServer, Request, json_answer
from tests.servers.telegram_calls import KeptMessage, Refused, parameters
from tests.servers.telegram_html import Entity, ParseError, clean, parse, trim, units

RIGHTS = (
    "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members",
    "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories",
    "can_delete_stories", "can_edit_messages",
)  # fmt: skip
GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")


class TelegramServer(LocalServer[KeptMessage]):
    """Speaks the part of the Bot API that a publishing bot needs."""

    def __init__(
        self,
        token: str = "123456:TEST-token_abc",
        chats: Mapping[str, int] | None = None,
        keep_file: Path | str | None = None,
        delay: float = 0.0,
    ) -> None:
        super().__init__(keep_file, delay)
        self.token = token
        self.chats = dict(chats if chats is not None else {"@nashir_test": -1001234567890})
        self.can_post = True
        self.updates: list[JsonObject] = []
        self.messages: dict[tuple[int, int], KeptMessage] = {}
        self._last: dict[int, int] = {}
        self._methods: dict[str, Callable[[JsonObject], Any]] = {
            "getme": lambda _: self._me(),
            "getchat": self._get_chat,
            "getchatmember": self._get_member,
            "getupdates": self._updates,
            "sendmessage": self._send,
            "sendphoto": self._photo,
            "sendrichmessage": self._rich,
            "editmessagetext": self._edit,
            "editmessagecaption": self._edit_caption,
            "editmessagemedia": self._edit_media,
            "deletemessage": self._delete,
            "forwardmessage": self._forward,
        }

    @property
    def base_url(self) -> str:
        """What python-telegram-bot takes as `base_url`."""
        return f"{self.url}/bot"

    @property
    def posts(self) -> list[KeptMessage]:
        """The accepted sends alone."""
        return [kept for kept in self.kept if kept.method in ("sendMessage", "sendPhoto", "sendRichMessage")]

    @staticmethod
    def failure(code: int, description: str, *, processed: bool = False) -> Fault:
        """A scripted error in the shape of the API."""
        body = {"ok": False, "error_code": code, "description": description}
        return Fault.status(code, body, processed=processed)

    @classmethod
    def too_many(cls, seconds: int) -> Fault:
        """A scripted 429 that names the seconds to wait."""
        fault = cls.failure(429, f"Too Many Requests: retry after {seconds}")
        return replace(fault, body={**fault.body, "parameters": {"retry_after": seconds}})

    def name(self, request: Request) -> str:
        """Faults are scripted under the method's name."""
        return request.path.rpartition("/")[2]

    def handle(self, request: Request) -> Answer:
        """Answer one call of the API."""
        found = re.fullmatch(r"/bot([^/]*)/(\w+)", request.path)
        try:
            if not found or found[1] != self.token:
                raise Refused("Unauthorized" if found else "Not Found", 401 if found else 404)
            method = self._methods.get(found[2].lower())
            if method is None:
                raise Refused("Not Found", 404)
            return json_answer(200, {"ok": True, "result": method(parameters(request))})
        except Refused as refused:
            code = refused.code
            return json_answer(code, {"ok": False, "error_code": code, "description": refused.description})

    def _me(self) -> JsonObject:
        number = int(self.token.partition(":")[0])
        return {"id": number, "is_bot": True, "first_name": "Nashir", "username": "nashir_test_bot"}

    def _chat(self, given: Any) -> JsonObject:
        for name, number in self.chats.items():
            if str(given).lower() in {name.lower(), str(number)}:
                chat: JsonObject = {"id": number, "type": "channel", "title": name.lstrip("@")}
                return chat | ({"username": name[1:]} if name.startswith("@") else {})
        raise Refused("Bad Request: chat not found")

    def _get_chat(self, given: JsonObject) -> JsonObject:
        gifts = dict.fromkeys(GIFTS, False)
        full = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}
        return self._chat(given.get("chat_id")) | full

    def _updates(self, given: JsonObject) -> list[JsonObject]:
        return self.updates

    def _get_member(self, given: JsonObject) -> JsonObject:
        self._chat(given.get("chat_id"))
        if str(given.get("user_id")) != self.token.partition(":")[0]:
            raise Refused("Bad Request: member not found")
        rights = dict.fromkeys(RIGHTS, True) | {"can_post_messages": self.can_post}
        rights |= {"can_be_edited": False, "is_anonymous": False}
        return {"status": "administrator", "user": self._me()} | rights

    def _text(self, given: JsonObject) -> tuple[str, list[Entity]]:
        raw = str(given.get("text", ""))
        if not raw.strip():
            raise Refused("Bad Request: message text is empty")
        if len(raw.encode()) > 32768:
            raise Refused("Bad Request: text is too long")
        mode = str(given.get("parse_mode", "")).lower()
        if mode not in {"", "html"}:
            raise Refused("Bad Request: unsupported parse_mode")
        try:
            text, entities = parse(raw) if mode else trim(clean(raw), given.get("entities") or [])
        except ParseError as error:
            raise Refused(f"Bad Request: can't parse entities: {error}") from None
        if not text:
            raise Refused("Bad Request: text must be non-empty")
        if units(text) > 4096:
            raise Refused("Bad Request: message is too long")
        return text, entities

    def _found(self, given: JsonObject, chat_key: str, refusal: str) -> KeptMessage:
        chat = self._chat(given.get(chat_key))
        message = self.messages.get((chat["id"], int(given.get("message_id", 0))))
        if message is None:
            raise Refused(f"Bad Request: {refusal} not found")
        return message

    def _keep(self, message: KeptMessage) -> JsonObject:
        self.keeper.keep(message)
        self.messages[message.chat_id, message.message_id] = message
        return self._shown(message)

    def _new_id(self, chat_id: int) -> int:
        if not self.can_post:
            raise Refused("Bad Request: need administrator rights in the channel chat")
        self._last[chat_id] = self._last.get(chat_id, 0) + 1
        return self._last[chat_id]

    def _send(self, given: JsonObject, **more: Any) -> JsonObject:
        chat_id = self._chat(given.get("chat_id"))["id"]
        text, entities = self._text(given)
        reply = given.get("reply_parameters") or {}
        reply_to = int(reply.get("message_id") or given.get("reply_to_message_id") or 0) or None
        if reply_to and (chat_id, reply_to) not in self.messages:
            if not reply.get("allow_sending_without_reply"):
                raise Refused("Bad Request: message to be replied not found")
            reply_to = None
        preview, markup = given.get("link_preview_options"), given.get("reply_markup")
        message = KeptMessage(self._new_id(chat_id), chat_id, text, given["text"], entities, preview, reply_to)
        silent = str(given.get("disable_notification", "")).lower() == "true"
        return self._keep(replace(message, reply_markup=markup, silent=silent, **more))

    def _photo(self, given: JsonObject) -> JsonObject:
        """A picture, by its address, with a caption of at most 1,024."""
        if not str(given.get("photo", "")).startswith(("http://", "https://")):
            raise Refused("Bad Request: there is no photo in the request")
        self._caption(given)
        return self._send(given | {"text": given["caption"]}, method="sendPhoto", photo=str(given["photo"]))

    def _caption(self, given: JsonObject) -> tuple[str, list[Entity]]:
        if not given.get("caption"):
            raise Refused("Bad Request: this server wants a caption")
        text, entities = self._text(given | {"text": given["caption"]})
        if units(text) > 1024:
            raise Refused("Bad Request: message caption is too long")
        return text, entities

    @staticmethod
    def _rich_text(given: JsonObject) -> tuple[JsonObject, str, str]:
        """A rich message in HTML; the blocks' tags are not judged, only that the text is not empty."""
        rich = given.get("rich_message") or {}
        html = str(rich.get("html") or "")
        text = re.sub(r"<[^>]*>", "", html).strip()
        if not text or len(html) > 32_768:
            raise Refused("Bad Request: message text is empty" if not text else "Bad Request: message is too long")
        return rich, html, text

    def _rich(self, given: JsonObject) -> JsonObject:
        rich, html, text = self._rich_text(given)
        chat_id = self._chat(given.get("chat_id"))["id"]
        message = KeptMessage(self._new_id(chat_id), chat_id, text, html, method="sendRichMessage", rich=rich)
        return self._keep(message)

    def _edit(self, given: JsonObject) -> JsonObject:
        old = self._found(given, "chat_id", "message to edit")
        if old.photo:
            raise Refused("Bad Request: there is no text in the message to edit")
        if given.get("rich_message"):
            rich, html, text = self._rich_text(given)
            new = replace(old, text=text, raw_text=html, entities=[], link_preview=None, rich=rich)
        else:
            text, entities = self._text(given)
            preview = given.get("link_preview_options")
            new = replace(old, text=text, raw_text=given["text"], entities=entities, link_preview=preview, rich=None)
        return self._changed(old, replace(new, reply_markup=given.get("reply_markup")), "editMessageText")

    def _edit_caption(self, given: JsonObject) -> JsonObject:
        old = self._found(given, "chat_id", "message to edit")
        if not old.photo:
            raise Refused("Bad Request: there is no caption in the message to edit")
        text, entities = self._caption(given)
        new = replace(old, text=text, raw_text=given["caption"], entities=entities)
        return self._changed(old, replace(new, reply_markup=given.get("reply_markup")), "editMessageCaption")

    def _edit_media(self, given: JsonObject) -> JsonObject:
        """Another picture with its caption; a text gets the picture (core.telegram.org/bots/api#editmessagemedia)."""
        old = self._found(given, "chat_id", "message to edit")
        media = given.get("media") or {}
        photo = str(media.get("media", ""))
        if media.get("type") != "photo" or not photo.startswith(("http://", "https://")):
            raise Refused("Bad Request: wrong file identifier/HTTP URL specified")
        text, entities = self._caption(media)
        new = replace(old, text=text, raw_text=media["caption"], entities=entities, photo=photo)
        new = replace(new, rich=None, link_preview=None, reply_markup=given.get("reply_markup"))
        return self._changed(old, new, "editMessageMedia")

    def _changed(self, old: KeptMessage, new: KeptMessage, method: str) -> JsonObject:
        if replace(new, raw_text=old.raw_text) == old:
            raise Refused(
                "Bad Request: message is not modified: specified new message content and reply markup are "
                "exactly the same as a current content and reply markup of the message"
            )
        return self._keep(replace(new, method=method, at=time.time()))

    def _delete(self, given: JsonObject) -> bool:
        message = self._found(given, "chat_id", "message to delete")
        self.keeper.keep(replace(message, method="deleteMessage", at=time.time()))
        del self.messages[message.chat_id, message.message_id]
        return True

    def _forward(self, given: JsonObject) -> JsonObject:
        chat_id = self._chat(given.get("chat_id"))["id"]
        source = self._found(given, "from_chat_id", "message to forward")
        number, origin = self._new_id(chat_id), source.message_id
        copy = replace(source, message_id=number, chat_id=chat_id, method="forwardMessage", forward_of=origin)
        shown = self._keep(replace(copy, reply_to=None, reply_markup=None, at=time.time()))
        chat = self._chat(source.chat_id)
        return shown | {
            "forward_origin": {"type": "channel", "chat": chat, "message_id": origin, "date": int(source.at)}
        }

    def _shown(self, message: KeptMessage) -> JsonObject:
        chat = self._chat(message.chat_id)
        shown: JsonObject = {"message_id": message.message_id, "sender_chat": chat, "chat": chat}
        words = "caption" if message.photo else "text"
        shown |= {"date": int(message.at), words: message.text}
        if message.photo:
            shown["photo"] = [{"file_id": message.photo, "file_unique_id": message.photo, "width": 90, "height": 60}]
        if message.method.startswith("editMessage"):
            shown["edit_date"] = int(message.at)
        answered = self.messages.get((message.chat_id, message.reply_to or 0))
        if answered:
            shown["reply_to_message"] = self._shown(replace(answered, reply_to=None))
        entities = "caption_entities" if message.photo else "entities"
        extra = {entities: message.entities, "link_preview_options": message.link_preview}
        if "inline_keyboard" in (message.reply_markup or {}):  # no other kind is shown
            extra["reply_markup"] = message.reply_markup
        return shown | {name: value for name, value in extra.items() if value}
