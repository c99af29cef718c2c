"""The desk's words: states, acts and doors as the newsroom writes them."""

from functools import lru_cache

from markupsafe import Markup, escape

from bot.domain.delivery import STATES, State

ACTS = {
    "hold": ("أوقف", "held"),
    "release": ("وافق", "approved"),
    "send_now": ("أرسل في الحال", "sent at once"),
    "cancel": ("تجاوز", "skipped"),
    "retry": ("أعاد المحاولة", "tried again"),
    "not_sent": ("قال إنه لم يخرج", "said: not out"),
    "said_out": ("قال إنه خرج", "said: out"),
    "enough": ("اكتفى بما خرج", "left it at what is out"),
    "edit": ("حرّر", "edited"),
    "edit_late": ("كتب ولم يُحفظ: سبقه غيره", "wrote; another was quicker"),
    "rewrite": ("كتب نسخة جديدة من المادة", "wrote a new version of the article"),
    "schedule": ("نقل الموعد", "moved"),
    "urgent": ("غيّر العاجل", "changed urgency"),
    "publish": ("نشر", "published"),
    "prepare": ("أعد منشورا", "prepared a post"),
    "send_edition": ("أرسل العدد", "sent the edition"),
    "test_edition": ("أرسل تجربة من العدد", "sent a test of the edition"),
    "make_edition": ("أعد عددا", "made an edition"),
    "reader": ("غيّر اشتراكا", "changed a subscription"),
    "readers_in": ("استورد مشتركين", "imported subscribers"),
    "readers_out": ("صدّر المشتركين", "exported subscribers"),
    "erase": ("محا مشتركا", "erased a subscriber"),
    "lift": ("رفع الحجب", "lifted a suppression"),
    "retract": ("سحب", "retracted"),
    "correct": ("صحّح", "corrected"),
    "pause": ("أوقف قناة", "paused a channel"),
    "resume": ("أعاد تشغيل قناة", "resumed a channel"),
    "stop_all": ("أوقف الإرسال كله", "stopped all"),
    "start_all": ("أعاد الإرسال", "started all"),
    "configure": ("غيّر إعدادا", "changed a setting"),
    "people": ("غيّر حسابا", "changed an account"),
    "sign_in": ("دخل", "signed in"),
    "pair": ("قرن تلغرام", "paired Telegram"),
    "test": ("فحص قناة", "checked a channel"),
    "test_send": ("أرسل رسالة اختبار", "sent a test"),
    "test_sent": ("خرجت رسالة الاختبار", "the test is out"),
    "test_failed": ("لم تخرج رسالة الاختبار", "the test failed"),
    "source_pause": ("أوقف مصدرا", "paused a source"),
    "source_resume": ("أعاد قراءة مصدر", "resumed a source"),
    "tags": ("غيّر الوسوم", "changed tags"),
    "tag_ban": ("حظر وسما", "banned a tag"),
    "tag_allow": ("رفع حظر وسم", "lifted a tag's ban"),
    "mode": ("غيّر الشكل", "changed the form"),
    "keep": ("أبقاه موقوفا", "kept it held"),
    "user_add": ("أضاف حسابا", "added an account"),
    "user_role": ("غيّر دورا", "changed a role"),
    "user_password": ("غيّر كلمة مرور", "changed a password"),
    "user_disable": ("أغلق حسابا", "closed an account"),
    "user_enable": ("فتح حسابا", "opened an account"),
    "token_add": ("أضاف رمزا", "added a token"),
    "token_revoke": ("أبطل رمزا", "revoked a token"),
    "webhook_add": ("أضاف خطافا", "added a webhook"),
    "webhook_remove": ("أزال خطافا", "removed a webhook"),
}

OF_AN_EDITION = {  # where the same act is called by another name
    "hold": ("أوقف إلى أن يوافق محرر", "held"),
    "pause": ("أوقف مؤقتا", "paused"),
    "resume": ("استأنف", "resumed"),
    "cancel": ("ألغى", "stopped"),
}

MODES = {
    "thread": ("سلسلة", "thread"),
    "short": ("منشور واحد", "one post"),
    "long": ("منشور طويل، لحساب Premium", "one long post, for Premium"),
    "message": ("رسالة واحدة", "one message"),
    "expandable": ("رسالة تُطوى بقيتها", "one message, its rest folded"),
    "messages": ("عدة رسائل", "several messages"),
    "caption": ("صورة تحتها النص", "a picture with its text"),
    "rich": ("رسالة منسقة", "a rich message"),
}


def mode(name: str, language: str) -> str:
    """The form of a post."""
    pair = MODES.get(name, (name, name))
    return pair[0] if language == "ar" else pair[1]


SUBJECTS = {
    "article": ("مادة", "article"),
    "channel": ("قناة", "channel"),
    "delivery": ("إرسال", "delivery"),
    "edition": ("عدد", "edition"),
    "import": ("ملف مشتركين", "file of subscribers"),
    "newsletter": ("نشرة", "newsletter"),
    "person": ("حساب", "account"),
    "setting": ("إعداد", "setting"),
    "source": ("مصدر", "source"),
    "subscriber": ("مشترك", "subscriber"),
    "suppression": ("حجب", "suppression"),
    "tag": ("وسم", "tag"),
    "token": ("رمز", "token"),
    "webhook": ("خطاف", "webhook"),
}
DOORS = {
    "web": ("المكتب", "desk"),
    "cli": ("الأوامر", "command line"),
    "telegram": ("تلغرام", "Telegram"),
    "api": ("API", "API"),
}


def door(name: str, language: str) -> str:
    """By which door it came."""
    pair = DOORS.get(name, (name, name))
    return pair[0] if language == "ar" else pair[1]


def state(value: State, language: str) -> str:
    """A state in the reader's language."""
    return STATES[value] if language == "ar" else str(value)


def subject(value: str, language: str) -> str:
    """What somebody did it to: `person:7`, as the log keeps it, in words."""
    kind, _, name = value.partition(":")
    pair = SUBJECTS.get(kind)
    if pair is None:
        return value
    named = ("الكل" if language == "ar" else "all") if name == "*" else name
    return f"{pair[0] if language == 'ar' else pair[1]} {named}".rstrip()


def act(what: str, language: str, subject: str = "") -> str:
    """What somebody did, as it is said of what it was done to."""
    pair = ACTS.get(what, (what, what))
    if subject.startswith("edition:"):
        pair = OF_AN_EDITION.get(what, pair)
    return pair[0] if language == "ar" else pair[1]


@lru_cache(maxsize=256)
def icon(name: str, more: str = "") -> Markup:
    """A sign from the desk's own set, hidden from screen readers: a word always stands beside it."""
    shape = escape(name)
    drawn = f'<svg class="i {escape(more)}" aria-hidden="true"><use href="/static/icons.svg#{shape}"/></svg>'
    return Markup(drawn)  # noqa: S704 - both names are escaped
