"""A backup brought back, and with it the newsroom's key: what is kept aside, which key holds, what is told of it."""

import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.config import private
from bot.config.secrets import ComingKey, Secrets, coming_key
from bot.domain.errors import Refused
from bot.domain.say import Say
from bot.store import copying, leftovers
from bot.store.copying import Progress, Settled
from bot.store.database import Database
from bot.store.leases import Holder

KEY_MISSING = Say(
    "The backup holds no key of the newsroom: set NASHIR_SECRET_KEY as it was there, or bring its var/secret.key, "
    "unless it is here already. Without it links in mails that are out lead nowhere.",
    "ليس في النسخة مفتاح غرفة الأخبار: اضبط NASHIR_SECRET_KEY كما كان هناك أو انقل ملفها var/secret.key إن لم يكن هنا، "
    "فمن دونه لا تعمل روابط الرسائل التي خرجت.",
)
KEY_OTHER = Say(
    "NASHIR_SECRET_KEY is set here and is not the key of the backup, which goes into var/secret.key: take the variable "
    "out, or links in mails that are out lead nowhere.",
    "NASHIR_SECRET_KEY مضبوط هنا وليس مفتاح النسخة، الذي يوضع في var/secret.key: احذف المتغير، "
    "وإلا لم تعمل روابط الرسائل التي خرجت.",
)


@dataclass(frozen=True, kw_only=True)
class Restoring:
    """Brings a backup into a newsroom at which nothing works."""

    database: Database
    holder: Holder
    secrets: Secrets
    var: Path
    now: datetime
    tell: Callable[[Say], None]
    progress: Callable[[], AbstractContextManager[Progress]]

    def restore(self, path: Path, sources: Sequence[str], *, replace: bool) -> Settled:
        """A backup into the empty database, or with `replace` in the place of what is there; raises Refused.

        The key is changed after the database is committed: killed between the two, the same once more ends it.
        """
        if copying.in_use(self.database, self.holder, self.now):
            raise Refused(
                "nashir is at work on this database: stop it first.", "ناشر يعمل على قاعدة البيانات هذه: أوقفه أولا."
            )
        self.holder.show_life()
        self._clear()
        coming: list[ComingKey] = []
        said: list[Say] = []

        def together(key: bytes | None) -> None:
            said.extend(self._told(key))
            coming.extend(filter(None, [coming_key(self.var, key, f"{self.now:%Y%m%dT%H%M%S}") if key else None]))

        try:
            with self.progress() as done:
                left = copying.restore(
                    path,
                    self.database,
                    sources,
                    self.now,
                    done,
                    replace=replace,
                    owner=self.holder.id,
                    first=lambda: self._keep_aside(replace=replace),
                    together=together,
                )
        except BaseException:
            for key in coming:
                key.leave()
            raise
        for each in (*said, *(_changed(key.aside) for key in coming if key.aside and KEY_OTHER not in said)):
            self.tell(each)
        for key in coming:
            key.hold()
        return left

    def _clear(self) -> None:
        """What restorations and upgrades that were killed left behind."""
        if self.database.file:
            for each in leftovers.of_the_dead(self.database.file, self.holder):
                shutil.rmtree(each) if each.is_dir() else each.unlink(missing_ok=True)
        for each in leftovers.of_keys(self.var):
            each.unlink(missing_ok=True)

    def _told(self, key: bytes | None) -> list[Say]:
        """What a person has to do about the key, where links in mails that are out would not go on else."""
        given = self.secrets.get("NASHIR_SECRET_KEY")
        if key is None:
            return [] if given else [KEY_MISSING]
        return [KEY_OTHER] if key and given and given.encode() != key else []

    def _keep_aside(self, *, replace: bool) -> None:
        """What is about to be replaced is kept in a file first: beside a SQLite file, else in var/."""
        if not copying.is_used(self.database):
            return
        if not replace:
            raise Refused(
                f"The database {self.database.name} is not empty; with --replace the backup takes its place, and what "
                "is there is kept in a file beside it.",
                f"قاعدة البيانات {self.database.name} ليست فارغة؛ بالخيار --replace تحل النسخة محلها ويُحفظ ما فيها "
                "في ملف بجانبها.",
            )
        beside = self.database.file or self.var / "nashir.db"
        private.folder(beside.parent)
        aside = beside.with_name(f"{beside.name}.before-{self.now:%Y%m%dT%H%M%S}")
        with self.progress() as done:
            copying.backup(self.database, aside, done, self.secrets.kept_key(self.var))
        self.tell(Say(f"What was there is kept in {aside}.", f"ما كان هناك محفوظ في {aside}."))


def _changed(aside: Path) -> Say:
    return Say(
        f"The newsroom's key is that of the backup now, so that links in its mails go on; the one that was here is "
        f"kept in {aside}, and links that were made with it lead nowhere.",
        f"صار مفتاح غرفة الأخبار مفتاح النسخة لتبقى روابط رسائلها صالحة؛ والمفتاح الذي كان هنا محفوظ في {aside}، "
        "وروابطه لم تعد صالحة.",
    )
