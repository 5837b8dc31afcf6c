import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.annotation.verifiers.difficulty import weights_by_difficulty

MATRICES = (
    st.integers(1, 8)
    .flatmap(
        lambda n: st.lists(
            st.lists(st.booleans(), min_size=n, max_size=n).map(tuple),
            min_size=1,
            max_size=6,
            unique=True,
        )
    )
    .map(lambda columns: [list(row) for row in zip(*columns, strict=True)])
)


@given(MATRICES, st.floats(0, 4), st.floats(0.01, 1))
def test_weights_of_tests_that_no_two_share_are_those_of_the_formula(
    passed: list[list[bool]], alpha: float, sigma: float
) -> None:
    rates = [sum(column) / len(passed) for column in zip(*passed, strict=True)]
    raw = [
        math.exp(-alpha * rate)
        / (sum(math.exp(-((rate - k) ** 2) / (2 * sigma**2)) for k in rates) + 1e-6)
        for rate in rates
    ]
    wanted = [weight / sum(raw) for weight in raw]
    assert weights_by_difficulty(passed, alpha=alpha, sigma=sigma) == pytest.approx(wanted)


@given(MATRICES, st.integers(0, 5), st.integers(1, 50))
def test_a_test_that_is_copied_takes_nothing_from_others_and_keeps_every_score(
    passed: list[list[bool]], which: int, copies: int
) -> None:
    which %= len(passed[0])
    more = [row + [row[which]] * copies for row in passed]
    before = weights_by_difficulty(passed, alpha=2, sigma=0.1)
    after = weights_by_difficulty(more, alpha=2, sigma=0.1)
    others = [i for i in range(len(before)) if i != which]
    assert [after[i] for i in others] == pytest.approx([before[i] for i in others])
    assert sum(after[len(before) :], after[which]) == pytest.approx(before[which])


def test_hard_tests_count_more_and_sharers_split_their_weight() -> None:
    passed = [[True, False, True], [True, True, False], [True, False, False], [True, False, False]]
    easy, hard, as_hard = weights_by_difficulty(passed, alpha=2, sigma=0.1)
    assert hard == as_hard > easy
    assert hard == pytest.approx(easy * math.exp(1.5) / 2, rel=1e-5)
