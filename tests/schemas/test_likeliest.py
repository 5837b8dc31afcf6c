from itertools import product

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from winnow.schemas.likeliest import (
    CERTAIN_SQL,
    LIKELIEST_SQL,
    SHARES,
    VERDICTS,
    certain,
    likeliest,
)

STEPS = (0.0, 0.1, 1 / 3, 0.4, 0.5, 0.1 + 0.2, 0.3, 1.0)
LABELS = np.array(list(product(STEPS, repeat=3)))


@pytest.mark.parametrize(
    ("label", "verdict"),
    [
        ((0.5, 0.3, 0.2), "a"),
        ((0.3, 0.5, 0.2), "b"),
        ((0.3, 0.2, 0.5), "tie"),
        ((0.4, 0.2, 0.4), "tie"),
        ((0.4, 0.4, 0.2), "tie"),
    ],
)
def test_a_tie_is_likeliest_where_nothing_speaks_for_one_side(
    label: tuple[float, float, float], verdict: str
) -> None:
    assert VERDICTS[likeliest(*np.array(label)[:, None])[0]] == verdict


def test_sql_finds_what_columns_find() -> None:
    labels = pa.table(dict(zip(SHARES, LABELS.T, strict=True)))
    verdict = likeliest(*LABELS.T)
    with duckdb.connect() as con:
        con.register("labels", labels)
        found = con.sql(f"select {LIKELIEST_SQL} as verdict from labels").to_arrow_table()
        shares = con.sql(f"select {CERTAIN_SQL} from found").to_arrow_table()
    assert found["verdict"].to_pylist() == [VERDICTS[place] for place in verdict]
    assert {name: shares[name].to_pylist() for name in SHARES} == {
        name: column.tolist() for name, column in certain(verdict).items()
    }


def test_without_a_label_there_is_no_verdict_in_sql() -> None:
    nothing = ", ".join(f"null::double as {name}" for name in SHARES)
    with duckdb.connect() as con:
        assert con.sql(f"select {LIKELIEST_SQL} from (select {nothing})").fetchall() == [(None,)]
