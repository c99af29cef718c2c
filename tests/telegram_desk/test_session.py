"""Sessions at the Telegram desk over a local Bot API server: what the ledger holds is what the editor meant."""

import logging
import random
import threading
import time
from dataclasses import replace
from datetime import time as clock_time

import pytest

from bot.domain.delivery import State
from bot.domain.person import Actor, Role
from bot.domain.schedule import Quiet
from bot.formats.editing import shown
from bot.telegram_desk import TelegramDesk
from tests.cli.test_cli import nashir
from tests.newsrooms import sentence
from tests.servers import Fault
from tests.servers.telegram import TelegramServer
from tests.servers.telegram_desk import GROUP, DeskServer, buttons
from tests.telegram_desk.conftest import CHANNELS, CHIEF, READER, SALMA, STRANGER, Desk

WEB = Actor(name="هند", role=Role.CHIEF, door="web")


def test_what_waits_comes_as_it_will_go_out_and_its_card_answers_it(desk: Desk) -> None:
    desk.article()
    telegram, x, card = desk.server.in_chat(GROUP)
    posts = {d.channel: d.post.segments[0] for d in desk.deliveries}
    assert telegram.raw_text == posts["telegram"].text
    assert x.raw_text == posts["x"].text
    assert card.reply_to == telegram.message_id
    assert f"{posts['x'].length} من 280" in card.text
    assert card.silent
    assert set(buttons(card).data) == {
        *("انشر", "أوقف", "تجاوز", "X فقط", "تلغرام فقط", "حرّر X", "حرّر تلغرام"),
    }
    desk.run()
    desk.newsroom.clock.move(minutes=3)
    desk.run()
    assert len(desk.server.in_chat(GROUP)) == 3


def test_publish_releases_all_and_the_card_says_who(desk: Desk) -> None:
    desk.article()
    card = desk.card
    assert desk.press(SALMA, "انشر") == "أُجيز."
    assert desk.states == {"telegram": State.QUEUED, "x": State.QUEUED}
    assert {d.approved_by for d in desk.deliveries} == {"اسم salma"}
    assert "أجازه اسم salma 24/11" in desk.now(card).text
    assert not buttons(desk.now(card)).data
    assert (
        desk.acts()[1:] == [("اسم salma", "telegram", "release")] * 2
        or desk.acts() == [("اسم salma", "telegram", "release")] * 2
    )
    desk.newsroom.cycle(desk.app)
    assert set(desk.states.values()) == {State.SENT}
    assert len(desk.server.in_chat(GROUP)) == 3


def test_publish_in_quiet_hours_answers_until_when_it_waits(desk: Desk) -> None:
    desk.article()
    card = desk.card
    for name, plan in desk.app.plans.items():
        desk.app.plans[name] = replace(plan, quiet=(Quiet(start=clock_time(9), end=clock_time(11, 30)),))
    assert desk.press(SALMA, "انشر") == "أُجيز. ينتظر انتهاء ساعات الصمت، 11:30."
    assert "ينتظر انتهاء ساعات الصمت، 11:30 · أجازه اسم salma" in desk.now(card).text


def test_one_channel_only(desk: Desk) -> None:
    desk.article()
    desk.press(SALMA, "X فقط")
    assert desk.states == {"telegram": State.HELD, "x": State.QUEUED}
    assert set(buttons(desk.card).data) == {"انشر", "أوقف", "تجاوز", "حرّر"}
    desk.press(CHIEF, "تجاوز")
    assert desk.states == {"telegram": State.CANCELLED, "x": State.QUEUED}


def test_hold_leaves_it_held_and_the_queue_opens_it_again(desk: Desk) -> None:
    desk.article()
    card = desk.card
    desk.press(SALMA, "أوقف")
    assert set(desk.states.values()) == {State.HELD}
    assert "يبقى موقوفا · اسم salma" in desk.now(card).text
    assert desk.server.cards(GROUP) == []
    assert "1. عنوان أول" in desk.say(SALMA, "/queue", chat=GROUP)
    assert desk.press(SALMA, "1") == "تصل البطاقة بعد لحظة."
    desk.press(SALMA, "انشر")
    assert set(desk.states.values()) == {State.QUEUED}
    desk.press(SALMA, "1", card=desk.server.cards(GROUP)[0])
    desk.press(SALMA, "أوقف")
    assert set(desk.states.values()) == {State.HELD}


def test_skip(small: Desk) -> None:
    small.article()
    small.press(SALMA, "تجاوز")
    assert set(small.states.values()) == {State.CANCELLED}


def test_presses_that_change_nothing_and_say_so(desk: Desk) -> None:
    desk.article()
    card = desk.card
    data = buttons(card).data["انشر"]
    assert "لا يعرف المكتب حسابك" in desk.press(STRANGER, "انشر")
    assert "يلزمه دور" in desk.press(READER, "انشر")
    for forged in (
        data[:-1] + ("A" if data[-1] != "A" else "B"),
        "p1.0.0.x.y",
        "",
        "é" * 30,
        data.replace("p", "c", 1),
    ):
        assert "ليس من هذا المكتب" in desk.press(SALMA, data=forged)
    assert set(desk.states.values()) == {State.HELD}
    assert desk.acts() == []
    desk.press(SALMA, "انشر")
    acts = desk.acts()
    assert "انتهى أمر هذه البطاقة" in desk.press(SALMA, data=data, card=card)
    assert "انتهى أمر هذه البطاقة" in desk.press(CHIEF, data=data, card=card)
    assert desk.acts() == acts


def test_a_button_of_one_chat_is_nothing_in_another(small: Desk) -> None:
    small.article()
    data = buttons(small.card).data["انشر"]
    small.say(SALMA, "/queue")
    private = small.server.cards(SALMA)[-1]
    assert "ليس من هذا المكتب" in small.press(SALMA, data=data, card=private)
    assert set(small.states.values()) == {State.HELD}


def test_a_press_on_what_changed_meanwhile_changes_nothing(desk: Desk) -> None:
    desk.article()
    card, data = desk.card, buttons(desk.card).data["انشر"]
    x = next(d for d in desk.deliveries if d.channel == "x")
    desk.app.office.edit(WEB, x.id, x.edition, ["نص آخر من الويب."])
    assert "لم يتغير شيء بضغطتك" in desk.press(SALMA, data=data, card=card)
    assert set(desk.states.values()) == {State.HELD}
    assert "تغيّر (حرّره هند" in desk.now(card).text
    assert desk.card.message_id != card.message_id
    assert "نص آخر من الويب." in [message.text for message in desk.server.in_chat(GROUP)]
    desk.press(SALMA, "انشر")
    assert desk.states == {"telegram": State.HELD, "x": State.QUEUED}


def test_what_other_doors_do_stands_on_the_card(desk: Desk) -> None:
    desk.article()
    card = desk.card
    telegram, x = desk.deliveries
    desk.app.office.release(WEB, telegram.id)
    desk.run()
    assert "أجازه هند" in desk.now(card).text
    assert set(buttons(desk.now(card)).data) == {"انشر", "أوقف", "تجاوز", "حرّر"}
    assert desk.app.outbox.change(x.id, [State.HELD], State.EXPIRED, None, desk.newsroom.clock.at)
    desk.run()
    assert "فات أوانه" in desk.now(card).text
    assert not buttons(desk.now(card)).data
    assert len(desk.server.in_chat(GROUP)) == 3


def test_a_chief_is_needed_where_the_channel_asks_for_one(small: Desk) -> None:
    small.newsroom.write("channels.toml", CHANNELS.replace('approval = "editor"', 'approval = "chief"', 1))
    small.restart()
    small.article()
    assert "رئيس تحرير" in small.press(SALMA, "انشر")
    assert small.states == {"telegram": State.HELD, "x": State.QUEUED}
    assert small.press(CHIEF, "انشر") == "أُجيز."
    assert set(small.states.values()) == {State.QUEUED}


def test_a_reader_who_wants_other_words_is_told_why_not(small: Desk) -> None:
    small.article()
    number = len(small.server.in_chat(GROUP))
    assert "يلزمه دور «محرر»" in small.press(READER, "حرّر X")
    assert len(small.server.in_chat(GROUP)) == number, "nothing was asked"


def test_new_words_for_a_segment(desk: Desk) -> None:
    desk.article()
    x = next(d for d in desk.deliveries if d.channel == "x")
    desk.press(SALMA, "حرّر X")
    prompt = desk.server.in_chat(GROUP)[-1]
    assert prompt.reply_markup is not None
    assert prompt.reply_markup["force_reply"]
    assert shown(x.post.segments[0]) in prompt.text
    assert "طُلب النص من غيرك" in desk.say(CHIEF, "نصي", chat=GROUP, reply_to=prompt.message_id)
    over = desk.say(SALMA, "كلمة " * 80, chat=GROUP, reply_to=prompt.message_id)
    assert "بقي النص السابق" in over
    assert "يتجاوز الحد 280" in over
    assert next(d for d in desk.deliveries if d.channel == "x").edition == x.edition
    assert "حُفظ: 17 من 280" in desk.say(SALMA, "نص جديد بيد محرر.", chat=GROUP, reply_to=prompt.message_id)
    new = next(d for d in desk.deliveries if d.channel == "x")
    assert (shown(new.post.segments[0]), new.edition, new.edited_by) == ("نص جديد بيد محرر.", 2, "اسم salma")
    assert "انتهى أمر هذا الطلب" in desk.say(SALMA, "مرة أخرى", chat=GROUP, reply_to=prompt.message_id)
    assert "بتحرير اسم salma" in desk.card.text
    desk.press(SALMA, "انشر")
    assert desk.states == {"telegram": State.HELD, "x": State.QUEUED}


def test_an_edit_on_the_web_meanwhile_wins_and_is_told(desk: Desk) -> None:
    desk.article()
    desk.press(SALMA, "حرّر X")
    prompt = desk.server.in_chat(GROUP)[-1]
    x = next(d for d in desk.deliveries if d.channel == "x")
    desk.app.office.edit(WEB, x.id, x.edition, ["نص من الويب."])
    assert "غيّرها هند" in desk.say(SALMA, "نصي أنا.", chat=GROUP, reply_to=prompt.message_id)
    assert shown(next(d for d in desk.deliveries if d.channel == "x").post.segments[0]) == "نص من الويب."


def test_a_thread_opens_and_each_of_its_segments_can_be_edited(small: Desk) -> None:
    rng = random.Random(7)
    body = "\n\n".join(f"{sentence(rng)} {sentence(rng)}" for _ in range(4))
    small.article(text=f"عنوان طويل\n\n{body}")
    x = next(d for d in small.deliveries if d.channel == "x")
    total = len(x.post.segments)
    assert total > 1
    small.press(READER, "السلسلة كاملة")
    opened = "\n".join(message.text for message in small.server.in_chat(GROUP))
    assert all(segment.text.splitlines()[0] in opened for segment in x.post.segments)
    assert f"— {total} من {total} ·" in opened
    small.press(SALMA, "حرّر X")
    assert set(buttons(small.card).data) == {*map(str, range(1, total + 1)), "رجوع"}
    small.press(SALMA, "رجوع")
    assert "انشر" in buttons(small.card).data
    small.press(SALMA, "حرّر X")
    small.press(SALMA, "2")
    prompt = small.server.in_chat(GROUP)[-1]
    assert f"المقطع 2 من {total}" in prompt.text
    small.say(SALMA, "المقطع الثاني بيدي.", chat=GROUP, reply_to=prompt.message_id)
    new = next(d for d in small.deliveries if d.channel == "x")
    assert shown(new.post.segments[1]) == "المقطع الثاني بيدي."
    assert len(new.post.segments) == total


@pytest.mark.parametrize("button", ["خرج", "لم يخرج"])
def test_what_is_in_doubt_is_asked(small: Desk, button: str) -> None:
    with TelegramServer() as service:
        small.newsroom.write(
            "channels.toml",
            '[[channels]]\nname = "telegram"\nservice = "telegram"\nlive = true\naccount = "@nashir_test"\n'
            f'api_base = "{service.url}"\ntimeout = "2s"\n',
        )
        small.newsroom.environ["TELEGRAM_BOT_TOKEN"] = service.token
        small.restart()
        service.faults.append(Fault.reset_after(), "sendMessage")
        small.article()
        assert small.states == {"telegram": State.UNSURE}
        card = small.card
        assert card.text.startswith("❔ غير مؤكد")
        assert buttons(card).urls == {"افتح القناة": "https://t.me/nashir_test"}
        assert not card.silent
        data = buttons(card).data[button]
        small.press(SALMA, button)
        assert not buttons(small.now(card)).data
        small.newsroom.cycle(small.app)
        assert small.states == {"telegram": State.SENT}
        assert len(service.posts) == (1 if button == "خرج" else 2)
        assert "انتهى أمر هذه البطاقة" in small.press(SALMA, data=data, card=card)
        assert len(service.posts) == (1 if button == "خرج" else 2)


def test_what_was_refused_is_asked_and_tried_again(small: Desk) -> None:
    with TelegramServer() as service:
        small.newsroom.write(
            "channels.toml",
            '[[channels]]\nname = "telegram"\nservice = "telegram"\nlive = true\naccount = "@nashir_test"\n'
            f'api_base = "{service.url}"\ntimeout = "2s"\n',
        )
        small.newsroom.environ["TELEGRAM_BOT_TOKEN"] = service.token
        small.restart()
        service.faults.append(TelegramServer.failure(400, "Bad Request: message text is strange"), "sendMessage")
        small.article()
        assert small.states == {"telegram": State.FAILED}
        assert "Message text is strange" in small.card.text
        small.press(SALMA, "أعد المحاولة")
        small.newsroom.cycle(small.app)
        assert small.states == {"telegram": State.SENT}


def test_breaking_news_pings(small: Desk) -> None:
    small.article(text="عاجل: حدث كبير\n\nنص العاجل.")
    assert "عاجل" in small.card.text
    assert not small.card.silent


def test_a_hostile_title_is_text(small: Desk) -> None:
    small.article(text="<b>عنوان</b> \N{RIGHT-TO-LEFT OVERRIDE}معكوس &amp; <a href='x'>\n\nنص.")
    assert "<b>عنوان</b>" in small.card.text
    assert "معكوس" in small.card.text


def test_commands(desk: Desk) -> None:
    assert desk.say(SALMA, "/help").startswith("مكتب ناشر")
    assert "المجهول" not in desk.say(SALMA, "/whatever")
    assert desk.say(SALMA, "/queue") == "لا شيء ينتظر."
    assert "telegram: معاينة" in desk.say(READER, "/status")
    assert "القنوات: telegram، x" in desk.say(SALMA, "/pause")
    assert "أُوقفت x" in desk.say(SALMA, "/pause x")
    assert desk.say(SALMA, "/pause x") == "هي موقوفة من قبل."
    assert "لا قناة اسمها facebook" in desk.say(SALMA, "/pause facebook")
    assert "يلزمه دور" in desk.say(READER, "/resume")
    assert "x: موقوفة مؤقتا" in desk.say(SALMA, "/status@nashir_test_bot", chat=GROUP)
    assert "أُوقف الإرسال كله" in desk.say(SALMA, "/pause الكل")
    assert desk.say(SALMA, "/resume") == "استؤنف: الإرسال كله."
    assert desk.say(SALMA, "/resume") == "استؤنف: x."
    assert desk.say(SALMA, "/resume") == "لا إيقاف هنا."
    assert desk.say(SALMA, "/status@other_bot", chat=GROUP) == ""
    assert desk.say(SALMA, "حديث عادي", chat=GROUP) == ""
    assert [what for _, _, what in desk.acts()] == ["pause", "stop_all", "start_all", "resume"]
    assert {each["command"] for each in desk.server.commands} >= {"queue", "publish", "breaking", "pause", "help"}


def test_publish_and_breaking(desk: Desk) -> None:
    desk.article()
    article_id = desk.deliveries[0].article_id
    assert "اكتب عنوان المادة" in desk.say(SALMA, "/publish")
    assert "اكتب عنوان المادة" in desk.say(SALMA, "/publish /etc/passwd")
    assert "يلزمه دور" in desk.say(READER, f"/publish {article_id}")
    assert "ليس" in desk.say(SALMA, "/publish 0123456789")
    assert "x: مجدول" in desk.say(SALMA, f"/publish {article_id} x")
    assert desk.states == {"telegram": State.HELD, "x": State.QUEUED}
    assert "اكتب بعد الأمر" in desk.say(SALMA, "/breaking")
    said = desk.say(SALMA, "/breaking زلزال يضرب المدينة\nولا أنباء عن ضحايا.")
    assert "زلزال يضرب المدينة" in said
    urgent = [d for d in desk.deliveries if d.urgent]
    assert {(d.channel, d.state) for d in urgent} == {("telegram", State.QUEUED), ("x", State.QUEUED)}
    assert len(desk.deliveries) == 4


def test_pairing(desk: Desk) -> None:
    reception, clock = desk.app.reception, desk.newsroom.clock
    person = desk.app.people.add("new", "جديد", Role.EDITOR, "-", clock.at)
    assert "nashir desk pair" in desk.say(STRANGER, "/queue")
    assert "الرمز غير صحيح" in desk.say(STRANGER, "/start ABCDEF")
    code = reception.pairing_code(person, clock.at)
    assert "أمام غيرك" in desk.say(STRANGER, f"/start {code}", chat=GROUP)
    clock.move(minutes=16)
    assert "الرمز غير صحيح" in desk.say(STRANGER, f"/start {code}")
    code = reception.pairing_code(person, clock.at)
    assert "أهلا جديد" in desk.say(STRANGER, f"/start {code.lower()}")
    assert "مقترن من قبل باسم جديد" in desk.say(STRANGER, f"/start {code}")
    assert desk.say(STRANGER, "/queue") == "لا شيء ينتظر."
    desk.app.people.change(person.id, telegram_id=None)
    assert "الرمز غير صحيح" in desk.say(STRANGER, f"/start {code}")
    desk.app.people.change(person.id, telegram_id=STRANGER)
    desk.app.people.disable(person.id, clock.at)
    assert "لا يعرف المكتب" in desk.say(STRANGER, "/queue")


def test_without_a_group_each_editor_has_the_cards_and_all_of_them_tell(small: Desk) -> None:
    small.settings(more="")
    small.restart()
    small.article()
    small.chat = SALMA
    theirs = small.server.cards(CHIEF)[-1]
    assert small.server.cards(READER) == []
    small.press(SALMA, "انشر")
    assert set(small.states.values()) == {State.QUEUED}
    assert "أجازه اسم salma" in small.now(theirs).text
    assert not buttons(small.now(theirs)).data


def test_a_chat_that_refuses_holds_up_no_other(small: Desk) -> None:
    small.settings(more="")
    small.restart()
    small.server.blocked.add(CHIEF)
    small.article()
    assert len(small.server.cards(SALMA)) == 1
    small.server.blocked.clear()
    small.newsroom.clock.move(minutes=6)
    small.run()
    assert len(small.server.cards(CHIEF)) == 1


def test_a_restart_in_the_middle_leaves_the_ledger_as_it_was_meant(desk: Desk) -> None:
    desk.article()
    card = desk.card
    desk.server.press(SALMA, card, "انشر")
    desk.desk.hear(0)  # acted on, and Telegram was not told: the update comes again
    acts = desk.acts()
    desk.restart()
    desk.newsroom.clock.move(minutes=2)
    desk.run()
    assert desk.server.updates != []
    assert desk.acts() == acts
    assert set(desk.states.values()) == {State.QUEUED}
    assert [each.text for each in desk.server.shown] == ["أُجيز."]
    assert len(desk.server.in_chat(GROUP)) == 3
    desk.article("b", "عنوان ثان\n\nنص الخبر الثاني مختلف تماما.")
    desk.press(SALMA, "حرّر X")
    prompt = desk.server.in_chat(GROUP)[-1]
    desk.restart(clean=True)
    assert "حُفظ" in desk.say(SALMA, "كتب قبل أن يعاد التشغيل وبعده.", chat=GROUP, reply_to=prompt.message_id)


def test_a_process_that_dies_between_post_and_card_sends_the_card_and_not_the_post_again(small: Desk) -> None:
    small.newsroom.article("a.txt", "عنوان أول\n\nنص الخبر الأول كما وصل.")
    small.newsroom.cycle(small.app)
    for _ in range(2):  # the two posts; the card itself fails
        small.server.faults.append(Fault.none(), "sendMessage")
    small.server.faults.append(
        Fault.status(502, {"ok": False, "error_code": 502, "description": "Bad Gateway"}), "sendMessage"
    )
    with pytest.raises(Exception, match="Bad Gateway"):
        small.run()
    small.restart()
    small.newsroom.clock.move(minutes=2)
    small.run()
    assert len(small.server.in_chat(GROUP)) == 3
    assert len(small.server.cards(GROUP)) == 1


def test_two_processes_never_keep_the_desk_at_once(small: Desk) -> None:
    small.article()
    other = small.newsroom.app()
    second = TelegramDesk(other, monotonic=small.newsroom.clock.monotonic, rest=small.newsroom.clock.rest)
    assert second.keep_cards() == 1.0
    assert second.hear(0) > 0
    assert len(small.server.in_chat(GROUP)) == 3
    second.close()


def test_a_flood_is_waited_for(small: Desk) -> None:
    small.server.faults.append(TelegramServer.too_many(7), "sendMessage")
    before = small.newsroom.clock.at
    small.article()
    assert (small.newsroom.clock.at - before).total_seconds() >= 7
    assert len(small.server.cards(GROUP)) == 1


def test_the_threads_run_survive_faults_tell_no_token_and_end(small: Desk, caplog: pytest.LogCaptureFixture) -> None:
    small.newsroom.article("a.txt", "عنوان أول\n\nنص الخبر الأول كما وصل.")
    small.newsroom.cycle(small.app)
    for name in ("getMe", "setMyCommands", "getUpdates"):
        small.server.faults.append(DeskServer.failure(401, "Unauthorized"), name)
    running = TelegramDesk(small.app)
    with caplog.at_level(logging.DEBUG, "bot"):
        running.start()
        _until(lambda: small.server.cards(GROUP))
        small.server.press(SALMA, small.card, "انشر")
        _until(lambda: set(small.states.values()) == {State.QUEUED})
        small.app.stopping.set()
        began = time.monotonic()
        assert running.stop()
    assert time.monotonic() - began < 8
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("desk-")]
    assert small.server.token not in caplog.text


def _until(condition: object) -> None:
    end = time.monotonic() + 20
    while not condition():  # type: ignore[operator]  # each is a function without arguments
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_command_line_gives_a_code(small: Desk) -> None:
    small.app.people.add("new", "جديد", Role.EDITOR, "-", small.newsroom.clock.at)
    wrong = nashir(small.newsroom, "desk", "pair", "nobody")
    assert wrong.returncode == 1
    assert "no account nobody" in wrong.stderr
    done = nashir(small.newsroom, "desk", "pair", "New")
    assert done.returncode == 0, done.stderr
    code = done.stdout.split()[-1]
    assert "أهلا جديد" in small.say(STRANGER, f"/start {code}")
