from collections.abc import Callable

import argilla as rg
import httpx

from winnow.annotation.argilla.server import Address

PENDING = {
    "query": {},
    "filters": {
        "and": [
            {
                "type": "terms",
                "scope": {"entity": "response", "property": "status"},
                "values": ["pending"],
            },
            {
                "type": "terms",
                "scope": {"entity": "record", "property": "status"},
                "values": ["pending"],
            },
        ]
    },
}
"""What Argilla's web page asks for when a person opens a queue."""


def test_an_annotator_takes_a_record_from_the_queue_and_submits(
    owner: rg.Argilla, argilla: Address, person: Callable[[str], httpx.Client]
) -> None:
    settings = rg.Settings(
        fields=[rg.TextField(name="prompt")], questions=[rg.LabelQuestion("better", ["a", "b"])]
    )
    dataset = rg.Dataset("thin", argilla.workspace, settings, client=owner).create()
    dataset.records.log([{"id": str(n), "prompt": f"prompt {n}"} for n in range(20)])
    ann = person("ann")
    queue = ann.post(f"me/datasets/{dataset.id}/records/search", json=PENDING).json()
    first = queue["items"][0]["record"]["id"]
    answer = {"status": "submitted", "values": {"better": {"value": "a"}}}
    assert ann.post(f"records/{first}/responses", json=answer).status_code == 201
    left = ann.post(f"me/datasets/{dataset.id}/records/search", json=PENDING).json()
    assert (queue["total"], left["total"]) == (20, 19)
    assert dataset.progress()["completed"] == 1
