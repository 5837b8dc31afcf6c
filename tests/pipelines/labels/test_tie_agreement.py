import pyarrow as pa
import pytest

from winnow.pipelines.labels.tie_agreement import tie_agreement

WEIGHTS = pa.table({"annotator": ["x", "y", "z"], "weight": [1.0, -3.0, 0.0]})


def shares(*rows: tuple[str, str, str]) -> dict[str, float]:
    columns = zip(*rows, strict=True)
    return tie_agreement(
        pa.table(dict(zip(("item_id", "annotator", "verdict"), columns, strict=True))), WEIGHTS
    )


def test_the_share_is_weighed_without_its_sign() -> None:
    assert shares(("c", "x", "tie"), ("c", "y", "a")) == {"c": 0.25}


def test_an_annotator_that_says_tie_in_one_order_counts_half() -> None:
    found = shares(("c", "x", "tie"), ("c", "x", "a"), ("c", "y", "invalid"))
    assert found == {"c": pytest.approx(0.5)}


def test_where_nobody_has_weight_all_count_alike_and_who_is_unreadable_not_at_all() -> None:
    assert shares(("c", "z", "tie"), ("d", "x", "invalid")) == {"c": 1.0}
