"""`channels connect`: leads through one service step by step, tries without posting, writes settings and secrets."""

import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import typer
from pydantic import ValidationError

from bot.app import build
from bot.channels import CHANNELS
from bot.channels.telegram import TelegramChannel
from bot.cli import show
from bot.cli.language import t
from bot.config import PACKAGED
from bot.config.editing import set_channel, set_secrets
from bot.config.schema import SERVICES, ChannelTable, EmailTable, TelegramTable, XTable, channel_secrets, plain
from bot.config.wanted import wanted
from bot.domain.errors import Mistyped, Refused, RetryLater

T = TypeVar("T")

PATIENCE = 180  # seconds that a new chat is waited for
PORTS = {"none": 25, "starttls": 587, "implicit": 465}

Answers = tuple[dict[str, Any], dict[str, str]]  # keys of the channel, and secrets by their variable


def connect(service: str, name: str) -> None:
    """Ask, try, write; raises BotError where the account does not answer."""
    if service and service not in SERVICES:
        known = ", ".join(SERVICES)
        raise Mistyped(f"{service}: it is one of {known}.", f"{service}: هو واحد من {known}.")
    app = build()
    try:
        folder, env_file = app.config.folder, app.config.secrets.file
        tables = {table.name: table for table in app.config.channel_tables}
        if folder.resolve() == (PACKAGED / "config").resolve() and not (Path("config") / "channels.toml").exists():
            raise Refused(
                "There is no config/ here to write into: run `nashir init` first.",
                "لا مجلد config/ هنا للكتابة فيه: نفّذ `nashir init` أولا.",
            )
        service = service or _chosen(t("Which service?", "أي خدمة؟"), list(SERVICES))
        name = name or next((each for each, table in tables.items() if table.service == service), service)
        if name in tables and tables[name].service != service:
            raise Refused(
                f"Channel {name} is of service {tables[name].service}; name another with --name.",
                f"القناة {name} من خدمة {tables[name].service}؛ اختر اسما آخر بالخيار --name.",
            )
        table = tables.get(name) or _new(service, name, tables.values())
        values, secrets = _reached(lambda: STEPS[service](table))
        values |= {key: variable for key, variable in channel_secrets(table).items() if name not in tables}
        if service == "email":
            _reached(lambda: _try(table, values, secrets, app.now))
        assert env_file is not None  # noqa: S101 - load always names one
        set_secrets(env_file, secrets)
        live = typer.confirm(t("Go live from now on?", "هل تُفعّل القناة من الآن؟"), default=table.live)
        set_channel(folder, name, {"service": service, **values, "live": live})
    finally:
        app.close()
    show.line(
        t(
            f"Written: channel {name} in {folder / 'channels.toml'}, its keys in {env_file} (mode 600). "
            + (
                "From now on its posts go out for real."
                if live
                else "It goes to the preview; live = true makes it real."
            ),
            f"كُتبت القناة {name} في {folder / 'channels.toml'} ومفاتيحها في {env_file} (الصلاحية 600). "
            + ("من الآن تخرج منشوراتها حقا." if live else "تذهب إلى المعاينة."),
        )
    )


def _reached(step: Callable[[], T]) -> T:
    """A step; where its service could not be reached nothing was written, and that is said. Raises BotError."""
    try:
        return step()
    except RetryLater:
        raise Refused(
            "The service cannot be reached; nothing was written. Check the network of this machine and try again.",
            "تعذر الوصول إلى الخدمة ولم يُكتب شيء. تأكد من اتصال الجهاز بالشبكة ثم أعد المحاولة.",
        ) from None


def _new(service: str, name: str, others: Iterable[ChannelTable]) -> ChannelTable:
    """A channel that is not in the settings yet; its secrets have names of their own where the usual ones are taken."""
    table = _checked(SERVICES[service], {"name": name, "service": service})
    taken = {variable for other in others if other.service == service for variable in channel_secrets(other).values()}
    keys = [key for key in type(table).model_fields if key.endswith("_env")]
    if not taken & {getattr(table, key) for key in keys}:
        return table
    suffix = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_") or "2"
    while any(f"{getattr(table, key)}_{suffix}" in taken for key in keys):
        suffix += "_2"
    return table.model_copy(update={key: f"{getattr(table, key)}_{suffix}" for key in keys})


def _checked(model: type[ChannelTable], values: dict[str, Any]) -> ChannelTable:
    """The channel of these settings; raises Mistyped for the first that is wrong."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        fault = error.errors()[0]
        this, key = wanted(fault), fault["loc"][0]
        raise Mistyped(f"{key}: this takes {this.en}.", f"{key}: المطلوب {this.ar}.") from None


def _telegram(table: ChannelTable) -> Answers:
    assert isinstance(table, TelegramTable)  # noqa: S101 - of the table STEPS
    show.line(
        t(
            "1. In Telegram write to @BotFather, send /newbot, and copy the token.",
            "1. في تلغرام راسل @BotFather وأرسل /newbot وانسخ الرمز.",
        )
    )
    token = _secret(t("Token", "الرمز"))
    bot = TelegramChannel(token=token, chat="0", api_base=table.api_base, timeout=table.timeout)
    try:
        username = bot.whoami()
        show.line(t(f"   The bot is @{username}.", f"   البوت هو @{username}."))
        show.line(
            t(
                f"2. Add @{username} to your channel as an administrator who may post; then write any message there.",
                f"2. أضف @{username} إلى قناتك مشرفا له حق النشر، ثم اكتب فيها أي رسالة.",
            )
        )
        chat = _found_chat(bot)
    finally:
        bot.close()
    tried = TelegramChannel(token=token, chat=chat, api_base=table.api_base, timeout=table.timeout)
    try:
        _said(tried.check())
    finally:
        tried.close()
    return {"account": chat}, {table.token_env: token}


def _found_chat(bot: TelegramChannel) -> str:
    """The chat that the bot hears of, confirmed; or one that is typed in."""
    show.line(t("   Waiting for it (Ctrl-C ends) ...", "   في الانتظار (Ctrl-C للإنهاء) ..."))
    until = time.monotonic() + PATIENCE
    refused: set[str] = set()
    while time.monotonic() < until:
        for chat, title in bot.chats_heard_of(seconds=5):
            if chat not in refused and typer.confirm(t(f"   Is it “{title}”?", f"   هل هي «{title}»؟"), default=True):
                return chat
            refused.add(chat)
    return str(typer.prompt(t("   Nothing came. The chat's @name or id", "   لم يصل شيء. @الاسم أو رقم المحادثة")))


def _x(table: ChannelTable) -> Answers:
    assert isinstance(table, XTable)  # noqa: S101  # of the table STEPS
    show.line(
        t(
            "In the developer portal give the app the rights Read and write, THEN make the access token.",
            "في بوابة المطورين امنح التطبيق صلاحية القراءة والكتابة ثم أنشئ رمز الوصول.",
        )
    )
    names = [table.api_key_env, table.api_secret_env, table.access_token_env, table.access_secret_env]
    secrets = {name: _secret(name) for name in names}
    account = _try(table, {"account": ""}, secrets, None)
    return {"account": account}, secrets


def _email(table: ChannelTable) -> Answers:
    assert isinstance(table, EmailTable)  # noqa: S101  # of the table STEPS
    values: dict[str, Any] = {}

    def ask(key: str, label: str, **options: Any) -> None:
        """One answer, asked again until it may stand there."""
        while True:
            given = typer.prompt(label, **options)
            try:
                _checked(EmailTable, plain(table) | values | {key: given})
            except Mistyped as error:
                show.warn(error.say)
                continue
            values[key] = given
            return

    ask("from", t("From, such as News <news@example.org>", "المرسل، مثل News <news@example.org>"))
    ask("to", t("To: one address, such as that of a list", "إلى: عنوان واحد، كعنوان قائمة"))
    ask("host", t("Mail server", "خادم البريد"))
    values["tls"] = _chosen(t("Encryption", "التشفير"), ["starttls", "implicit", "none"])
    ask("port", t("Port", "المنفذ"), default=PORTS[values["tls"]], type=int)
    ask("user", t("User (empty: no sign-in)", "المستخدم (فارغ: بلا دخول)"), default="", show_default=False)
    return values, {table.password_env: _secret(t("Password", "كلمة السر"))} if values["user"] else {}


def _try(table: ChannelTable, values: dict[str, Any], secrets: dict[str, str], now: Any) -> str:
    """Check the account as it will be; its name. Raises BotError."""
    wanted = _checked(type(table), plain(table) | values)
    adapter = CHANNELS[table.service](wanted, lambda name: secrets.get(name, ""), now)
    try:
        return _said(adapter.check())
    finally:
        adapter.close()


def _said(account: Any) -> str:
    show.line(t(f"✓ The account is {account.name}.", f"✓ الحساب {account.name}."))
    for say in filter(None, (account.note, account.hint)):
        show.line(f"! {t(say.en, say.ar)}")
    return str(account.name)


def _secret(label: str) -> str:
    while not (value := str(typer.prompt(label, hide_input=True, default="", show_default=False)).strip()):
        show.line(t("It cannot be empty.", "لا يمكن أن يكون فارغا."))
    return value


def _chosen(label: str, known: list[str]) -> str:
    while (value := str(typer.prompt(f"{label} ({', '.join(known)})", default=known[0]))) not in known:
        show.line(t(f"One of {', '.join(known)}.", f"واحد من {', '.join(known)}."))
    return value


STEPS: dict[str, Callable[[ChannelTable], Answers]] = {"telegram": _telegram, "x": _x, "email": _email}
