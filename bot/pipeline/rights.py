"""Which role each act takes; what a role may, those above it may, too."""

from bot.domain.person import Role

RIGHTS: dict[str, Role] = {
    "hold": Role.EDITOR,
    "release": Role.EDITOR,
    "send_now": Role.EDITOR,
    "cancel": Role.EDITOR,
    "retry": Role.EDITOR,
    "settle": Role.EDITOR,
    "enough": Role.EDITOR,
    "edit": Role.EDITOR,
    "schedule": Role.EDITOR,
    "urgent": Role.EDITOR,
    "publish": Role.EDITOR,
    "retract": Role.EDITOR,
    "correct": Role.EDITOR,
    "pause": Role.EDITOR,
    "resume": Role.EDITOR,
    "stop_all": Role.EDITOR,
    "start_all": Role.EDITOR,
    "test": Role.CHIEF,
    "configure": Role.CHIEF,
    "readers": Role.CHIEF,  # whole lists: they come in and go out
    "reader": Role.EDITOR,  # one address: added, or kept from mail
    "send_edition": Role.CHIEF,
    "erase": Role.OWNER,
    "lift": Role.OWNER,  # a suppression
    "people": Role.OWNER,
    "tokens": Role.OWNER,
}
