"""Alpha from columns, held against the same worked out row by row."""

from random import Random

import numpy as np
import pyarrow as pa
import pytest

from winnow.annotation.quality.agreement import LEVELS, SCALE, alpha_of_verdicts
from winnow.annotation.quality.alpha import alpha
from winnow.schemas.agreement import Level

Row = dict[str, str]


def drawn(n_items: int, share_of_people: float) -> list[Row]:
    """Draw verdicts of three people, whose answers hold up to four items each, and of two judges."""
    random = Random(n_items)
    rows = []
    for item in range(n_items):
        for who in ("ann", "bob", "eve", "judge", "other"):
            is_person = who in ("ann", "bob", "eve")
            if random.random() < (share_of_people if is_person else 0.7):
                answer = f"{who}-{item // random.choice((1, 4))}" if is_person else f"{who}/{item}"
                kind = "human" if is_person else "llm"
                verdict = random.choice(list(SCALE))
                rows.append({"item_id": f"i{item}", "annotator": who, "kind": kind, "verdict": verdict, "answer": answer})  # fmt: skip
    return rows


def together(rows: list[Row]) -> list[str]:
    first: dict[str, str] = {}
    for row in rows:
        if row["kind"] == "human":
            first[row["item_id"]] = min(row["answer"], first.get(row["item_id"], row["answer"]))
    return [first.get(row["item_id"], row["item_id"]) for row in rows]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("share_of_people", [0.0, 0.3, 1.0])
def test_alpha_and_its_interval_are_those_of_single_rows(
    level: Level, share_of_people: float
) -> None:
    rows = drawn(300, share_of_people)
    _, items = np.unique([row["item_id"] for row in rows], return_inverse=True)
    values = [SCALE[row["verdict"]] for row in rows]
    wanted = alpha(items, values, level=level, together=together(rows))
    assert alpha_of_verdicts(pa.Table.from_pylist(rows), level) == wanted
    coded = pa.Table.from_pylist(rows)
    for place, name in enumerate(coded.column_names):
        coded = coded.set_column(place, name, coded[name].dictionary_encode())
    assert alpha_of_verdicts(coded, level) == wanted
