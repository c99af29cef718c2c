"""The library's own words in Arabic: help pages and what is said of a mistyped command."""

from typing import Any

from bot.domain.say import Say

HELP = {
    "Usage:": "الاستعمال:",
    "Options:": "الخيارات:",
    "Arguments:": "الوسائط:",
    "Commands:": "الأوامر:",
    "Show this message and exit.": "اعرض هذه المساعدة وانته.",
    "[default: ": "[المبدئي: ",
    "[required]": "[لازم]",
    "[OPTIONS]": "[خيارات]",
    " COMMAND [ARGS]...": " أمر [وسائط]...",
}
MORE = "المساعدة: الخيار --help."


def translate(command: Any) -> None:
    """Let a command and those below it give their help in Arabic."""
    english = command.get_help
    command.get_help = lambda context: _in_arabic(english(context))
    for each in getattr(command, "commands", {}).values():
        translate(each)


def said(error: Any) -> str:
    """What is wrong with the command line, as one sentence."""
    kind, param = type(error).__name__, getattr(error, "param", None)
    name = param.get_error_hint() if param is not None else ""
    name = name if isinstance(name, str) else " / ".join(name)
    near = ", ".join(getattr(error, "possibilities", None) or ())
    match kind:
        case "NoArgsIsHelpError":  # its message is the help
            return str(error.message)
        case "NoSuchOption":
            return f"لا خيار اسمه {error.option_name}" + (f"؛ هل تقصد {near}؟" if near else ".") + f" {MORE}"
        case "MissingParameter":
            return f"ينقص {name}. {MORE}"
        case "BadParameter":
            why = faulty(error)
            return f"القيمة المعطاة في {name} غير صالحة: {why.ar if why else error.message.rstrip('.')}. {MORE}"
        case "BadOptionUsage":
            return f"الخيار {error.option_name} يحتاج إلى قيمة، أو لا يأخذ قيمة. {MORE}"
        case _ if error.message.startswith("No such command"):
            given, _, hint = error.message.removeprefix("No such command ").partition("Did you mean ")
            asked = f" هل تقصد {hint.strip('? ')}؟" if hint else ""
            return f"لا أمر اسمه {given.strip(' .')}.{asked} {MORE}"
        case _ if error.message.startswith("Missing command"):
            return f"ينقص الأمر. {MORE}"
        case _:
            return f"كتابة الأمر غير صحيحة: {error.message} {MORE}"


def faulty(error: Any) -> Say | None:
    """What a value of the command line should be instead, where the library says it in the words of programmers."""
    from pydantic import ValidationError  # where something is wrong only: it takes its time to load

    from bot.config import wanted

    cause = error.__cause__
    if not isinstance(cause, ValidationError):
        return None
    (fault, *_) = cause.errors(include_url=False)
    why, given = wanted.said(fault), str(fault["input"])[:60]
    return Say(f"{why.en}, not {given!r}", f"{why.ar} لا {given!r}")


def _in_arabic(text: str) -> str:
    for english, arabic in HELP.items():
        text = text.replace(english, arabic)
    return text
