from rich.console import Console

from tests import toy
from winnow.reports.terminal.shortcuts import shortcut_table, warning_lines
from winnow.schemas.shortcuts import SHORTCUTS

WARNING = toy.shortcuts()[0].model_copy(update={"is_warning": True, "finding": "explains"})


def printed(what: object) -> str:
    console = Console(width=160, record=True, force_terminal=False)
    with console.capture() as capture:
        console.print(what)
    return capture.get().replace("\N{NO-BREAK SPACE}", " ")


def test_a_release_without_a_warning_prints_nothing() -> None:
    assert list(warning_lines(toy.shortcuts())) == []


def test_a_warning_is_one_line_with_what_to_do() -> None:
    (line,) = warning_lines([WARNING, toy.shortcuts()[1]])
    assert line.plain == (
        "shortcut length  the longer response: 100% of 2 labels (10% to 100%), 100% of 1 gold; "
        "balance it with assemble: {rebalance: length}"
    )


def test_many_warnings_are_cut_short() -> None:
    found = [WARNING.model_copy(update={"shortcut": name}) for name in list(SHORTCUTS)[:7]]
    lines = list(warning_lines(found))
    assert len(lines) == 5
    assert lines[-1].plain == "3 more shortcuts warn  headings, bold, code"


def test_the_table_leaves_out_what_occurs_nowhere() -> None:
    absent = WARNING.model_copy(update={"shortcut": "emoji", "finding": "absent"})
    text = printed(shortcut_table([WARNING, absent]))
    assert "the longer response" in text
    assert "10% to 100%" in text
    assert "emoji" not in text
