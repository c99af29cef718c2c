"""The records of a sender's domain, against a DNS server of the test's own."""

import socketserver
import threading
from collections.abc import Iterator
from typing import cast

import dns.message
import dns.rcode
import dns.rrset
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.mail.dns import Asked, Record, records
from tests.mail.letters import KEY

PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


class _Answer(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        data, sock = self.request
        query = dns.message.from_wire(data)
        question = query.question[0]
        texts = cast(Zone, self.server).texts.get(question.name.to_text().rstrip("."), [])
        answer = dns.message.make_response(query)
        if texts:
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", "TXT", *texts))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        sock.sendto(answer.to_wire(max_size=4096), self.client_address)


class Zone(socketserver.ThreadingUDPServer):
    daemon_threads = True
    max_packet_size = 4096

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.texts: dict[str, list[str]] = {}

    def asked(self) -> Asked:
        return Asked(["127.0.0.1"], int(self.server_address[1]))


@pytest.fixture
def zone() -> Iterator[Zone]:
    with Zone() as running:
        threading.Thread(target=running.serve_forever, args=[0.05], daemon=True).start()
        yield running
        running.shutdown()


def wanted(host: str = "smtp.example.net") -> dict[str, Record]:
    found = records("example.org", mail_host=host, return_domain="", signer="example.org", selector="s1", pem=PEM)
    return {record.kind: record for record in found}


def test_what_is_to_be_set() -> None:
    found = wanted()
    assert (found["spf"].name, found["spf"].text) == ("example.org", "v=spf1 a:smtp.example.net ~all")
    assert found["dkim"].name == "s1._domainkey.example.org"
    assert found["dmarc"].text.startswith("v=DMARC1; p=none")
    assert all(len(part) <= 255 for record in found.values() for part in record.shown.strip('"').split('" "'))
    assert wanted("localhost")["spf"].text == "v=spf1 mx ~all"


def test_what_is_there_is_well(zone: Zone) -> None:
    for record in wanted().values():
        zone.texts[record.name] = [record.shown]
    findings = [zone.asked().judge(record) for record in wanted().values()]
    assert [finding.bad for finding in findings] == [False, False, False]


def test_what_is_missing_or_wrong_is_said(zone: Zone) -> None:
    found = wanted()
    assert zone.asked().judge(found["dkim"]).bad
    zone.texts["s1._domainkey.example.org"] = ['"v=DKIM1; p=AAAA"']
    assert "Another key" in zone.asked().judge(found["dkim"]).say.en
    zone.texts["example.org"] = ['"v=spf1 a:other.example ~all"']
    assert "does not name" in zone.asked().judge(found["spf"]).say.en
    zone.texts["example.org"] = ['"v=spf1 mx ~all"', '"v=spf1 a:smtp.example.net ~all"']
    assert "several" in zone.asked().judge(found["spf"]).say.en


@pytest.mark.parametrize(
    ("kind", "texts", "bad", "said"),
    [
        ("spf", ["v=spf10 a:smtp.example.net ~all"], True, "not there"),
        ("spf", ["v=spf1"], True, "there but does not name"),
        ("spf", ["v=spf1 a:smtp.example.network ~all"], True, "there but does not name"),
        ("spf", ["v=spf1 -a:smtp.example.net ~all"], True, "there but does not name"),
        ("spf", ["V=SPF1 +A:SMTP.example.net ~all"], False, "is there."),
        ("spf", ["v=spf1 include:_spf.example.net ~all"], False, "look whether it includes"),
        ("dmarc", ["v=DMARC1; p=maybe"], True, "none, quarantine or reject"),
        ("dmarc", ["v=DMARC1; rua=mailto:x@example.org"], True, "none, quarantine or reject"),
        ("dmarc", ["v=DMARC10; p=none"], True, "not there"),
        ("dmarc", ["v=DMARC1 ; P=Reject; rua=mailto:x@example.org"], False, "is there."),
        ("dkim", ["v=DKIM1; p="], True, "Another key"),
        ("dkim", ["something else"], True, "not there"),
    ],
)
def test_a_record_counts_only_as_receivers_read_it(
    zone: Zone, kind: str, texts: list[str], bad: bool, said: str
) -> None:
    record = wanted()[kind]
    zone.texts[record.name] = [f'"{text}"' for text in texts]
    finding = zone.asked().judge(record)
    assert (finding.bad, said in finding.say.en) == (bad, True), finding.say.en


def test_one_of_several_keys_may_be_ours(zone: Zone) -> None:
    record = wanted()["dkim"]
    zone.texts[record.name] = ['"v=DKIM1; p=AAAA"', record.shown]
    assert not zone.asked().judge(record).bad


def test_a_machine_without_dns_looks_nothing_up() -> None:
    asked = Asked(["127.0.0.1"], 1, timeout=0.3)
    asked._resolver.nameservers = []
    finding = asked.judge(wanted()["spf"])
    assert (finding.bad, finding.known) == (False, False)
    assert "could not be looked up" in finding.say.en


def test_a_dns_that_does_not_answer_is_said_in_one_sentence() -> None:
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        finding = Asked(["127.0.0.1"], silent.getsockname()[1], timeout=0.3).judge(wanted()["spf"])
    assert not finding.known
    assert not finding.bad
    assert "could not be looked up" in finding.say.en
    assert "does not answer" in finding.say.en
