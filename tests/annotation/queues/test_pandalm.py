"""The three people of a labelled set at work in a real queue."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.annotation.queues.people import queue_of
from winnow.annotation.aggregation import aggregate
from winnow.annotation.argilla.server import Address
from winnow.annotation.quality.agreement import long_form, measure_agreement
from winnow.annotation.queues.client import Client
from winnow.annotation.queues.display import as_turns
from winnow.annotation.queues.pull import pull
from winnow.annotation.queues.push import Queue, ensure_data_set, push
from winnow.annotation.queues.reading import read_answers
from winnow.annotation.queues.tasks import Pairwise, View
from winnow.schemas.answers import Answer, Shown
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Judgment
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.responses import Response

PANDALM = Path(__file__).parents[4] / "shared/data/pandalm"
PEOPLE = {"annotator1": "ann", "annotator2": "bob", "annotator3": "cem"}
pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(
        not PANDALM.is_dir(), reason="needs the labelled comparisons in ../shared/data/pandalm"
    ),
]


class Known(NamedTuple):
    """One comparison of the file."""

    item_id: str
    view: View
    ids: dict[str, str]
    """response_id of the file's a and b."""


def known(row: dict[str, str]) -> Known:
    # The file has comparisons twice; its item_id as a document keeps them apart.
    message = Message(role="user", content=row["prompt"])
    prompt = Prompt(messages=(message,), contexts=(row["item_id"],), source="pandalm")
    made = {
        name: Response(
            prompt_id=prompt.prompt_id, text=row[f"response_{name}"], model=row[f"model_{name}"]
        )
        for name in "ab"
    }
    ids = {name: response.response_id for name, response in made.items()}
    comparison = Comparison(
        prompt_id=prompt.prompt_id, response_ids=tuple(ids.values()), strategy="imported"
    )
    responses = tuple(sorted(made.values(), key=lambda r: r.response_id))
    return Known(row["item_id"], View(comparison.comparison_id, prompt, responses), ids)


def answer_all(
    me: httpx.Client, said: dict[str, str], items: dict[str, Known], records: list[dict[str, Any]]
) -> None:
    """Answer a whole queue, looking at each item only as the page shows it."""
    answers = []
    by_page = {as_turns(item.view.prompt)[0]["content"]: item for item in items.values()}
    for record in records:
        item = by_page[record["fields"]["prompt"][0]["content"]]
        texts = [record["fields"][f"response_{n}"] for n in (1, 2)]
        preference = choose(item, said[item.item_id], texts, record["external_id"])
        values = {"preference": {"value": preference}}
        answers.append({"record_id": record["id"], "status": "submitted", "values": values})
    for start in range(0, len(answers), 100):
        done = me.post("me/responses/bulk", json={"items": answers[start : start + 100]})
        assert all(item["error"] is None for item in done.raise_for_status().json()["items"])


def choose(item: Known, verdict: str, texts: Sequence[str], item_id: str) -> str:
    if verdict == "tie":
        return "tie"
    card = Pairwise().card(item.view, item_id, 1, 0)
    assert [card.fields["response_1"], card.fields["response_2"]] == texts
    first = Shown.model_validate_json(card.shown).response_ids[0]
    return "first_much" if item.ids[verdict] == first else "second_slightly"


def in_the_files_words(judgments: list[Judgment], items: dict[str, Known]) -> pa.Table:
    """Turn judgments of comparisons into rows as the file has them."""
    by_comparison = {item.view.subject_id: item for item in items.values()}
    rows = long_form(Judgment.to_table(judgments)).to_pylist()
    for row in rows:
        item = by_comparison[row["item_id"]]
        names = dict(zip(sorted(item.ids.values()), "ab", strict=True))
        back = {names[response_id]: name for name, response_id in item.ids.items()}
        row |= {"item_id": item.item_id, "verdict": back.get(row["verdict"], row["verdict"])}
    return pa.Table.from_pylist(rows)


def majority(votes: pa.Table) -> dict[str, tuple[float, ...]]:
    labels = aggregate(votes, method="majority").labels.to_pylist()
    return {row["item_id"]: (row["p_a"], row["p_b"], row["p_tie"]) for row in labels}


@pytest.fixture
def client(argilla: Address) -> Iterator[Client]:
    with Client(argilla) as client:
        yield client


def test_replayed_through_a_queue_alpha_and_majority_are_those_of_the_file(
    client: Client, person: Callable[[str], httpx.Client]
) -> None:
    items = {
        row["item_id"]: known(row) for row in pq.read_table(PANDALM / "pairs.parquet").to_pylist()
    }
    rows = [
        r for r in pq.read_table(PANDALM / "judgments.parquet").to_pylist() if r["kind"] == "human"
    ]
    queue = Queue("pandalm", "winnow", Pairwise(), n_people=3)
    push(client, queue, [(item.view, 0) for item in items.values()])
    data_set = ensure_data_set(client, queue)
    work = []
    for annotator, name in PEOPLE.items():
        said = {r["item_id"]: r["verdict"] for r in rows if r["annotator"] == annotator}
        work.append((person(name), said, items, queue_of(person(name), data_set, limit=1000)))
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda arguments: answer_all(*arguments), work))

    answers: list[Answer] = []
    pull(client, [data_set], answers.extend)
    judgments = read_answers(answers, {"pairwise@1": Pairwise()}).judgments
    pulled, original = in_the_files_words(judgments, items), pa.Table.from_pylist(rows)
    assert len(judgments) == pulled.num_rows == original.num_rows == 2997
    for level, alpha in measure_agreement(original).alphas.items():
        assert measure_agreement(pulled).alphas[level].value == pytest.approx(alpha.value)
    assert majority(pulled) == majority(original)
    assert {j.order for j in judgments} == {"ab", "ba"}
