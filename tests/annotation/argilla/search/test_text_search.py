from typing import Any

import pytest


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("fox", {"fox", "bear"}),
        ("brown fox", {"fox", "bear"}),
        ('"brown fox"', {"fox"}),
        ('"fox dog"', set()),
        ('"fox dog"~5', {"fox"}),
        ("FOX -quick", {"bear"}),
        ("quick | sleeps", {"fox", "bear"}),
        ("(quick | sleeps) + dog", {"fox"}),
        ("jum*", {"fox"}),
        ("qick~1", {"fox"}),
        ("fo", set()),
        ("unicorn", set()),
        ('fox "', {"fox", "bear"}),
        (") fox (", {"fox", "bear"}),
        ("!?", set()),
    ],
)
def test_words_phrases_and_operators_find(everyone: Any, query: str, found: set[str]) -> None:
    assert set(everyone.text(query)) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("東京", {"tokyo", "kyoto"}),
        ('"東京"', {"tokyo"}),
        ("タワー", {"tokyo"}),
        ("京都", {"kyoto"}),
        ("žluťoučký", {"prague"}),
        ("ŽLUŤOUČKÝ", {"prague"}),
        ("zlutoucky", set()),
        ("भाषा", {"hindi"}),
        ("3.14", {"code"}),
        ("don't", {"code"}),
        ("14", set()),
    ],
)
def test_text_in_any_script_is_found(everyone: Any, query: str, found: set[str]) -> None:
    assert set(everyone.text(query)) == found


def test_a_star_alone_finds_everything(everyone: Any) -> None:
    assert everyone.page(query={"text": {"q": "*"}})["total"] == 8


def test_one_field_can_be_searched_alone(everyone: Any) -> None:
    assert everyone.text("owls", field="chat") == ["empty"]
    assert everyone.text("owls", field="text") == []
    assert everyone.text("owls nothing") == ["empty"]


def test_a_phrase_does_not_reach_from_one_message_into_the_next(everyone: Any) -> None:
    assert everyone.text('"a chat"') == ["empty"]
    assert everyone.text('"chat about"') == []


def test_the_shorter_text_with_the_word_comes_first(everyone: Any) -> None:
    page = everyone.page(query={"text": {"q": "fox"}})
    scores = {item["record"]["external_id"]: item["query_score"] for item in page["items"]}
    assert list(scores) == ["bear", "fox"]
    assert scores["bear"] > scores["fox"] > 0


def test_text_and_filter_must_both_hold(everyone: Any) -> None:
    short = {
        "type": "range",
        "scope": {"entity": "metadata", "metadata_property": "length"},
        "le": 8,
    }
    assert everyone.text("fox", filters={"and": [short]}) == ["bear"]


def test_a_changed_text_is_found_by_its_new_words_only(everyone: Any, ids: dict[str, str]) -> None:
    bear = f"records/{ids['bear']}"
    before = {"text": "A brown bear sleeps; the fox does not"}
    after = {"text": "A brown bear wakes"}
    try:
        everyone.client.patch(bear, json={"fields": after}).raise_for_status()
        assert everyone.text("wakes") == ["bear"]
        assert everyone.text("sleeps") == []
    finally:
        everyone.client.patch(bear, json={"fields": before}).raise_for_status()
    assert everyone.text("sleeps") == ["bear"]
