from rich.console import Console

from winnow.reports.terminal.lines import Line

PATH = "/a/folder/with/a/long/name/reports/preferences@1.html"


def lines(text: str, *, is_terminal: bool) -> list[str]:
    console = Console(width=40, force_terminal=is_terminal, color_system=None)
    with console.capture() as said:
        console.print(Line(text), crop=False)
    return said.get().splitlines()


def test_a_line_goes_on_below_its_own_text() -> None:
    text = "  note       the column weight is not read by anything"
    assert lines(text, is_terminal=True) == [
        "  note       the column weight is not",
        "             read by anything",
    ]


def test_a_line_without_a_head_goes_on_at_its_beginning() -> None:
    text = "published labels agree with 12 of 12 gold comparisons"
    assert lines(text, is_terminal=True) == [
        "published labels agree with 12 of 12",
        "gold comparisons",
    ]


def test_a_path_is_never_broken() -> None:
    assert PATH in lines(f"  report     {PATH}", is_terminal=True)[-1]
    assert lines(f"the report is in {PATH} now", is_terminal=True) == [
        "the report is in",
        PATH,
        "now",
    ]


def test_in_a_log_a_line_is_one_line() -> None:
    text = "  note       the column weight is not read by anything"
    assert lines(text, is_terminal=False) == [text]
