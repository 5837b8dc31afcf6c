from types import SimpleNamespace

import pytest

from tests import toy
from winnow.reports.intervals import share
from winnow.reports.release.words import length_sentence
from winnow.schemas.shortcuts import Shortcut

UNCLEAR = toy.shortcuts()[0].model_copy(
    update={"n": 60, "accuracy": 0.62, "low": 0.45, "high": 0.76}
)


def said(*shortcuts: Shortcut, longer: tuple[int, int] = (37, 57)) -> str:
    text = length_sentence(SimpleNamespace(shortcuts=shortcuts, longer_chosen=share(*longer)))  # type: ignore[arg-type]
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_where_the_audit_measured_length_its_finding_is_all_that_is_said_of_it() -> None:
    assert said(UNCLEAR) == (
        "Choosing the longer response agrees with 62 % of 60 labels (45 to 76 %) and with 100 % of 1 gold verdict."
        " Finding: too few to tell."
    )


@pytest.mark.parametrize(
    ("longer", "end"),
    [
        ((37, 57), "can learn to prefer length."),
        ((20, 57), "win here."),
        ((29, 57), "from chance."),
    ],
)
def test_a_release_without_the_audit_is_told_by_its_count(
    longer: tuple[int, int], end: str
) -> None:
    text = said(longer=longer)
    assert text.startswith("The longer response was chosen in")
    assert text.endswith(end)
