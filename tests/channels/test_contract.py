"""Every channel passes the contract."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.channels import CHANNELS
from bot.domain.errors import ChannelDown, ChannelError, Rejected, RetryLater, Unsure
from bot.domain.lane import Amendable, Limited, Resolvable, Retractable
from bot.domain.post import Segment
from tests.channels.contract import RIGS, Rig

SERVICES = [name for name in RIGS if name != "preview"]


def segment(text: str = "نص المقطع", key: str = "c/article:1/first/0") -> Segment:
    return Segment(text=text, length=len(text), limit=280, subject="عنوان", html=f"<p>{text}</p>", key=key)


class Begin:
    """Counts its calls, and what the service had kept at that moment."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.kept_then = rig, list[int]()

    def __call__(self) -> None:
        self.kept_then.append(len(self.rig.kept()))


@pytest.fixture(params=RIGS)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    with RIGS[request.param](tmp_path) as made:
        yield made
        made.adapter.close()


@pytest.fixture(params=SERVICES)
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    with RIGS[request.param](tmp_path) as made:
        yield made
        made.adapter.close()


def test_every_adapter_is_listed() -> None:
    assert set(CHANNELS) == set(SERVICES)


def test_one_segment_one_call_one_receipt(rig: Rig) -> None:
    begin = Begin(rig)
    receipt = rig.adapter.send(segment(), None, begin)
    assert receipt.remote_id
    assert rig.kept() == ["نص المقطع"]
    assert begin.kept_then == [0], "begin is called once, before the service may have the text"


def test_a_thread_hangs_together(rig: Rig) -> None:
    first = rig.adapter.send(segment("الأول"), None, Begin(rig))
    second = rig.adapter.send(segment("الثاني", "c/article:1/first/1"), first, Begin(rig))
    assert first.remote_id != second.remote_id
    assert rig.kept() == ["الأول", "الثاني"]
    if rig.threads:
        assert rig.parents() == [None, first.remote_id]


def test_check_says_whose_account_it_is_and_publishes_nothing(rig: Rig) -> None:
    assert rig.adapter.check().name
    assert rig.kept() == []


@pytest.mark.parametrize("name", ["RetryLater", "Unsure", "Rejected", "ChannelDown"])
def test_errors_by_meaning(served: Rig, name: str) -> None:
    wanted: type[ChannelError] = {
        "RetryLater": RetryLater,
        "Unsure": Unsure,
        "Rejected": Rejected,
        "ChannelDown": ChannelDown,
    }[name]
    on = "mail" if (served.on, name) == ("end", "ChannelDown") else served.on
    served.server.faults.append(served.faults[name], on=on)
    begin = Begin(served)
    with pytest.raises(wanted) as caught:
        served.adapter.send(segment(), None, begin)
    assert type(caught.value) is wanted
    assert caught.value.say.en
    assert caught.value.say.ar
    assert len(served.kept()) == (1 if name == "Unsure" else 0)
    if name == "Unsure":
        assert begin.kept_then == [0]


@pytest.mark.parametrize("service", SERVICES)
def test_nobody_there_is_surely_not_out(service: str, tmp_path: Path) -> None:
    with RIGS[service](tmp_path, dead=True) as rig:
        with pytest.raises(RetryLater):
            rig.adapter.send(segment(), None, Begin(rig))
        rig.adapter.close()


def test_a_call_that_hangs_ends_by_its_time_out_and_is_unsure(served: Rig) -> None:
    from tests.servers import Fault

    served.server.faults.append(Fault.hang_after(5), on=served.on)
    with pytest.raises(Unsure):
        served.adapter.send(segment(), None, Begin(served))
    assert len(served.kept()) == 1


def test_no_secret_in_any_error(served: Rig) -> None:
    for name, fault in served.faults.items():
        on = "mail" if (served.on, name) == ("end", "ChannelDown") else served.on
        served.server.faults.append(fault, on=on)
        with pytest.raises(ChannelError) as caught:
            served.adapter.send(segment(f"نص {name}"), None, Begin(served))
        for secret in served.secrets:
            assert secret not in caught.value.say.en + caught.value.say.ar + repr(caught.value)


def test_the_adapter_works_on_after_a_failure(served: Rig) -> None:
    served.server.faults.append(served.faults["RetryLater"], on=served.on)
    with pytest.raises(RetryLater):
        served.adapter.send(segment(), None, Begin(served))
    assert served.adapter.send(segment(), None, Begin(served)).remote_id
    assert served.kept() == ["نص المقطع"]


def test_what_is_taken_back_twice_is_gone(rig: Rig, request: pytest.FixtureRequest) -> None:
    if not isinstance(rig.adapter, Retractable):
        assert request.node.callspec.params["rig"] == "email", "only a mail cannot be called back"
        return
    first = rig.adapter.send(segment("الأول"), None, Begin(rig))
    begun: list[int] = []
    for _ in range(2):
        rig.adapter.retract(first, lambda: begun.append(1))
    assert len(begun) == 2
    if isinstance(rig.adapter, Resolvable) and rig.server:
        assert not getattr(rig.server, "tweets", None)
        assert not getattr(rig.server, "messages", None)


def test_what_is_amended_reads_anew(rig: Rig, tmp_path: Path) -> None:
    if not isinstance(rig.adapter, Amendable):
        return
    first = rig.adapter.send(segment("الأول"), None, Begin(rig))
    begun: list[int] = []
    for _ in range(2):
        rig.adapter.amend(first, segment("الأول"), segment("المصحح"), lambda: begun.append(1))
    assert len(begun) == 2
    shown = [m.text for m in rig.server.messages.values()] if rig.server else (tmp_path / "p.jsonl").read_text("utf-8")
    assert "المصحح" in shown
    assert "الأول" not in shown


def test_each_use_names_what_its_limit_holds_for_and_no_secret(served: Rig) -> None:
    assert isinstance(served.adapter, Limited)
    for use in served.adapter.uses("post", segment()):
        assert use.key.partition(":")[0] in ("telegram", "x", "smtp")
        assert all(secret.partition(":")[2] not in use.key for secret in served.secrets)
