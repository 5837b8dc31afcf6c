from collections import Counter, defaultdict

import pyarrow as pa
import pytest

from tests.annotation.aggregation.simulated import simulate
from winnow.annotation.aggregation import aggregate


def majority_of(table: pa.Table) -> pa.Table:
    said = defaultdict(list)
    for row in table.to_pylist():
        said[row["item_id"]].append(row["verdict"])
    most = {item: Counter(v).most_common(1)[0][0] for item, v in said.items()}
    return pa.table({"item_id": list(most), "verdict": list(most.values())})


def circular(table: pa.Table, known: pa.Table) -> list[str]:
    return [note for note in aggregate(table, known).notes if "derived from these votes" in note]


def test_gold_that_is_the_majority_of_the_votes_is_named_as_circular() -> None:
    drawn = simulate([0.75, 0.7, 0.65], n_items=300)
    (note,) = circular(drawn.judgments, majority_of(drawn.judgments))
    assert note.startswith(
        "gold seems derived from these votes: it is what most annotators say on 300 of 300 items"
    )


def test_gold_that_is_the_majority_of_one_kind_is_named_with_it() -> None:
    people, judges = simulate([0.75, 0.7, 0.65]), simulate([0.6] * 4, seed=1)
    place = people.judgments.column_names.index("kind")
    human = pa.array(["human"] * people.judgments.num_rows)
    named = pa.array([f"person {n}" for n in people.judgments["annotator"].to_pylist()])
    own = people.judgments.set_column(place, "kind", human).set_column(1, "annotator", named)
    (note,) = circular(pa.concat_tables([own, judges.judgments]), majority_of(own))
    assert "what most annotators of kind human say" in note


@pytest.mark.parametrize("accuracies", [[0.7] * 3, [0.99] * 5, [0.95, 0.6, 0.55], [0.3] * 4])
def test_gold_of_its_own_is_not_called_circular(accuracies: list[float]) -> None:
    drawn = simulate(accuracies, n_items=400)
    assert circular(drawn.judgments, drawn.gold(400)) == []


def test_an_annotator_who_knows_the_truth_does_not_make_gold_circular() -> None:
    drawn = simulate([0.999, 0.6, 0.6], n_items=400)
    assert circular(drawn.judgments, drawn.gold(300)) == []
