"""The only reader of what others serve over HTTP: no forbidden address, bounded in time, in size and in redirects.

The address is judged after DNS and is the one that is called, at the first request and at each redirect, so that no
name can point elsewhere in between. The time-out holds for the whole of a read, however slowly it trickles.
"""

import email.utils
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from bot import __version__
from bot.domain.errors import SourceError
from bot.net import addresses
from bot.net.connections import BadHandshake, Deadline, JudgedAdapter
from bot.text.links import shown

MOST_BYTES = 10 * 1024 * 1024  # after decompression
MOST_REDIRECTS = 5
HEADERS = {"User-Agent": f"nashir/{__version__}", "Accept-Encoding": "gzip, deflate"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a server gave; `content` is None where nothing has changed (304)."""

    content: bytes | None
    url: str  # where it stood in the end
    moved_to: str = ""  # the new address, where every redirect on the way was a permanent one (301, 308)
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    links: str = ""  # the header Link


class Forbidden(SourceError):
    """The address is of a kind that is never called."""


class Private(Forbidden):
    """The address is a private one, and those who ask may call none."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} is a private address and is not called.", f"{host} عنوان داخلي لا يُتصل به.")


@contextmanager
def private_where(en: str, ar: str) -> Iterator[None]:
    """What is done within says of a private address also where it may be allowed."""
    try:
        yield
    except Private as error:
        raise Forbidden(f"{error.say.en} If it is one of your own: {en}", f"{error.say.ar} فإن كان لك: {ar}") from None


def get(
    url: str,
    *,
    timeout: timedelta,
    accept: str,
    allow_private: bool = False,
    etag: str = "",
    last_modified: str = "",
) -> Answer:
    """Read an address; validators go back as they came (RFC 9110, 13.1). Raises SourceError, Forbidden.

    `timeout` is for all of it, redirects included. 410 and 404 set the error's `gone`; 429 and 503 its `after`.
    """
    validators = {"If-None-Match": etag, "If-Modified-Since": last_modified}
    headers = HEADERS | {"Accept": accept} | {key: value for key, value in validators.items() if value}
    with _reading(url, timeout, allow_private) as session:
        permanent, at = True, url
        for _ in range(MOST_REDIRECTS + 1):
            check(at, allow_private=allow_private)
            response = session.ask("GET", at, headers=headers)
            if response.is_redirect:
                permanent = permanent and response.is_permanent_redirect
                at = urljoin(at, _as_written(response.headers["Location"]))
                response.close()
                session.leave()
                continue
            moved = at if permanent and at != url else ""
            if response.status_code == 304:
                return Answer(content=None, url=at, moved_to=moved, etag=etag, last_modified=last_modified)
            if response.status_code != 200:
                raise refusal(url, response)
            return Answer(
                content=_body(url, response, session.deadline.expired),
                url=at,
                moved_to=moved,
                content_type=response.headers.get("Content-Type", ""),
                etag=response.headers.get("ETag", ""),
                last_modified=response.headers.get("Last-Modified", ""),
                links=response.headers.get("Link", ""),
            )
    raise SourceError(
        f"{shown(url)} redirects more than {MOST_REDIRECTS} times; it is not followed further.",
        f"يحيل {shown(url)} أكثر من {MOST_REDIRECTS} مرات؛ لا يُتابع أكثر.",
    )


def hub_links(answer: Answer) -> tuple[str, str]:
    """The hub and the topic that the header Link names (WebSub, 4)."""
    found: dict[str, str] = {}
    for link in requests.utils.parse_header_links(answer.links):
        for rel in str(link.get("rel", "")).split():
            found.setdefault(rel, urljoin(answer.url, link["url"]))
    return found.get("hub", ""), found.get("self", "")


def post(url: str, form: Mapping[str, str], *, timeout: timedelta, allow_private: bool = False) -> int:
    """Send a form and return the status of the answer; redirects are not followed. Raises SourceError, Forbidden."""
    with _reading(url, timeout, allow_private) as session:
        check(url, allow_private=allow_private)
        response = session.ask("POST", url, data=form, headers=HEADERS)
        if not response.ok:
            raise refusal(url, response)
        return response.status_code


def deliver(
    url: str, body: bytes, headers: Mapping[str, str], *, timeout: timedelta, allow_private: bool = False
) -> int:
    """Send a body; the status of whatever answer, redirects not followed. Raises SourceError, Forbidden."""
    with _reading(url, timeout, allow_private) as session:
        check(url, allow_private=allow_private)
        return session.ask("POST", url, data=body, headers={**HEADERS, **headers}).status_code


def check(url: str, *, allow_private: bool) -> None:
    """Raises Forbidden where an address is not http(s) or is a private one by its very letters."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
        raise Forbidden(
            f"{shown(url[:200])} is no http(s) address that may be read.",
            f"{shown(url[:200])} ليس عنوان http(s) تجوز قراءته.",
        )
    try:
        literal = addresses.is_public(host)
    except ValueError:
        return  # a name: judged after DNS
    if not literal and not allow_private:
        raise Private(host)


def refusal(url: str, response: requests.Response) -> SourceError:
    """What an HTTP status means for a source."""
    code = response.status_code
    if code in (404, 410):
        return SourceError(
            f"{shown(url)} answers {code}: nothing is there any more; check the address.",
            f"يجيب {shown(url)} بالرمز {code}: لم يعد هناك شيء؛ تحقق من العنوان.",
            gone=code == 410,
        )
    if code in (429, 503):
        return SourceError(
            f"{shown(url)} answers {code}: it asks to be left alone for a while; it is tried again later.",
            f"يجيب {shown(url)} بالرمز {code}: يطلب مهلة؛ ستُعاد القراءة لاحقا.",
            after=_retry_after(response.headers.get("Retry-After", "")),
        )
    if code in (401, 403):
        return SourceError(
            f"{shown(url)} answers {code}: it does not let us read; check the address or ask its owner.",
            f"يجيب {shown(url)} بالرمز {code}: لا يسمح بالقراءة؛ تحقق من العنوان أو اسأل صاحبه.",
        )
    return SourceError(
        f"{shown(url)} answers {code} {response.reason}; it is tried again later.",
        f"يجيب {shown(url)} بالرمز {code}؛ ستُعاد القراءة لاحقا.",
    )


def _retry_after(value: str) -> timedelta | None:
    """Seconds or a date (RFC 9110, 10.2.3)."""
    if value.strip().isdigit():
        return timedelta(seconds=min(int(value), 30 * 86400))
    try:
        moment = email.utils.parsedate_to_datetime(value)
        return max(moment - datetime.now(UTC), timedelta(0))
    except (ValueError, TypeError):
        return None


class _Session(requests.Session):
    """One read: its own connections, no proxy of the environment, an end to its time."""

    def __init__(self, timeout: timedelta, allow_private: bool) -> None:
        super().__init__()
        self.trust_env = False  # a proxy would resolve names in our place, past the judging of addresses
        self._seconds = timeout.total_seconds()
        self.deadline = Deadline(self._seconds)

        def judge(host: str, found: Sequence[str]) -> None:
            if not allow_private and not all(map(addresses.is_public, found)):
                raise Private(host)

        self._adapter = JudgedAdapter(judge, self.deadline.watch)
        self.mount("http://", self._adapter)
        self.mount("https://", self._adapter)

    def ask(self, method: str, url: str, **options: Any) -> requests.Response:
        """One request; its body is not read yet, a redirect not followed."""
        patience = (min(self._seconds, 10), self._seconds)
        return self.request(method, url, timeout=patience, stream=True, allow_redirects=False, **options)

    def leave(self) -> None:
        """Use no connection again: one that its server closes meanwhile would break the next request."""
        self._adapter.close()

    def close(self) -> None:
        self.deadline.cancel()
        super().close()


def _as_written(location: str) -> str:
    """A header's text as the server wrote it: often raw UTF-8, which HTTP's library reads as Latin-1."""
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return location


@contextmanager
def _reading(url: str, timeout: timedelta, allow_private: bool) -> Iterator[_Session]:
    """A session whose failures are a SourceError with a reason."""
    session = _Session(timeout, allow_private)
    try:
        yield session
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, UnicodeError, ValueError) as error:
        if session.deadline.expired.is_set():
            en, ar = "no whole answer in time", "لم يصل الجواب كاملا في وقته"
        else:
            en, ar = _reason(error)
        raise SourceError(
            f"{shown(url)} cannot be read: {en}; it is tried again later.",
            f"تعذرت قراءة {shown(url)}: {ar}؛ ستُعاد القراءة لاحقا.",
        ) from None
    finally:
        session.close()


def _body(url: str, response: requests.Response, expired: threading.Event) -> bytes:
    parts, size = [], 0
    for part in response.iter_content(65536):
        size += len(part)
        if size > MOST_BYTES:
            raise SourceError(
                f"{shown(url)} gives more than {MOST_BYTES // 1024 // 1024} MB; it is not read.",
                f"يعطي {shown(url)} أكثر من {MOST_BYTES // 1024 // 1024} ميغابايت؛ لن يُقرأ.",
            )
        parts.append(part)
    if expired.is_set():  # the connection was ended by us: what came is not the whole
        raise requests.Timeout
    return b"".join(parts)


def _reason(error: Exception) -> tuple[str, str]:
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
        return "no answer in time", "لا جواب في الوقت"
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    if isinstance(reason, BadHandshake):
        return "its certificate is not valid, or it speaks no TLS", "شهادته غير صالحة أو لا يستعمل TLS"
    if isinstance(reason, urllib3.exceptions.NameResolutionError):
        return "there is no such host", "لا مضيف بهذا الاسم"
    if isinstance(error, requests.ConnectionError | OSError):
        return "no connection", "لا اتصال"
    return type(error).__name__, type(error).__name__
