"""What the page of a release says of a rubric in plain words."""

from typing import Any

import pytest

from winnow.reports.release.rubrics_words import outcome


@pytest.mark.parametrize(
    ("accuracy", "why"),
    [
        ({"value": 0.9, "low": 0.6}, ""),
        ({"value": 1.0, "low": 0.01}, "proven together with 9 others"),
        (None, "proven together with 9 others"),
    ],
    ids=["by itself", "by its family", "by its family alone"],
)
def test_what_stands_by_its_family_says_so(accuracy: dict[str, Any] | None, why: str) -> None:
    row = {"is_proven": True, "is_kept": True, "accuracy": accuracy}
    assert outcome({**row, "detail": "proven together with 9 others"}) == ("kept", why)
