"""A small data set to search in, and a way to ask a server for it as Argilla's web page does."""

from dataclasses import dataclass
from typing import Any

import argilla as rg
import httpx

TEXTS = {
    "fox": "The quick brown fox jumps over the lazy dog",
    "bear": "A brown bear sleeps; the fox does not",
    "tokyo": "東京タワーへ行くのはどう？",
    "kyoto": "京都と東の町",
    "prague": "Příliš žluťoučký kůň in Praha",
    "hindi": "हिन्दी भाषा में एक प्रश्न",
    "code": "print(3.14) # don't stop",
    "empty": "nothing here",
}
METADATA: dict[str, dict[str, Any]] = {
    "fox": {"topic": "animals", "length": 9, "score": 0.5},
    "bear": {"topic": "animals", "length": 8, "score": 0.25},
    "tokyo": {"topic": ["places", "japan"], "length": 3, "score": -1.5},
    "kyoto": {"topic": ["places", "japan"], "length": 2},
    "prague": {"topic": "places", "length": 5, "score": 2.0},
    "code": {"topic": "code", "length": 4, "score": 0.75},
}
VECTORS = {
    "fox": [1.0, 0.0],
    "bear": [2.0, 2.0],
    "tokyo": [0.0, 3.0],
    "kyoto": [-1.0, 0.0],
    "code": [0.0, 0.0],
}
SUGGESTIONS: dict[str, dict[str, rg.Suggestion]] = {
    "fox": {"better": rg.Suggestion("better", "a", score=0.9, agent="judge")},
    "bear": {"better": rg.Suggestion("better", "b", score=0.4, agent="judge")},
    "tokyo": {
        "better": rg.Suggestion("better", "b", score=0.6, agent="rule"),
        "quality": rg.Suggestion("quality", 3, agent="rule"),
    },
    "prague": {"tags": rg.Suggestion("tags", ["long", "odd"], score=[0.1, 0.8])},
}


@dataclass(frozen=True)
class Searcher:
    """Asks for records of one data set as one person."""

    client: httpx.Client
    path: str

    def page(self, *, offset: int = 0, limit: int = 50, **body: Any) -> dict[str, Any]:
        """Give the whole reply."""
        wanted = {"query": {}, **body}
        where = {"offset": offset, "limit": limit}
        reply = self.client.post(f"{self.path}/records/search", params=where, json=wanted)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def names_of(self, **body: Any) -> list[str]:
        """Give the records' own names, in the order of the reply."""
        return [item["record"]["external_id"] for item in self.page(**body)["items"]]

    def text(self, query: str, field: str | None = None, **body: Any) -> list[str]:
        """Search for words; best first."""
        text = {"q": query, "field": field} if field else {"q": query}
        return self.names_of(query={"text": text}, **body)

    def where(self, *filters: dict[str, Any], **body: Any) -> set[str]:
        """Filter."""
        return set(self.names_of(filters={"and": list(filters)}, **body))


def make_animals(owner: rg.Argilla, workspace: str) -> rg.Dataset:
    """Make the data set and push its records."""
    settings = rg.Settings(
        fields=[rg.TextField(name="text"), rg.ChatField(name="chat", required=False)],
        questions=[
            rg.LabelQuestion("better", ["a", "b"]),
            rg.RatingQuestion("quality", [1, 2, 3, 4, 5], required=False),
            rg.MultiLabelQuestion("tags", ["long", "short", "odd"], required=False),
            rg.TextQuestion("why", required=False),
        ],
        metadata=[
            rg.TermsMetadataProperty("topic"),
            rg.IntegerMetadataProperty("length"),
            rg.FloatMetadataProperty("score"),
        ],
        vectors=[rg.VectorField("place", dimensions=2)],
        distribution=rg.TaskDistribution(min_submitted=2),
    )
    dataset = rg.Dataset("animals", workspace, settings, client=owner).create()
    chat = [{"role": "user", "content": "a chat"}, {"role": "assistant", "content": "about owls"}]
    dataset.records.log(
        [
            rg.Record(
                id=name,
                fields={"text": text, **({"chat": chat} if name == "empty" else {})},
                metadata=METADATA.get(name, {}),
                suggestions=list(SUGGESTIONS.get(name, {}).values()),
                vectors={"place": VECTORS[name]} if name in VECTORS else {},
            )
            for name, text in TEXTS.items()
        ]
    )
    return dataset


GIVEN = {
    "ann": {
        "fox": ("submitted", "a", 5),
        "bear": ("submitted", "b", 2),
        "tokyo": ("draft", "b", 4),
    },
    "bob": {"fox": ("submitted", "b", 1), "code": ("discarded", "a", 3)},
}
"""By person and record: status, which is better, quality."""


def answer(client: httpx.Client, name: str, ids: dict[str, str]) -> None:
    """Give one person's answers."""
    for record, (status, better, quality) in GIVEN[name].items():
        values = {"better": {"value": better}, "quality": {"value": quality}}
        reply = client.post(
            f"records/{ids[record]}/responses", json={"status": status, "values": values}
        )
        assert reply.status_code == 201, reply.text
