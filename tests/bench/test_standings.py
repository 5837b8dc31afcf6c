import pytest

from bench.standings import KINDS, coverage


@pytest.mark.parametrize("kind", list(KINDS))
def test_ninety_per_cent_intervals_of_standings_hold_the_truth(kind: str) -> None:
    simulate, n = KINDS[kind]
    found = coverage(simulate, n, n_sets=60)
    assert {figure: 0.82 <= share <= 1 for figure, (share, _) in found.items()} == dict.fromkeys(
        found, True
    )
