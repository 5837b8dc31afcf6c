import evalica
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.annotation.quality.alpha import Level, alpha

# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C: four observers, twelve units.
OBSERVERS = ("12332141 2...", "12332241 25.3", ".3332342 251.", "12332441 251.")
ITEMS_AND_VALUES = [
    (str(unit), float(value))
    for observer in OBSERVERS
    for unit, value in enumerate(observer.replace(" ", ""))
    if value != "."
]


@pytest.mark.parametrize(
    ("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_the_published_example_gives_the_published_alpha(level: Level, published: float) -> None:
    items, values = zip(*ITEMS_AND_VALUES, strict=True)
    assert alpha(items, values, level=level).value == pytest.approx(published, abs=0.0005)


def test_an_item_judged_once_does_not_count() -> None:
    found = alpha(("i", "i", "j", "j", "lonely"), (0, 0, 1, 1, 0))
    assert (found.value, found.n_items, found.n_values) == (1.0, 2, 4)


def test_alpha_is_unknown_where_everyone_says_the_same() -> None:
    found = alpha(("i", "i", "j", "j"), (1, 1, 1, 1))
    assert (found.value, found.low, found.high) == (None, None, None)


def test_alpha_is_unknown_without_an_item_judged_twice() -> None:
    assert alpha(("i", "j"), (0, 1)).value is None


def test_the_interval_holds_the_value_and_repeats_with_the_seed() -> None:
    items, values = zip(*ITEMS_AND_VALUES, strict=True)
    found = alpha(items, values, seed=7)
    assert found.low is not None and found.value is not None and found.high is not None
    assert found.low < found.value < found.high
    assert alpha(items, values, seed=7) == found


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 2)), min_size=4),
    st.sampled_from(("nominal", "ordinal", "interval")),
)
def test_alpha_equals_that_of_evalica(rows: list[tuple[int, int, int]], level: Level) -> None:
    table = pd.DataFrame(rows, columns=["item", "rater", "value"]).drop_duplicates(
        ["item", "rater"]
    )
    found = alpha(table["item"].astype(str), table["value"], level=level, n_resamples=0)
    if found.value is None:
        return
    shared = table.groupby("item").filter(lambda group: len(group) > 1)
    matrix = shared.pivot(index="rater", columns="item", values="value")
    assert found.value == pytest.approx(evalica.alpha(matrix, distance=level).alpha)
