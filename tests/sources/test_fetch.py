"""The safe reader against servers that do what hostile ones do, over loopback."""

import contextlib
import gzip
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
import requests

from bot.domain.errors import SourceError
from bot.net import addresses, connections
from bot.sources import fetch
from tests.servers import certificate
from tests.servers.feed import FeedServer

OK = timedelta(seconds=5)


def get(url: str, *, allow_private: bool = True, timeout: timedelta = OK) -> fetch.Answer:
    return fetch.get(url, timeout=timeout, accept="*/*", allow_private=allow_private)


@contextmanager
def raw(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that says whatever bytes the test wants to one caller."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(10)

    def serve() -> None:
        try:
            peer, _ = listener.accept()
            with peer:
                peer.recv(65536)
                talk(peer)
        except OSError:
            return

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        listener.close()


@pytest.mark.parametrize(
    "address",
    """127.0.0.1 10.0.0.1 172.16.9.9 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255 ::1 ::
    fe80::1 fe80::1%eth0 fd00:ec2::254 ::ffff:127.0.0.1 ::ffff:169.254.169.254 2002:7f00:1:: 64:ff9b::a9fe:a9fe
    ff02::1 ::10.0.0.1 2001:0:4136:e378:8000:63bf:80ff:fffe 192.0.0.192 192.0.0.8 168.63.129.16 192.88.99.1
    64:ff9b:1::a00:1 ::ffff:0:127.0.0.1 fec0::1 5f00::1 3fff::1""".split(),
)
def test_addresses_that_are_never_called(address: str) -> None:
    assert not addresses.is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07::1", "::ffff:8.8.8.8"])
def test_addresses_of_the_open_internet(address: str) -> None:
    assert addresses.is_public(address)


def test_a_private_address_is_refused_before_any_connection_and_after_dns() -> None:
    with FeedServer() as server:
        url = server.put("/x", b"secret")
        for bad in (url, url.replace("127.0.0.1", "localhost"), url.replace("127.0.0.1", "[::1]")):
            with pytest.raises(fetch.Forbidden, match="private address"):
                get(bad, allow_private=False)
        assert server.requests == []
        assert get(url).content == b"secret"


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd", "ftp://example.org/x", "gopher://127.0.0.1/", "javascript:alert(1)", "http://",
        "http://user:pass@example.org/", "data:text/plain,x", "http://[bad",
    ],
)  # fmt: skip
def test_only_http_is_read_also_after_a_redirect(target: str) -> None:
    with pytest.raises(fetch.Forbidden):
        get(target)
    with FeedServer() as server, pytest.raises(SourceError):
        get(server.redirect("/r", target))


def test_each_redirect_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    with FeedServer() as server:
        server.put("/inside", b"secret")
        start = server.redirect("/start", f"{server.url}/inside").replace("127.0.0.1", "public.test")
        asked: list[str] = []

        def resolve(host: str, port: int) -> list[str]:
            asked.append(host)
            return ["127.0.0.1"]

        # the first hop is allowed as if the name were public, the second has the private address in its letters
        monkeypatch.setattr(addresses, "resolve", resolve)

        def is_public(where: str) -> bool:
            ipaddress.ip_address(where)
            return len(asked) == 1 and not server.requests

        monkeypatch.setattr(addresses, "is_public", is_public)
        with pytest.raises(fetch.Forbidden):
            get(start, allow_private=False)
        assert [request.path for request in server.requests] == ["/start"]


def test_redirects_are_followed_five_times_and_a_permanent_one_is_told() -> None:
    with FeedServer() as server:
        end = server.put("/end", b"here")
        for n in range(6):
            server.redirect(f"/{n}", f"/{n + 1}" if n < 5 else "/end", 301)
        answer = get(f"{server.url}/1")
        assert (answer.content, answer.url, answer.moved_to) == (b"here", end, end)
        with pytest.raises(SourceError, match="more than 5 times"):
            get(f"{server.url}/0")
        server.redirect("/t", "/end", 302)
        assert get(f"{server.url}/t").moved_to == ""


def test_a_redirect_in_raw_utf8_goes_where_it_says() -> None:
    with FeedServer() as server:
        start = server.redirect("/r", "/خبر".encode().decode("latin-1"))
        with pytest.raises(SourceError, match="404"):
            get(start)
        assert unquote(server.requests[-1].path) == "/خبر"


def test_a_slow_loris_behind_tls_ends_in_time_too(tmp_path: Path) -> None:
    def drip(peer: ssl.SSLSocket) -> None:
        peer.recv(65536)
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100):
            peer.sendall(b"a")
            time.sleep(0.1)

    file, key = certificate.make(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    listener = context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True)

    def serve() -> None:
        with contextlib.suppress(OSError):
            peer, _ = listener.accept()
            with peer:
                drip(peer)  # type: ignore[arg-type]  # accept() of a TLS listener gives a TLS socket

    threading.Thread(target=serve, daemon=True).start()
    deadline = connections.Deadline(1.0)
    session = requests.Session()
    session.mount("https://", connections.JudgedAdapter(connections.anywhere, deadline.watch))
    began = time.monotonic()
    with pytest.raises(requests.RequestException):
        session.get(f"https://127.0.0.1:{listener.getsockname()[1]}/", verify=False, timeout=(5, 5))
    assert time.monotonic() - began < 5
    assert deadline.expired.is_set()
    deadline.cancel()
    listener.close()


def test_a_connection_that_is_made_too_late_ends_at_once() -> None:
    deadline = connections.Deadline(0.0)
    deadline.expired.wait(5)
    ours, theirs = socket.socketpair()
    deadline.watch(ours)
    assert theirs.recv(10) == b""
    ours.close()
    theirs.close()


def test_statuses_by_meaning() -> None:
    with FeedServer() as server:
        for code, after, gone in ((410, None, True), (404, None, False), (500, None, False)):
            with pytest.raises(SourceError) as raised:
                get(server.put("/s", b"", status=code))
            assert (raised.value.after, raised.value.gone) == (after, gone)
        for code in (429, 503):
            with pytest.raises(SourceError) as raised:
                get(server.put("/s", b"", status=code, headers={"Retry-After": "120"}))
            assert raised.value.after == timedelta(seconds=120)
        with pytest.raises(SourceError) as raised:
            get(server.put("/s", b"", status=503, headers={"Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT"}))
        assert raised.value.after is not None
        assert raised.value.after > timedelta(days=365)


def test_a_gzip_bomb_ends_at_the_limit() -> None:
    bomb = gzip.compress(b"\0" * (200 * 1024 * 1024), 9)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    with raw(lambda peer: peer.sendall(head + bomb)) as url, pytest.raises(SourceError, match="more than 10 MB"):
        get(url)


def test_a_body_without_end_ends_at_the_limit() -> None:
    def talk(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            peer.sendall(b"x" * 65536)

    with raw(talk) as url, pytest.raises(SourceError, match="more than 10 MB"):
        get(url)


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"], ids=["head", "body"])
def test_a_slow_loris_ends_in_time_and_is_no_whole_answer(start: bytes) -> None:
    def talk(peer: socket.socket) -> None:
        peer.sendall(start)
        for _ in range(300):
            peer.sendall(b"a")
            time.sleep(0.05)

    began = time.monotonic()
    with raw(talk) as url, pytest.raises(SourceError, match="no whole answer in time"):
        get(url, timeout=timedelta(seconds=0.6))
    assert time.monotonic() - began < 5


def test_a_dead_port_and_an_unknown_host() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(SourceError, match="no connection"):
        get(f"http://127.0.0.1:{port}/")
    with pytest.raises(SourceError, match="cannot be read"):
        get("http://nothing.invalid/")


def test_a_form_is_posted() -> None:
    with FeedServer() as server:
        url = server.put("/hub", b"", status=202)
        assert fetch.post(url, {"hub.mode": "subscribe"}, timeout=OK, allow_private=True) == 202
        assert server.requests[-1].body == b"hub.mode=subscribe"
        with pytest.raises(fetch.Forbidden):
            fetch.post(url, {}, timeout=OK)
