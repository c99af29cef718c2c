"""The API over real HTTP: rights, each route and action, keys against doubles, WordPress, hostile callers."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from schemathesis import checks
from schemathesis.specs.openapi import checks as conformance

from bot.app import App
from bot.domain.delivery import State
from bot.domain.person import COMMAND_LINE
from bot.domain.token import SCOPES
from bot.sources import pushed
from bot.web import application
from bot.web.api import guard
from bot.web.server import WebServer
from tests.conftest import Newsroom

TEXT = "قال المجلس إن أشغال المدينة القديمة ستنتهي قبل الصيف وإن الطريق الدائري سيفتح للسيارات في الشهر المقبل."
WP = {
    "id": 77,
    "date_gmt": "2026-11-24T08:59:00",
    "link": "https://news.example/2026/77",
    "status": "publish",
    "title": {"rendered": "افتتاح السوق &#8220;الجديد&#8221;"},
    "content": {"rendered": f"<p>{TEXT}</p><script>x()</script>", "protected": False},
    "tags": [4, 9],
    "_embedded": {
        "wp:term": [
            [{"taxonomy": "category", "name": "اقتصاد"}],
            [{"taxonomy": "post_tag", "name": "أسواق"}, {"taxonomy": "post_tag", "name": "المدينة"}],
        ],
        "author": [{"name": "ليلى"}],
        "wp:featuredmedia": [{"source_url": "https://news.example/77.jpg"}],
    },
}


class Api:
    """A newsroom's API, and a caller with every scope."""

    def __init__(self, app: App, *scopes: str) -> None:
        self.app = app
        self.server = WebServer(application(app), "127.0.0.1", 0)
        self.server.start()
        self.url = f"{self.server.address}/api/v1"
        self.secret = self.token(*(scopes or ("admin",)))

    def token(self, *scopes: str) -> str:
        secret, _ = self.app.access.tokens.make(COMMAND_LINE, "cms", scopes, self.app.now())
        return secret

    def ask(self, method: str, path: str, body: Any = None, *, token: str = "", **headers: str) -> requests.Response:
        given = {"Authorization": f"Bearer {token or self.secret}"} | headers
        return requests.request(method, self.url + path, json=body, headers=given, timeout=20)

    def get(self, path: str) -> Any:
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        answer = self.ask("POST", path, body, **headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    def act(self, id_: int, status: int = 200, **action: Any) -> Any:
        return self.post(f"/posts/{id_}/actions", action, status)

    def published(self, number: int, channel: str = "x") -> int:
        text = {"title": f"خبر {number} عن موضوع {'ابجدهوزحطي'[number]}", "body": f"نص {number}.", "guid": str(number)}
        made = self.post("/posts", {"text": text, "channels": [channel]}, 201)
        return int(made["posts"][0]["id"])


@pytest.fixture
def api(newsroom: Newsroom) -> Iterator[Callable[..., Api]]:
    made: list[Api] = []

    def make(*scopes: str) -> Api:
        made.append(Api(newsroom.app(), *scopes))
        return made[-1]

    yield make
    for each in made:
        each.server.stop()


def error(answer: requests.Response, status: int, code: str) -> dict[str, str]:
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "message_ar"}
    assert body["error"]["code"] == code
    return body["error"]  # type: ignore[no-any-return]  # JSON of our own shape


def test_every_route_but_health_takes_a_token_and_its_scope(api: Callable[..., Api]) -> None:
    at = api()
    page = requests.get(f"{at.url}/openapi.json", timeout=5).json()
    assert page["openapi"] == "3.1.0"
    assert "/healthz" not in page["paths"]
    walked = 0
    by_scope = {scope: at.token(scope) for scope in SCOPES}
    for path, methods in page["paths"].items():
        for method, about in methods.items():
            where = path.format(article_id="0123456789", post_id=1, name="x")
            if path == "/health":
                assert requests.get(at.url + where, timeout=5).json() == {"ready": True, "faults": []}
                assert "security" not in about
                continue
            walked += 1
            for headers in ({}, {"Authorization": "Bearer nashir_wrong"}, {"Authorization": "Basic eDp5"}):
                answer = requests.request(method, at.url + where, headers=headers, data=b"no json", timeout=5)
                error(answer, 401, "no_token")
                assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            ((needed,),) = [each["token"] for each in about["security"]]
            for scope, secret in by_scope.items():
                answer = requests.request(
                    method, at.url + where, headers={"Authorization": f"Bearer {secret}"}, data=b"no json", timeout=5
                )
                assert (answer.status_code == 403) is (scope not in (needed, "admin")), (path, scope, answer.text)
    assert walked == 12
    kept = at.app.access.tokens.kept.listing()
    assert all(secret not in str(kept) for secret in by_scope.values())
    at.app.access.tokens.revoke(COMMAND_LINE, kept[0].id, at.app.now())
    error(at.ask("GET", "/channels"), 401, "no_token")
    assert [act.what for act in at.app.acts.listing(limit=1)] == ["token_revoke"]


def test_an_article_that_is_brought_goes_as_one_of_a_feed(newsroom: Newsroom, api: Callable[..., Api]) -> None:
    at = api()
    given = {"title": "خبر", "body": f"<p>{TEXT}</p><p>وثانية.</p>", "url": "https://news.example/1?utm_source=a"}
    made = at.post("/articles", given | {"tags": ["المدينة"], "section": "محليات"}, 201)
    article = made["article"]
    assert (made["outcome"], article["body"], article["source"]) == ("new", f"{TEXT}\n\nوثانية.", "api")
    assert at.get(f"/articles/{article['id']}") == article
    assert at.post("/articles", given | {"tags": ["المدينة"], "section": "محليات"})["outcome"] == "known"
    newsroom.cycle(at.app)
    assert {(d.channel, d.state) for d in at.app.outbox.listing([], 50)} == {
        (name, State.SENT) for name in ("telegram", "x", "mail")
    }
    changed = at.post("/articles", given | {"title": "خبر محدث"})
    assert (changed["outcome"], changed["article"]["version"]) == ("changed", 2)
    newsroom.article("a.txt", f"خبر آخر\n\n{TEXT}\n\nوثانية.")
    newsroom.cycle(at.app)
    assert len(at.app.outbox.listing([], 50)) == 3, "the same words from a folder are the same article"
    taken = at.post("/articles", given | {"withdrawn": True})
    assert (taken["article"]["withdrawn"], taken["article"]["body"]) == (True, f"{TEXT}\n\nوثانية.")
    later = {"title": "محظور", "body": "نص مختلف تماما عن غيره.", "published_at": "2026-11-24T12:00:00+01:00"}
    held = at.post("/articles", later, 201)["article"]
    assert (held["published_at"], held["embargoed_until"]) == (None, "2026-11-24T11:00:00Z")
    for bad, status in (
        ({}, 422),
        ({"title": "ت", "url": "javascript:x"}, 422),
        ({"title": "ت", "embargoed_until": "9999-12-31T00:00:00Z"}, 422),
        ({"title": "ت", "published_at": "0001-01-01T00:00:00+10:00"}, 422),
        ({"title": "ت", "published_at": "2026-11-24"}, 422),
        ({"title": "ت", "unknown": 1}, 422),
        ({"guid": "nobody", "withdrawn": True}, 409),
    ):
        assert at.ask("POST", "/articles", bad).status_code == status, bad


def test_wordpress_brings_changes_and_takes_back(newsroom: Newsroom, api: Callable[..., Api]) -> None:
    at = api("articles:write", "posts:read")
    article = at.post("/articles/wordpress", WP, 201)["article"]
    assert (article["title"], article["body"]) == ("افتتاح السوق “الجديد”", TEXT)
    assert (article["tags"], article["section"], article["author"]) == (["أسواق", "المدينة"], "اقتصاد", "ليلى")
    assert (article["url"], article["image"]) == (WP["link"], "https://news.example/77.jpg")
    assert article["published_at"] == "2026-11-24T08:59:00Z"
    newsroom.cycle(at.app)
    assert len(at.app.outbox.listing([State.SENT], 50)) == 3
    trashed = at.post("/articles/wordpress", WP | {"status": "trash", "link": "https://news.example/?p=77"})
    assert trashed["article"]["withdrawn"]
    error(at.ask("POST", "/articles/wordpress", WP | {"id": 78, "status": "draft"}), 409, "refused")
    odd = {
        "id": 79,
        "title": {"rendered": 5},
        "content": "نص \ud800 هنا",
        "tags": [None, {}],
        "_embedded": {"author": 3},
    }
    assert at.ask("POST", "/articles/wordpress", odd).status_code == 201


def test_each_action_does_what_the_office_does(newsroom: Newsroom, api: Callable[..., Api]) -> None:
    at = api()
    first, second = at.published(1), at.published(2)
    assert at.act(first, action="hold")["state"] == "held"
    error(at.ask("POST", f"/posts/{first}/actions", {"action": "hold"}), 409, "refused")
    post = at.get(f"/posts/{first}")
    assert post["segments"][0]["text"]
    assert post["segments"][0]["length"] <= post["segments"][0]["limit"]
    edited = at.act(first, action="edit", edition=post["edition"], texts=["نص جديد بيد برنامج"])
    assert (edited["edition"], edited["edited_by"]) == (post["edition"] + 1, "cms")
    conflict = {"action": "edit", "edition": post["edition"], "texts": ["نص آخر"]}
    error(at.ask("POST", f"/posts/{first}/actions", conflict), 409, "conflict")
    error(at.ask("POST", f"/posts/{first}/actions", conflict | {"edition": 2, "texts": ["س" * 300]}), 422, "format")
    moved = at.act(first, action="schedule", edition=edited["edition"], at="2026-11-24T15:00:00+01:00")
    assert moved["due_at"] == "2026-11-24T14:00:00Z"
    for when in ("2026-11-24T08:00:00Z", "9999-12-31T00:00:00Z"):
        wrong = {"action": "schedule", "edition": moved["edition"], "at": when}
        error(at.ask("POST", f"/posts/{first}/actions", wrong), 409, "refused")
    assert at.act(first, action="urgent", edition=moved["edition"], on=True)["urgent"]
    released = at.act(first, action="release")
    assert (released["state"], released["approved_by"]) == ("queued", "cms")
    assert at.act(first, action="send_now")["due_at"] == "2026-11-24T09:00:00Z"
    assert at.act(second, action="cancel")["state"] == "cancelled"
    assert at.act(second, action="retry")["state"] == "queued"
    newsroom.cycle(at.app)
    sent = at.get(f"/posts/{first}")
    assert (sent["state"], sent["segments"][0]["state"]) == ("sent", "sent")
    assert sent["segments"][0]["remote_id"]
    again = at.ask("POST", "/posts", {"article": sent["article"], "channels": ["x"]})
    assert "out already" in error(again, 409, "refused")["message"]
    for refused in ("not_sent", "enough", "said_out"):
        error(at.ask("POST", f"/posts/{first}/actions", {"action": refused}), 409, "refused")
    at.act(first, action="retract")
    newsroom.cycle(at.app)
    assert at.get(f"/posts/{first}")["state"] == "retracted"
    acts = [
        act.what for act in reversed(at.app.acts.listing()) if act.door == "api" and act.subject.endswith(f":{first}")
    ]
    assert acts == "publish hold edit edit_late schedule urgent release send_now retract".split()
    error(at.ask("POST", "/posts/999/actions", {"action": "hold"}), 404, "not_found")
    error(at.ask("POST", f"/posts/{first}/actions", {"action": "explode"}), 422, "invalid")


def test_what_is_in_doubt_is_settled_by_word(newsroom: Newsroom, api: Callable[..., Api]) -> None:
    at = api()
    first, second = at.published(1), at.published(2)
    with at.app.database.write() as db:
        db.exec_driver_sql("UPDATE deliveries SET state = 'unsure'")
        db.exec_driver_sql("UPDATE segments SET state = 'sending'")
    at.act(first, action="said_out", remote_id="1234567890")
    out = at.get(f"/posts/{first}")
    assert (out["state"], out["segments"][0]["remote_id"]) == ("sent", "1234567890")
    assert at.act(second, action="not_sent")["state"] == "queued"


def test_posts_are_paged_and_filtered(newsroom: Newsroom, api: Callable[..., Api]) -> None:
    at = api()
    ids = [at.published(n, channel) for n in range(3) for channel in ("x", "telegram")]
    at.act(ids[0], action="hold")
    newsroom.clock.move(minutes=5)
    at.act(ids[1], action="hold")
    seen: list[int] = []
    cursor: int | None = None
    while True:
        page = at.get(f"/posts?limit=4{f'&cursor={cursor}' if cursor else ''}")
        seen += [post["id"] for post in page["posts"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == sorted(ids, reverse=True)
    assert [post["id"] for post in at.get("/posts?state=held")["posts"]] == [ids[1], ids[0]]
    assert [post["id"] for post in at.get("/posts?state=held&channel=x")["posts"]] == [ids[0]]
    assert [post["id"] for post in at.get("/posts?since=2026-11-24T09:01:00Z")["posts"]] == [ids[1]]
    assert at.get("/posts?section=none%00")["posts"] == []
    for wrong in ("state=gone", "limit=0", "limit=201", "cursor=x", "cursor=99999999999", "since=tomorrow"):
        error(at.ask("GET", f"/posts?{wrong}"), 422, "invalid")


def test_channels_are_paused_and_all_is_stopped(newsroom: Newsroom, api: Callable[..., Api]) -> None:
    newsroom.environ["SMTP_PASSWORD"] = "a-secret-nobody-sees"
    at = api()
    assert at.post("/channels/x/pause") == {"changed": True}
    assert at.post("/channels/x/pause") == {"changed": False}
    assert at.post("/stop-all") == {"changed": True}
    standing = at.get("/channels")
    assert standing["stopped"]["message_ar"] == "أوقف محرر الإرسال كله."
    assert [each["name"] for each in standing["channels"] if each["paused"]] == ["x"]
    assert "a-secret-nobody-sees" not in json.dumps(standing)
    assert at.post("/start-all") == {"changed": True}
    assert at.post("/channels/x/resume") == {"changed": True}
    error(at.ask("POST", "/channels/nobody/pause"), 404, "not_found")
    error(at.ask("POST", "/posts", {"article": "0123456789", "channels": ["nobody"]}), 404, "not_found")


def test_who_may_not_release_leaves_it_to_the_chief(newsroom: Newsroom, api: Callable[..., Api]) -> None:
    channels = newsroom.config / "channels.toml"
    text = channels.read_text("utf-8").replace('service = "x"', 'service = "x"\napproval = "chief"', 1)
    channels.write_text(text, "utf-8")
    at = api()
    editor = at.token("posts:write", "actions:write")
    body = {"text": {"title": "خبر", "body": "نص."}, "channels": ["x"]}
    id_ = at.ask("POST", "/posts", body, token=editor).json()["posts"][0]["id"]
    assert at.get(f"/posts/{id_}")["state"] == "held"
    error(at.ask("POST", f"/posts/{id_}/actions", {"action": "release"}, token=editor), 403, "not_allowed")
    assert at.act(id_, action="release")["approved_by"] == "cms"


def test_the_same_key_acts_once(api: Callable[..., Api]) -> None:
    at = api()
    body = {"text": {"title": "خبر", "body": "نص."}, "channels": ["x", "telegram"]}
    key = {guard.KEY: "order-1"}
    first = at.ask("POST", "/posts", body, **key)
    again = at.ask("POST", "/posts", body, **key)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert (guard.REPLAYED in first.headers, again.headers[guard.REPLAYED]) == (False, "true")
    error(at.ask("POST", "/posts", body | {"urgent": True}, **key), 422, "key_reused")
    error(at.ask("POST", "/posts", body, **{guard.KEY: "k" * 151}), 422, "key")
    other = at.ask("POST", "/posts", body, token=at.token("posts:write"), **key)
    assert guard.REPLAYED not in other.headers, "a key is its token's own"
    hold = f"/posts/{first.json()['posts'][0]['id']}/actions"
    at.post(hold, {"action": "hold"}, **{guard.KEY: "order-2"})
    at.post(hold, {"action": "hold"}, **{guard.KEY: "order-2"})
    refused = at.post(hold, {"action": "hold"}, 409, **{guard.KEY: "order-3"})
    at.post(hold, {"action": "release"})
    assert at.post(hold, {"action": "hold"}, 409, **{guard.KEY: "order-3"}) == refused


def test_of_many_at_once_with_one_key_exactly_one_acts(api: Callable[..., Api]) -> None:
    at = api()
    made = at.published(1)

    def hold(_: int) -> int:
        return at.ask("POST", f"/posts/{made}/actions", {"action": "hold"}, **{guard.KEY: "once"}).status_code

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(hold, range(16)))
    # the others got its answer, or were told that it is under way; none was refused for the state it left
    assert codes.count(200) >= 1
    assert set(codes) <= {200, 409}
    assert hold(0) == 200
    acts = [act for act in at.app.acts.listing() if act.what == "hold"]
    assert len(acts) == 1


def test_a_request_whose_process_died_can_be_made_again(newsroom: Newsroom, api: Callable[..., Api]) -> None:
    at = api()
    answers = at.app.access.answers
    assert answers.begin("1:k", "d", newsroom.clock.at) is None
    assert (answers.begin("1:k", "d", newsroom.clock.at) or pytest.fail("it acts twice")).status == 0
    newsroom.clock.move(minutes=11)
    assert answers.begin("1:k", "d", newsroom.clock.at) is None
    answers.forget("1:k")
    assert answers.begin("1:k", "d", newsroom.clock.at) is None


def test_hostile_callers_are_answered(newsroom: Newsroom, api: Callable[..., Api]) -> None:
    at = api()
    auth = {"Authorization": f"Bearer {at.secret}", "Content-Type": "application/json"}

    def raw(path: str, body: bytes, **headers: str) -> requests.Response:
        return requests.post(at.url + path, data=body, headers=auth | headers, timeout=20)

    error(raw("/articles", b"{"), 400, "malformed")
    error(raw("/articles", b"\xff\xfe"), 400, "malformed")
    error(raw("/articles", b"[" * 100_000), 400, "malformed")
    error(raw("/articles", b'{"title": "\\ud800"}'), 422, "invalid")
    error(raw("/articles", b" " * (guard.MOST_BYTES + 1)), 413, "too_large")
    error(raw("/articles", b'{"title": 1e999}'), 422, "invalid")
    assert raw("/articles", b'{"title": "a\\u0000b", "body": "x"}').status_code == 201
    assert raw("/articles", json.dumps({"title": "ت", "body": "<b>" * 200_000 + TEXT}).encode()).status_code in (
        200,
        201,
    )
    error(at.ask("GET", "/nothing"), 404, "not_found")
    error(at.ask("PUT", "/posts"), 405, "method")
    secret = newsroom.folder / "secret.txt"
    secret.write_text("عنوان\n\nسر", "utf-8")
    for url in (
        str(secret),
        f"file://{secret}",
        "http://127.0.0.1:1/",
        "http://169.254.169.254/latest",
        "http://a\ud800/",
    ):
        answer = at.ask("POST", "/posts", {"url": url, "channels": ["x"]})
        assert answer.status_code == 422, (url, answer.text)
    assert at.ask("POST", "/posts", {"channels": ["x"]}).status_code == 422
    assert requests.get(at.url + "/channels", headers={"Authorization": "Bearer \xe9"}, timeout=5).status_code == 401


POSITIVE, NEGATIVE = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
CHECKS = [
    checks.not_a_server_error,
    conformance.status_code_conformance,
    conformance.content_type_conformance,
    conformance.response_schema_conformance,
    conformance.response_headers_conformance,
    conformance.unsupported_method,
]


def held(cases: Any, ids: dict[str, Any], headers: dict[str, str]) -> None:
    """A dozen requests, to `ids` where they are given: what is there is met, too."""

    @seed(20261124)
    @settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=cases)
    def hold(case: schemathesis.Case) -> None:
        case.path_parameters = {key: ids.get(key, value) for key, value in case.path_parameters.items()}
        case.call_and_validate(headers=headers, checks=CHECKS)

    hold()


def test_the_page_of_the_api_holds(files_only: Newsroom) -> None:
    """schemathesis asks what the page allows, and what it does not, and holds the answers against it."""
    app = files_only.app()
    secret, _ = app.access.tokens.make(COMMAND_LINE, "fuzz", ["admin"], app.now())
    article = pushed.article({"title": "خبر", "body": TEXT}, app.now())
    article = app.access.bring(article).article
    app.office.publish(COMMAND_LINE, article, ["x", "telegram"])
    there = {"post_id": 1, "article_id": article.id, "name": "x"}
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", application(app))
    headers = {"Authorization": f"Bearer {secret}"}
    asked: set[str] = set()
    for found in schema.get_all_operations():
        operation = found.ok()
        assert operation is not None
        asked.add(operation.label)

        for mode, ids in ((POSITIVE, {}), (POSITIVE, there), (NEGATIVE, {}), (NEGATIVE, there)):
            if mode is POSITIVE or operation.body or list(operation.iter_parameters()):
                held(operation.as_strategy(generation_mode=mode), ids, headers)
    assert len(asked) == 13


def test_what_is_wrong_with_a_request_is_said_in_both_languages(api: Callable[..., Api]) -> None:
    at = api()
    for body, en, ar in (
        ({"title": 5, "body": TEXT}, "body.title: this takes text", "body.title: المطلوب هنا نص"),
        ({"title": "ع", "body": TEXT, "titel": 1}, "body.titel: this is not known here", "هذا غير معروف هنا"),
        ({"title": "ع", "body": TEXT, "published_at": "أمس"}, "this takes a moment such as", "المطلوب هنا لحظة مثل"),
    ):
        said = at.ask("POST", "/articles", body).json()["error"]
        assert (said["code"], en in said["message"], ar in said["message_ar"]) == ("invalid", True, True), said
    said = at.ask("GET", "/posts?limit=0").json()["error"]
    assert "عدد لا يقل عن 1" in said["message_ar"], said
    said = at.ask("POST", "/posts", {"article": "0123456789"}).json()["error"]
    assert "body.channels: هذا ناقص" in said["message_ar"], said
