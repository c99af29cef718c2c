"""What every route of the API goes through: its token and scope, the size of its body, and the caller's own key."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from bot.app import App
from bot.domain.person import Actor
from bot.domain.say import Say
from bot.domain.token import Token
from bot.web.api import faults
from bot.web.api.faults import Fault
from bot.web.machine import body_of

BEARER = "token"
MOST_BYTES = 4 * 1024 * 1024
LONGEST_KEY = 150
KEY = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
NO_TOKEN = Say("A token is needed: `Authorization: Bearer …`.", "يلزم رمز: `Authorization: Bearer …`.")
TOO_LARGE = Say("The body is too large.", "الجسم أكبر من اللازم.")
BAD_KEY = Say(f"{KEY} has 1 to {LONGEST_KEY} printable letters.", f"يتكون {KEY} من حرف إلى {LONGEST_KEY} حرفا.")
OTHER_REQUEST = Say(f"This {KEY} was used for another request.", f"استُعمل {KEY} هذا لطلب آخر.")
UNDER_WAY = Say("The same request is under way; ask again.", "الطلب نفسه قيد التنفيذ؛ أعد السؤال.")

_WHY = {
    400: "It is no JSON.",
    401: "No token, or a wrong one.",
    403: "The token does not allow it.",
    404: "There is no such thing.",
    409: "It must not be done now, or somebody changed it meanwhile.",
    413: "The body is too large.",
    422: "The request is not valid.",
    503: "The database is away.",
}
_Route = TypeVar("_Route", bound=Callable[..., Any])


def needs(scope: str) -> Callable[[_Route], _Route]:
    """Marks what a route takes; one that is not marked is open to all."""

    def mark(route: _Route) -> _Route:
        route.scope = scope  # type: ignore[attr-defined]  # read by Guarded
        return route

    return mark


def _actor(request: Request) -> Actor:
    token: Token = request.state.token
    return token.actor


def _key(idempotency_key: Annotated[str | None, Header(max_length=LONGEST_KEY)] = None) -> None:
    """Named here so that the OpenAPI page tells of it; Guarded reads it."""


By = Annotated[Actor, Depends(_actor)]
Once = Depends(_key)


class Guarded(APIRoute):
    """A route that checks its token before anything is read, and acts once for one key."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self.scope = getattr(endpoint, "scope", "")
        if self.scope:
            posts = "POST" in options["methods"]
            codes = [code for code in _WHY if posts or code not in (400, 409, 413)]
            known = {code: {"model": Fault, "description": _WHY[code]} for code in codes}
            options["responses"] = known | (options.get("responses") or {})
            options["openapi_extra"] = {"security": [{BEARER: [self.scope]}]}
            given = list(options.get("dependencies") or [])
            if posts and Once not in given:
                options["dependencies"] = [*given, Once]
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]  # an async function
        handle = super().get_route_handler()
        scope = self.scope

        async def guarded(request: Request) -> Response:
            if not scope:
                return await handle(request)
            app: App = request.app.state.app
            try:
                token = await run_in_threadpool(_token, app, request.headers.get("authorization", ""))
                if token is None:
                    return faults.answer(401, "no_token", NO_TOKEN, {"WWW-Authenticate": 'Bearer realm="nashir"'})
                if not token.allows(scope):
                    return _out_of_scope(scope)
                body = await body_of(request, MOST_BYTES)
                if body is None:
                    return faults.answer(413, "too_large", TOO_LARGE)
                request = Request(request.scope, _given(body))
                request.state.token = token
                return await _once(app, token, request, body, handle)
            except Exception as error:
                if known := faults.of(error, app.config.secrets.redact):
                    return known
                raise

        return guarded


def _token(app: App, authorization: str) -> Token | None:
    kind, _, secret = authorization.partition(" ")
    return app.access.tokens.of(secret.strip(), app.now()) if kind.lower() == "bearer" else None


def _out_of_scope(scope: str) -> Response:
    say = Say(f"The token lacks the scope {scope}.", f"ينقص الرمز الصلاحية {scope}.")
    header = {"WWW-Authenticate": f'Bearer realm="nashir", error="insufficient_scope", scope="{scope}"'}
    return faults.answer(403, "scope", say, header)


def _given(body: bytes) -> Callable[[], Awaitable[dict[str, Any]]]:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _once(
    app: App, token: Token, request: Request, body: bytes, handle: Callable[[Request], Awaitable[Response]]
) -> Response:
    """Carry the request out, or give the answer that it got before under the same key."""
    own = request.headers.get(KEY)
    if own is None or request.method != "POST":
        return await _answered(app, request, handle)
    if not (own.isascii() and own.isprintable() and 1 <= len(own) <= LONGEST_KEY):
        return faults.answer(422, "key", BAD_KEY)
    key = f"{token.id}:{own}"
    asked = f"{request.url.path}?{request.url.query}\n".encode() + body
    digest = hashlib.sha256(asked).hexdigest()
    known = await run_in_threadpool(app.access.answers.begin, key, digest, app.now())
    if known:
        if known.digest != digest:
            return faults.answer(422, "key_reused", OTHER_REQUEST)
        if not known.status:
            return faults.answer(409, "under_way", UNDER_WAY, {"Retry-After": "1"})
        return JSONResponse(known.answer, known.status, {REPLAYED: "true"})
    try:
        response = await _answered(app, request, handle)
        if response.status_code < 500:
            await run_in_threadpool(app.access.answers.end, key, response.status_code, json.loads(bytes(response.body)))
            return response
    except Exception:
        await run_in_threadpool(app.access.answers.forget, key)
        raise
    await run_in_threadpool(app.access.answers.forget, key)
    return response


async def _answered(app: App, request: Request, handle: Callable[[Request], Awaitable[Response]]) -> Response:
    try:
        return await handle(request)
    except Exception as error:
        if known := faults.of(error, app.config.secrets.redact):
            return known
        raise
