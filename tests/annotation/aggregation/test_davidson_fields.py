from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest

from winnow.annotation.aggregation.davidson import fit_davidson
from winnow.annotation.aggregation.davidson_fields import fit_fields
from winnow.annotation.aggregation.tournament import (
    bradley_terry,
    fit_parts,
    parts_of,
    pool,
    read_outcomes,
)


@pytest.mark.parametrize("n_fields", [1, 40])
def test_each_of_many_fields_gets_the_fit_that_it_gets_by_itself(n_fields: int) -> None:
    left, right = np.array(list(combinations(range(4), 2))).T
    # Some fields are nearly unanimous, which takes the most steps.
    outcome = np.random.default_rng(1).gamma(0.3, size=(n_fields, len(left), 3)) + 1e-3
    wanted = [fit_davidson(left, right, one, 4).strength for one in outcome]
    assert fit_fields(left, right, outcome, 4) == pytest.approx(np.array(wanted), abs=1e-11)


def test_groups_of_several_shapes_are_fitted_as_one_part_after_another() -> None:
    random = np.random.default_rng(2)
    rows = []
    for group in range(120):
        size = int(random.integers(2, 6))
        pairs = [two for two in combinations(range(size), 2) if random.random() < 0.8]
        for a, b in pairs or [(0, 1)]:
            p_a, p_b, p_tie = random.dirichlet([1, 1, 0.3])
            sides = [f"{group}-{a}", f"{group}-{b}"]
            random.shuffle(sides)
            rows.append({"a": sides[0], "b": sides[1], "p_a": p_a, "p_b": p_b, "p_tie": p_tie})
    outcomes = pa.Table.from_pylist([rows[i] for i in random.permutation(len(rows))])
    met = pool(read_outcomes(outcomes))
    wanted = np.zeros(len(met.names))
    for names, fit in fit_parts(met, parts_of(met)):
        wanted[names] = fit.strength
    found = bradley_terry(outcomes)
    assert found["name"].combine_chunks().equals(met.names)
    assert np.asarray(found["strength"]) == pytest.approx(wanted, abs=1e-11)
