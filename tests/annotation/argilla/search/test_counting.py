from typing import Any

import argilla as rg
import httpx
import pytest


def metrics(client: httpx.Client, dataset: rg.Dataset, name: str) -> dict[str, Any]:
    listed = client.get(f"me/datasets/{dataset.id}/metadata-properties").json()["items"]
    known = {each["name"]: each["id"] for each in listed}
    return client.get(f"metadata-properties/{known[name]}/metrics").json()


def test_terms_are_counted_most_frequent_first(everyone: Any, animals: rg.Dataset) -> None:
    counted = metrics(everyone.client, animals, "topic")
    terms = [(each["term"], each["count"]) for each in counted["values"]]
    assert terms == [("places", 3), ("animals", 2), ("japan", 2), ("code", 1)]
    assert counted["total"] == 8


def test_numbers_have_a_range(everyone: Any, animals: rg.Dataset) -> None:
    length = metrics(everyone.client, animals, "length")
    score = metrics(everyone.client, animals, "score")
    assert (length["type"], length["min"], length["max"]) == ("integer", 2, 9)
    assert (score["type"], score["min"], score["max"]) == ("float", -1.5, 2.0)


@pytest.mark.usefixtures("answers")
def test_progress_counts_records_and_each_persons_responses(
    animals: rg.Dataset, everyone: Any, ann: Any, bob: Any
) -> None:
    whole = everyone.client.get(f"datasets/{animals.id}/progress").json()
    assert (whole["total"], whole["completed"], whole["pending"]) == (8, 1, 7)
    path = f"me/datasets/{animals.id}/metrics"
    anns, bobs = ann.client.get(path).json()["responses"], bob.client.get(path).json()["responses"]
    assert anns == {"total": 8, "submitted": 2, "discarded": 0, "draft": 1, "pending": 5}
    assert bobs == {"total": 8, "submitted": 1, "discarded": 1, "draft": 0, "pending": 6}


def test_the_server_says_which_engine_answers(everyone: Any) -> None:
    status = everyone.client.get("status").json()
    assert status["search_engine"]["name"] == "winnow"
