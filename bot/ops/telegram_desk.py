"""Whether the desk in Telegram can work: its token, where its updates go, and who is paired."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import requests

from bot.domain.person import Person, Role
from bot.ops.doctor import Finding, bad, doubt, well

ABOUT = "telegram desk"
TIMEOUT = 5.0  # seconds of each call


@dataclass(frozen=True, kw_only=True)
class DeskCheck:
    """Looks at the desk's bot with two calls that change nothing (core.telegram.org/bots/api#getwebhookinfo)."""

    token: str = field(repr=False)
    token_env: str
    api_base: str
    webhook: bool  # Telegram calls us; else we ask it
    public_url: str
    wanted: bool  # the settings speak of such a desk
    people: Sequence[Person]

    def look(self) -> Iterator[Finding]:
        """What is wrong with it; nothing where nobody wants one. Raises nothing."""
        if not self.token:
            if self.wanted:
                yield bad(
                    ABOUT,
                    f"The variable {self.token_env} is not set: put the token of the desk's bot there.",
                    f"المتغير {self.token_env} غير مضبوط فلا مكتب في تلغرام. ضع فيه رمز بوته.",
                )
            return
        me = self._ask("getMe")
        if isinstance(me, Finding):
            yield me
            return
        yield well(ABOUT, f"Its bot is @{me.get('username', '')}.", f"بوته @{me.get('username', '')}.")
        yield from self._updates()
        if not any(p.telegram_id and not p.disabled and p.role > Role.READER for p in self.people):
            yield doubt(
                ABOUT,
                "No editor is paired, so nobody can decide there: take a code with `nashir desk pair LOGIN`.",
                "لم يُقرن به محرر، فلا أحد يقرر فيه: خذ رمزا عبر `nashir desk pair LOGIN`.",
            )

    def _updates(self) -> Iterator[Finding]:
        """Whether what editors press comes here."""
        info = self._ask("getWebhookInfo")
        if isinstance(info, Finding):
            yield info
            return
        url = str(info.get("url") or "")
        ours = bool(self.public_url) and url.startswith(f"{self.public_url}/telegram/")
        if self.webhook and not self.public_url:
            yield bad(
                ABOUT,
                "Mode webhook needs `public_url` in newsroom.toml.",
                "الوضع webhook يحتاج `public_url` في newsroom.toml.",
            )
        elif self.webhook and not ours:
            yield doubt(
                ABOUT,
                "Telegram does not call this newsroom yet: `nashir run` tells it the address when it starts.",
                "لا ينادي تلغرام غرفتكم بعد: يعطيه `nashir run` العنوان حين يبدأ.",
            )
        elif not self.webhook and url:
            yield doubt(
                ABOUT,
                "Telegram sends what editors press to another address; `nashir run` takes that off when it starts. "
                "If it comes back, another program uses this bot: give the desk a bot of its own.",
                "يرسل تلغرام ضغطات المحررين إلى عنوان آخر؛ يزيله `nashir run` حين يبدأ. فإن عاد فبرنامج آخر يستعمل "
                "هذا البوت: اجعل للمكتب بوتا وحده.",
            )
        elif self.webhook and (why := str(info.get("last_error_message") or "")):
            yield bad(
                ABOUT,
                f"Telegram could not reach {self.public_url}: {why[:200]}",
                f"لم يصل تلغرام إلى {self.public_url}: {why[:200]}",
            )
        else:
            en, ar = ("by webhook", "بالمناداة") if self.webhook else ("by polling", "بالسؤال")
            yield well(ABOUT, f"It hears editors {en}.", f"يسمع المحررين {ar}.")

    def _ask(self, method: str) -> dict[str, Any] | Finding:
        """The answer's result, or what is wrong; the address holds the token and is never said."""
        try:
            answer = requests.get(f"{self.api_base}/bot{self.token}/{method}", timeout=TIMEOUT, allow_redirects=False)
            said = answer.json()
        except (requests.RequestException, ValueError) as error:
            name = type(error).__name__
            return bad(
                ABOUT,
                f"Telegram cannot be asked for it ({name}); check the network and `api_base`.",
                f"تعذر سؤال تلغرام عنه ({name})؛ تحقق من الشبكة ومن `api_base`.",
            )
        result = said.get("result") if isinstance(said, dict) else None
        if answer.status_code in (401, 404) or not isinstance(result, dict):
            return bad(
                ABOUT,
                f"Telegram refuses the token in {self.token_env} ({answer.status_code}); take it anew from @BotFather.",
                f"يرفض تلغرام الرمز في {self.token_env} ({answer.status_code})؛ خذه من جديد من BotFather.",
            )
        return result
