"""The mails of an edition, each as strict mail programs want it."""

import email
import email.policy
import re
from email.message import EmailMessage

import dkim as dkimpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import ConfigError, FormatError
from bot.mail import dkim, marks
from bot.mail.links import LONGEST, Signer, Who, return_path
from tests.mail.letters import KEY, PUBLIC, SIGNER, faults, mailing

RECORD = dkim.public_record(KEY).encode()


def parsed(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)  # type: ignore[return-value]  # by policy


def text_of(raw: bytes, kind: str) -> str:
    part = parsed(raw).get_body((kind,))
    assert part
    return part.get_content()  # type: ignore[no-any-return]  # text, as its type says


def is_signed(raw: bytes) -> bool:
    return bool(dkimpy.verify(raw, dnsfunc=lambda *_args, **_more: RECORD))


@given(
    st.integers(1, 2**40 - 1),
    st.from_regex(r"[a-z0-9.+_-]{1,64}@[a-z0-9-]{1,60}\.example", fullmatch=True),
    st.text(max_size=40),
)
def test_every_mail_is_strictly_right_and_signed(subscriber: int, address: str, name: str) -> None:
    mail = mailing().mail(subscriber, address, name)
    assert faults(mail.content) == []
    assert is_signed(mail.content)


def test_what_differs_stands_in_its_places() -> None:
    mail = mailing().mail(5, "reader@example.net", "سعاد <b>")
    unsubscribe, preferences, back = SIGNER.tokens(5, 7)
    for kind, name in (("plain", "سعاد <b>"), ("html", "سعاد &lt;b&gt;")):
        text = text_of(mail.content, kind)
        assert f"{PUBLIC}/u/{unsubscribe}" in text
        assert f"{PUBLIC}/p/{preferences}" in text
        assert "reader@example.net" in text
        assert f"مرحبا {name}،" in text
        assert not re.search(f"[{marks.OPEN}{marks.CLOSE}]", text)
    message = parsed(mail.content)
    assert message["To"] == "reader@example.net"
    assert message["Message-ID"] == f"<{back}@example.org>"
    assert message["List-Unsubscribe"] == f"<{PUBLIC}/u/{unsubscribe}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"] == "نشرة الصباح <morning.example.org>"
    assert message["Subject"].startswith("أهم أخبار")
    assert mail.sender == return_path(back, "bounces.example.org")
    assert len(mail.sender.partition("@")[0]) <= 64


def test_a_mail_is_the_same_whenever_it_is_made() -> None:
    assert mailing().mail(9, "a@example.net", "").content == mailing().mail(9, "a@example.net", "").content
    assert mailing().mail(9, "a@example.net", "").content != mailing().mail(10, "a@example.net", "").content


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click", b"List-Unsubscribe-Post: List-Unsubscribe=One-Klick"),
        (b"Feedback-ID: 7", b"Feedback-ID: 8"),
        (b"<morning.example.org>", b"<evening.example.org>"),
        (b"/u/AAAA", b"/u/BAAA"),
        (b"\r\n\r\n--", b"\r\nSubject: again\r\n\r\n--"),
        (b"To: reader@", b"To: writer@"),
    ],
)
def test_the_signature_covers_what_it_must(old: bytes, new: bytes) -> None:
    raw = mailing().mail(5, "reader@example.net", "").content
    assert raw.count(old) >= 1
    assert not is_signed(raw.replace(old, new, 1))


def test_unsigned_mails_are_right_too() -> None:
    assert faults(mailing(signed=False).mail(1, "a@example.net", "").content) == []


@pytest.mark.parametrize("length", range(7))
def test_marks_at_any_place_of_the_groups_of_three(length: int) -> None:
    text = "x" * length + f"{PUBLIC}/u/{marks.UNSUBSCRIBE} end {marks.ADDRESS}\n"
    raw = mailing(text=text).mail(3, "someone@example.net", "").content
    assert faults(raw) == []
    assert text_of(raw, "plain").split() == [
        f"{'x' * length}{PUBLIC}/u/{SIGNER.tokens(3, 7)[0]}", "end", "someone@example.net"
    ]  # fmt: skip


def test_a_letter_that_mail_programs_would_clip_is_refused() -> None:
    with pytest.raises(FormatError, match="clip"):
        mailing(html="خ" * 60_000)


def test_a_public_url_that_makes_too_long_a_link_is_refused() -> None:
    from bot.mail.message import check
    from tests.mail.letters import letter

    check(letter(), "https://" + "a" * (LONGEST - 8 - 3 - 24))
    with pytest.raises(FormatError, match="public_url"):
        check(letter(), "https://" + "a" * (LONGEST - 8 - 3 - 24 + 1))


def test_a_key_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="no RSA key"):
        dkim.private_key(b"nothing", where="here")


@given(st.integers(0, 2**40 - 1), st.integers(0, 2**32 - 1))
def test_tokens_tell_whose_they_are(subscriber: int, edition: int) -> None:
    unsubscribe, preferences, back = SIGNER.tokens(subscriber, edition)
    who = Who(subscriber, edition)
    assert SIGNER.unsubscribing(unsubscribe) == who
    assert SIGNER.preferring(preferences) == who
    assert SIGNER.returned(return_path(back, "x.example").upper()) == who
    assert SIGNER.unsubscribing(preferences) is None
    assert SIGNER.preferring(unsubscribe) is None
    assert Signer(b"another").unsubscribing(unsubscribe) is None


@given(st.integers(0, 23), st.sampled_from("ABCDabcd0123-_"))
def test_a_changed_token_is_none(at: int, letter_: str) -> None:
    token = SIGNER.tokens(5, 7)[0]
    changed = token[:at] + letter_ + token[at + 1 :]
    assert SIGNER.unsubscribing(changed) == (Who(5, 7) if changed == token else None)


@given(st.text(max_size=40))
def test_any_text_is_no_token(text: str) -> None:
    assert SIGNER.unsubscribing(text) is None
    assert SIGNER.returned(text) is None
    assert SIGNER.clicked(text) is None


def test_clicks_name_a_link_and_nobody() -> None:
    assert SIGNER.clicked(SIGNER.click(7, 3)) == (7, 3)
