"""A correction that an editor types: the article's next version, put where an older one is out."""

from bot.domain.delivery import State
from tests.web.conftest import Served


def out(desk: Served) -> str:
    """An article that is out on every channel."""
    (id_,) = desk.waiting(1)
    for delivery in desk.app.outbox.listing([State.HELD], 9):
        desk.app.desk.release(delivery.id, "سلمى", None, desk.app.now())
    desk.newsroom.cycle(desk.app)
    assert {d.state for d in desk.app.desk.of_articles([id_])} == {State.SENT}
    return id_


def test_a_typed_number_is_corrected_on_every_channel_and_the_source_does_not_undo_it(desk: Served) -> None:
    id_, chief = out(desk), desk.signed_in("chief", "chief")
    article = desk.app.articles.get(id_)
    assert article is not None
    body = article.body.replace("100 مليون", "101 مليون")
    assert body != article.body
    given = {"version": article.version, "title": article.title, "body": body, "then": "correct"}
    answer = chief.post(f"{desk.address}/articles/{id_}/rewrite", given)
    assert answer.status_code == 200, answer.text
    desk.newsroom.clock.move(minutes=30)
    desk.newsroom.cycle(desk.app)
    now = desk.app.articles.get(id_)
    assert now is not None
    assert (now.version, "101 مليون" in now.body) == (2, True), "the file still says 100, and that undoes nothing"
    assert {act.detail["channel"] for act in desk.app.acts.listing(what="correct")} >= {"telegram"}
    (act,) = desk.app.acts.listing(what="rewrite")
    assert "101" in act.detail["after"][1]


def test_two_who_correct_at_once_never_lose_words(desk: Served) -> None:
    id_, chief = out(desk), desk.signed_in("chief", "chief")
    given = {"version": 1, "title": "عنوان آخر", "body": "نص آخر كامل."}
    assert chief.post(f"{desk.address}/articles/{id_}/rewrite", given).status_code == 200
    late = chief.post(f"{desk.address}/articles/{id_}/rewrite", given | {"body": "نص ثالث."})
    assert late.status_code == 409
    assert desk.app.articles.get(id_).body == "نص آخر كامل."  # type: ignore[union-attr]  # it is there
    empty = chief.post(f"{desk.address}/articles/{id_}/rewrite", given | {"version": 2, "body": " "})
    assert empty.status_code == 409


def test_on_a_channel_of_the_chief_a_correction_takes_the_chief(desk: Served) -> None:
    id_, editor = out(desk), desk.signed_in("salma")
    given = {"version": 1, "title": "عنوان آخر", "body": "نص آخر كامل.", "then": "correct"}
    answer = editor.post(f"{desk.address}/articles/{id_}/rewrite", given)
    assert answer.status_code == 200
    assert "x" in answer.json()["said"], "what was not corrected is said"
    done = {act.detail["channel"] for act in desk.app.acts.listing(what="correct")}
    assert done
    assert "x" not in done
    assert desk.signed_in("nada", "reader").post(f"{desk.address}/articles/{id_}/rewrite", given).status_code == 403


def test_nothing_out_is_said(desk: Served) -> None:
    (id_,) = desk.waiting(1)
    answer = desk.signed_in("chief", "chief").post(f"{desk.address}/articles/{id_}/correct")
    assert answer.status_code == 409
