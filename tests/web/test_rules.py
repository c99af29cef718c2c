"""Rules, times and the glossary, set at the desk over config/."""

from typing import Any

import requests
from lxml import html

from tests.web.conftest import Served


def fields(desk: Served, session: requests.Session, key: str, **changed: Any) -> dict[str, Any]:
    """The form as it stands, with these fields in other words; "" stands for an empty form's own."""
    answer = session.get(f"{desk.address}/rules")
    assert answer.status_code == 200
    form = html.fromstring(answer.text).xpath(f"//form[@action='/rules/{key}']")[0]
    return dict(form.fields) | {"what": "save"} | {name.replace("__", "-"): value for name, value in changed.items()}


def save(desk: Served, session: requests.Session, key: str, given: dict[str, Any]) -> requests.Response:
    return session.post(f"{desk.address}/rules/{key}", given, allow_redirects=False)


def test_a_rule_set_at_the_desk_holds_at_the_next_tick_and_can_be_taken_back(desk: Served) -> None:
    chief = desk.signed_in("chief", "chief", name="رئيسة")
    given = fields(desk, chief, "rules", t1__name="الماء", t1__keywords="زلزال، فيضان", t1__channels="x")
    saved = save(desk, chief, "rules", given)
    (said,) = html.fromstring(chief.get(desk.address + saved.json()["to"]).text).xpath("//section//*[@role='status']")
    assert said.text_content().strip() == "حُفظ، ويسري من الآن."
    desk.waiting(2)
    assert not desk.app.outbox.listing([], 10), "no article speaks of these words"
    (rule,) = desk.app.config.rules
    assert (rule.name, rule.keywords, rule.channels) == ("الماء", ("زلزال", "فيضان"), ("x",))
    page = chief.get(f"{desk.address}/rules").text
    assert "رئيسة" in page
    back = save(desk, chief, "rules", fields(desk, chief, "rules", what="reset"))
    assert "عاد ما في الملفات" in chief.get(desk.address + back.json()["to"]).text
    assert [rule.name for rule in desk.app.config.rules] == ["all"]
    assert [act.what for act in desk.app.acts.listing(what="configure")] == ["configure"] * 2


def test_another_process_holds_it_too(desk: Served) -> None:
    chief, other = desk.signed_in("chief", "chief"), desk.newsroom.app()
    save(desk, chief, "slots", fields(desk, chief, "slots", t1__times="07:30\nfri,sat 09:00", t1__spacing="10m"))
    other.refresh(at_once=True)
    assert [f"{slot.at:%H:%M}" for slot in other.tick.plans["x"].slots] == ["07:30", "09:00"]
    assert other.dispatcher.plans["x"].spacing == desk.app.plans["x"].spacing
    other.close()


def test_what_is_wrong_is_said_and_what_was_typed_stays(desk: Served) -> None:
    chief = desk.signed_in("chief", "chief")
    answer = save(desk, chief, "slots", fields(desk, chief, "slots", t1__times="25:99"))
    assert answer.status_code == 422
    assert "جدول المواعيد 1" in answer.text
    assert "25:99" in answer.text
    assert not desk.app.in_force.here
    unknown = save(desk, chief, "rules", fields(desk, chief, "rules", t1__sources="nowhere"))
    assert unknown.status_code == 422
    assert "nowhere" in unknown.text


def test_two_who_set_the_same_never_lose_each_others_words(desk: Served) -> None:
    one, two = desk.signed_in("one", "chief"), desk.signed_in("two", "chief")
    late = fields(desk, two, "glossary", banned="عاجل")
    assert save(desk, one, "glossary", fields(desk, one, "glossary", banned="حصري")).status_code in (200, 303)
    answer = save(desk, two, "glossary", late)
    assert answer.status_code == 409
    assert desk.app.config.glossary.banned == ["حصري"]


def test_the_glossary_changes_the_next_post(desk: Served) -> None:
    chief = desk.signed_in("chief", "chief")
    save(
        desk,
        chief,
        "glossary",
        fields(desk, chief, "glossary", always="الرواق", alias="ميناء طنجة = طنجة\nالدرهم = درهم"),
    )
    assert desk.app.config.glossary.alias == {"ميناء طنجة": "طنجة", "الدرهم": "درهم"}
    desk.waiting(1)
    posts = desk.app.outbox.listing([], 10)
    assert any("#الرواق" in s.text for d in posts for s in d.post.segments)


def test_a_rule_is_tried_before_it_holds(desk: Served) -> None:
    desk.waiting(2)
    chief = desk.signed_in("chief", "chief")
    answer = save(desk, chief, "rules", fields(desk, chief, "rules", t1__keywords="زلزال", what="try"))
    assert answer.status_code == 200
    assert "رُدت" in answer.text
    assert not desk.app.in_force.here, "nothing was set"


def test_without_a_rule_the_page_says_that_nothing_goes_out(desk: Served) -> None:
    chief = desk.signed_in("chief", "chief")
    page = html.fromstring(chief.get(f"{desk.address}/rules").text)
    assert not [each for each in page.xpath("//*[@role='alert']") if "لا قاعدة" in each.text_content()]
    hints = [each.text_content() for each in page.xpath("//small//bdi[@dir='ltr']")]
    assert "23:00-06:30" in hints, "a span of time is read from the left, also in Arabic"
    assert save(desk, chief, "rules", fields(desk, chief, "rules", t1__remove="1")).status_code in (200, 303)
    page = html.fromstring(chief.get(f"{desk.address}/rules").text)
    assert [each for each in page.xpath("//*[@role='alert']") if "لا قاعدة" in each.text_content()]
    desk.waiting()
    assert desk.app.outbox.listing([], 10) == []


def test_it_is_for_chiefs(desk: Served) -> None:
    editor = desk.signed_in("salma")
    page = html.fromstring(editor.get(f"{desk.address}/rules").text)
    assert not page.xpath("//button[@value='save']")
    assert save(desk, editor, "rules", fields(desk, editor, "rules", t1__keywords="زلزال")).status_code == 403
    assert save(desk, desk.signed_in("chief", "chief"), "nothing", {"what": "save"}).status_code == 404


def test_what_config_no_longer_bears_is_said_and_config_holds(desk: Served) -> None:
    chief = desk.signed_in("chief", "chief")
    save(desk, chief, "rules", fields(desk, chief, "rules", t1__channels="mail", t1__keywords="زلزال"))
    desk.newsroom.write("channels.toml", '[[channels]]\nname = "x"\nservice = "x"\n')
    told: list[Any] = []
    other = desk.newsroom.app()
    other.tell = told.append
    other.refresh(at_once=True)
    assert [rule.name for rule in other.config.rules] == ["all"]
    assert any("mail" in say.en for say in other.in_force.said())
    other.close()
