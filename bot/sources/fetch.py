"""The only reader of what others serve over HTTP: one conditional GET with a time-out and a limit of size."""

from dataclasses import dataclass
from datetime import timedelta

import requests
import urllib3

from bot import __version__
from bot.domain.errors import SourceError

MOST_BYTES = 10 * 1024 * 1024  # after decompression
HEADERS = {"User-Agent": f"nashir/{__version__}", "Accept-Encoding": "gzip, deflate"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a server gave; `content` is None where nothing has changed."""

    content: bytes | None
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""


def get(url: str, *, etag: str, last_modified: str, timeout: timedelta, accept: str) -> Answer:
    """Read an address; validators go back as they came (RFC 9110, 13.1). Raises SourceError."""
    headers = HEADERS | {"Accept": accept}
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    seconds = timeout.total_seconds()
    try:
        with requests.get(url, headers=headers, timeout=(min(seconds, 10), seconds), stream=True) as response:
            if response.status_code == 304:
                return Answer(content=None, etag=etag, last_modified=last_modified)
            if response.status_code != 200:
                raise SourceError(
                    f"{url} answers {response.status_code} {response.reason}; it is tried again later.",
                    f"يجيب {url} بالرمز {response.status_code}؛ يعاد لاحقا.",
                )
            return Answer(
                content=_body(url, response),
                content_type=response.headers.get("Content-Type", ""),
                etag=response.headers.get("ETag", ""),
                last_modified=response.headers.get("Last-Modified", ""),
            )
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        reason = _reason(error)
        raise SourceError(
            f"{url} cannot be read: {reason}; it is tried again later.", f"تعذرت قراءة {url}: {reason}؛ يعاد لاحقا."
        ) from None


def _body(url: str, response: requests.Response) -> bytes:
    parts, size = [], 0
    for part in response.iter_content(65536):
        size += len(part)
        if size > MOST_BYTES:
            raise SourceError(
                f"{url} gives more than {MOST_BYTES // 1024 // 1024} MB; it is not read.",
                f"يعطي {url} أكثر من {MOST_BYTES // 1024 // 1024} ميغابايت؛ لن يُقرأ.",
            )
        parts.append(part)
    return b"".join(parts)


def _reason(error: Exception) -> str:
    if isinstance(error, requests.ConnectTimeout | requests.ReadTimeout | urllib3.exceptions.TimeoutError):
        return "no answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not valid"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return type(error).__name__
