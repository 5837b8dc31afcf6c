from typing import Any

import pytest


def by(order: str, **scope: str) -> list[dict[str, Any]]:
    return [{"scope": scope, "order": order}]


LENGTH = {"entity": "metadata", "metadata_property": "length"}
TOPIC = {"entity": "metadata", "metadata_property": "topic"}
ARRIVAL = ["fox", "bear", "tokyo", "kyoto", "prague", "hindi", "code", "empty"]


def test_numbers_sort_as_numbers_and_missing_ones_come_last_both_ways(everyone: Any) -> None:
    up = ["kyoto", "tokyo", "code", "prague", "bear", "fox", "hindi", "empty"]
    down = ["fox", "bear", "prague", "code", "tokyo", "kyoto", "hindi", "empty"]
    assert everyone.names_of(sort=by("asc", **LENGTH)) == up
    assert everyone.names_of(sort=by("desc", **LENGTH)) == down


def test_a_list_of_terms_sorts_by_its_first_upwards_and_its_last_downwards(everyone: Any) -> None:
    up = ["fox", "bear", "code", "tokyo", "kyoto", "prague", "hindi", "empty"]
    down = ["tokyo", "kyoto", "prague", "code", "fox", "bear", "hindi", "empty"]
    assert everyone.names_of(sort=by("asc", **TOPIC)) == up
    assert everyone.names_of(sort=by("desc", **TOPIC)) == down


def test_second_keys_decide_among_equals(everyone: Any) -> None:
    keys = by("asc", **TOPIC) + by("asc", **LENGTH)
    found = ["bear", "fox", "code", "kyoto", "tokyo", "prague", "hindi", "empty"]
    assert everyone.names_of(sort=keys) == found


def test_suggestions_sort_by_score_agent_and_value(everyone: Any) -> None:
    better = {"entity": "suggestion", "question": "better"}
    by_score = everyone.names_of(sort=by("desc", **better, property="score"))
    by_agent = everyone.names_of(sort=by("desc", **better, property="agent"))
    by_value = everyone.names_of(sort=by("asc", **better, property="value"))
    assert by_score[:3] == ["fox", "tokyo", "bear"]
    assert by_agent[:3] == ["tokyo", "fox", "bear"]
    assert by_value[:3] == ["fox", "bear", "tokyo"]


@pytest.mark.usefixtures("answers")
def test_ratings_sort_by_ones_own_and_for_the_owner_by_their_mean(ann: Any, everyone: Any) -> None:
    quality = {"entity": "response", "question": "quality"}
    assert ann.names_of(sort=by("desc", **quality))[:3] == ["fox", "tokyo", "bear"]
    means = everyone.names_of(sort=by("desc", **quality))[:4]
    assert means == ["tokyo", "fox", "code", "bear"]  # 4; (5 + 1) / 2; 3; 2


def test_records_sort_by_their_own_columns(everyone: Any) -> None:
    inserted = {"entity": "record", "property": "inserted_at"}
    external = {"entity": "record", "property": "external_id"}
    assert everyone.names_of(sort=by("desc", **inserted)) == ARRIVAL[::-1]
    assert everyone.names_of(sort=by("asc", **external)) == sorted(ARRIVAL)


def test_sorted_records_have_no_score_and_others_do(everyone: Any, ann: Any) -> None:
    ordered = everyone.page(sort=by("asc", **LENGTH))["items"]
    assert {item["query_score"] for item in ordered} == {None}
    assert {item["query_score"] for item in everyone.page()["items"]} == {1.0}
    assert all(0 <= item["query_score"] <= 1 for item in ann.page()["items"])


def test_the_owner_sees_records_in_the_order_they_came(everyone: Any) -> None:
    assert everyone.names_of() == ARRIVAL


def test_each_person_has_an_order_of_their_own_that_stays(ann: Any, bob: Any) -> None:
    first = ann.names_of()
    assert sorted(first) == sorted(ARRIVAL)
    assert ann.names_of() == first
    assert bob.names_of() != first


def test_pages_are_the_whole_list_cut_and_every_page_knows_the_total(ann: Any) -> None:
    pages = [ann.page(offset=offset, limit=3) for offset in (0, 3, 6, 9)]
    names = [[item["record"]["external_id"] for item in page["items"]] for page in pages]
    assert [len(page) for page in names] == [3, 3, 2, 0]
    assert [name for page in names for name in page] == ann.names_of()
    assert [page["total"] for page in pages] == [8, 8, 8, 8]
