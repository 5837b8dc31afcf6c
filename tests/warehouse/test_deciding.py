import duckdb
import great_expectations.expectations as gxe
import numpy as np
import pandas as pd
import pytest

from winnow.schemas.contracts.contract import between, one_of, unique
from winnow.warehouse.deciding import deciding_rows

VIEW = """
SELECT i::VARCHAR AS id, i % 7 AS n, i / 1000 AS share, ['a', 'b', NULL][1 + i % 3] AS side
FROM range(100_000) AS t(i)
"""
EXPECTED = [
    unique("no row comes twice"),
    between("n", 0, 6, "n lies in 0..6"),
    between("share", 0, 99.999, "a share lies in 0..99.999"),
    one_of("side", ("a", "b"), "the side is a known one"),
]


def decided(view: str) -> tuple[int, pd.DataFrame]:
    with duckdb.connect() as con:
        return deciding_rows(con, view, [e.configuration for e in EXPECTED])


def test_a_hundred_thousand_rows_are_decided_on_by_a_few() -> None:
    n_rows, frame = decided(VIEW)
    assert n_rows == 100_000
    assert len(frame) <= 3
    assert frame["n"].dropna().tolist() == [0, 6]
    assert frame["share"].dropna().tolist() == [0, 99.999]
    assert set(frame["side"].dropna()) == {"a", "b"}


def test_a_value_that_comes_twice_is_handed_over_twice() -> None:
    _, frame = decided(f"{VIEW} UNION ALL SELECT '77', 0, 0, 'a'")
    assert frame["id"].dropna().nunique() < frame["id"].notna().sum()


def test_what_is_no_number_does_not_hide_the_greatest() -> None:
    _, frame = decided(f"{VIEW} UNION ALL SELECT 'x', 0, 'nan'::DOUBLE, 'a'")
    assert np.nanmax(frame["share"]) == 99.999


def test_nothing_stands_for_no_rows() -> None:
    n_rows, frame = decided(f"{VIEW} WHERE false")
    assert n_rows == 0 and not frame.notna().to_numpy().any()


def test_an_expectation_that_is_not_decided_by_few_rows_is_refused() -> None:
    odd = gxe.ExpectColumnMeanToBeBetween(column="n", min_value=0, max_value=6).configuration
    with duckdb.connect() as con, pytest.raises(KeyError):
        deciding_rows(con, VIEW, [odd])
