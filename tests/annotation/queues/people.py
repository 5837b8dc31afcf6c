"""What people do in Argilla, done through its HTTP interface."""

from collections.abc import Mapping
from typing import Any

import httpx

from winnow.annotation.queues.client import DataSet


def queue_of(someone: httpx.Client, data_set: DataSet, limit: int = 100) -> list[dict[str, Any]]:
    """Give what is still in someone's queue, as the web page asks for it."""
    is_pending = [
        {"type": "terms", "scope": {"entity": entity, "property": "status"}, "values": ["pending"]}
        for entity in ("record", "response")
    ]
    query = {"filters": {"type": "and", "and": is_pending}}
    found = someone.post(
        f"me/datasets/{data_set.id}/records/search", params={"limit": limit}, json=query
    )
    return [item["record"] for item in found.raise_for_status().json()["items"]]


def submit(
    someone: httpx.Client,
    record: Mapping[str, Any],
    values: Mapping[str, Any],
    status: str = "submitted",
) -> str:
    """Answer an item, and give the id of the response."""
    body = {"values": {name: {"value": value} for name, value in values.items()}, "status": status}
    answered = someone.post(f"records/{record['id']}/responses", json=body)
    return str(answered.raise_for_status().json()["id"])


def change(
    someone: httpx.Client, response_id: str, values: Mapping[str, Any], status: str = "submitted"
) -> None:
    """Change an answer that was given."""
    body = {"values": {name: {"value": value} for name, value in values.items()}, "status": status}
    someone.put(f"responses/{response_id}", json=body).raise_for_status()
