import pytest

from tests import orchard
from winnow.flows.commands.releases import show
from winnow.reports.release.data import read_report
from winnow.reports.release.page import render
from winnow.reports.terminal.alarm import alarm_lines
from winnow.schemas.labels import Annotator
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.provenance import provenance_of
from winnow.warehouse.worth import alarms, is_chance

EMPTY = "This release is empty: it holds 0 preferences. Look which stage lost them and why, put that right, and run again."


def mute() -> list[Annotator]:
    return [a.model_copy(update={"weight": 0.01}) for a in orchard.annotators()]


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((42, 4, orchard.annotators(), 11, 12), []),
        ((42, 4, orchard.annotators(), 0, 0), []),
        ((42, 4, [], 0, 0), []),
        ((0, 0, orchard.annotators(), 0, 0), ["This release is empty: it holds 0 preferences."]),
        ((42, 42, orchard.annotators(), 0, 0), ["All 42 preferences are ties: nothing is preferred to anything."]),
        ((42, 4, mute(), 0, 0), ["The labels rest on nothing: every annotator has weight 0.0."]),
        ((42, 4, orchard.annotators(), 6, 12),
         ["Of 12 published labels that gold can check, 6 are right: no better than chance."]),
    ],
    ids=["good", "without gold", "without annotators", "empty", "ties", "mute", "chance"],
)  # fmt: skip
def test_a_release_is_worthless_where_nothing_can_be_learnt_from_it(
    counts: tuple[int, int, list[Annotator], int, int], said: list[str]
) -> None:
    assert [alarm.what for alarm in alarms(*counts)] == said


@pytest.mark.parametrize(("n_right", "n", "is_so"), [(6, 12, True), (8, 12, False), (2, 3, False), (55, 100, True), (65, 100, False), (0, 2, True)])  # fmt: skip
def test_a_few_wrong_labels_are_no_chance_and_many_half_wrong_ones_are(
    n_right: int, n: int, is_so: bool
) -> None:
    assert is_chance(n_right, n) is is_so


def test_an_empty_release_is_alarming_in_the_terminal_and_on_the_page(
    empty_orchard: Warehouse, capsys: pytest.CaptureFixture[str]
) -> None:
    (line,) = alarm_lines(empty_orchard, provenance_of(empty_orchard, "preferences@1"))
    assert line.plain == f" DO NOT TRAIN ON THIS  {EMPTY}"
    show("preferences@1", empty_orchard.settings.path)
    assert EMPTY in capsys.readouterr().out.splitlines()[1]
    page = render(read_report(empty_orchard, "preferences@1"))
    banner = page[page.index('role="alert"') : page.index('<div class="tiles">')]
    assert "<b>Do not train on this release</b>" in banner
    assert f"<p>{EMPTY}</p>" in banner


def test_a_release_that_is_worth_something_alarms_nobody(orchard_warehouse: Warehouse) -> None:
    found = provenance_of(orchard_warehouse, "preferences@1")
    assert list(alarm_lines(orchard_warehouse, found)) == []
    assert "Do not train" not in render(read_report(orchard_warehouse, "preferences@1"))
