from typing import Any

import pytest


def like(value: list[float], **more: Any) -> dict[str, Any]:
    return {"query": {"vector": {"name": "place", "value": value, **more}}}


def scores(page: dict[str, Any]) -> dict[str, float]:
    return {
        item["record"]["external_id"]: pytest.approx(item["query_score"], abs=1e-5)
        for item in page["items"]
    }


def test_the_most_similar_come_first_scored_by_half_of_one_plus_the_cosine(everyone: Any) -> None:
    page = everyone.page(**like([5.0, 0.0]))
    assert list(scores(page)) == ["fox", "bear", "tokyo", "kyoto"]
    assert scores(page) == {"fox": 1.0, "bear": 0.853553, "tokyo": 0.5, "kyoto": 0.0}
    assert page["total"] == 4


def test_the_least_similar_come_first_scored_by_how_unlike_they_are(everyone: Any) -> None:
    page = everyone.page(**like([1.0, 0.0], order="least_similar"))
    assert list(scores(page)) == ["kyoto", "tokyo", "bear", "fox"]
    assert scores(page)["kyoto"] == 1.0


def test_a_record_is_not_similar_to_itself(everyone: Any, ids: dict[str, str]) -> None:
    asked = {"vector": {"name": "place", "record_id": ids["fox"]}}
    assert everyone.names_of(query=asked) == ["bear", "tokyo", "kyoto"]


def test_similar_records_can_be_filtered_and_searched(everyone: Any) -> None:
    japan = {
        "type": "terms",
        "scope": {"entity": "metadata", "metadata_property": "topic"},
        "values": ["japan"],
    }
    assert everyone.names_of(**like([1.0, 0.0]), filters={"and": [japan]}) == ["tokyo", "kyoto"]
    both = like([1.0, 0.0])
    both["query"]["text"] = {"q": "fox -quick"}
    assert everyone.names_of(**both) == ["bear"]


def test_the_limit_bounds_list_and_total(everyone: Any) -> None:
    page = everyone.page(limit=2, **like([1.0, 0.0]))
    assert (list(scores(page)), page["total"]) == (["fox", "bear"], 2)
    assert list(scores(everyone.page(offset=2, limit=2, **like([1.0, 0.0])))) == ["tokyo", "kyoto"]


def test_a_changed_vector_counts_at_once(everyone: Any, ids: dict[str, str]) -> None:
    kyoto = f"records/{ids['kyoto']}"
    try:
        everyone.client.patch(kyoto, json={"vectors": {"place": [1.0, 0.01]}}).raise_for_status()
        assert everyone.names_of(**like([1.0, 0.0]))[:2] == ["fox", "kyoto"]
    finally:
        everyone.client.patch(kyoto, json={"vectors": {"place": [-1.0, 0.0]}}).raise_for_status()
