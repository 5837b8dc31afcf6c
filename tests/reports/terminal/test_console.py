"""Text of others in a terminal: it is seen, and does nothing."""

import io
import sys

import pyarrow as pa
import pytest
from rich.console import RenderableType
from rich.progress import Progress, TextColumn
from rich.text import Text

from winnow.flows.commands import cli
from winnow.flows.commands.doctor import Checked, findings_table
from winnow.flows.terminal.progress import RunProgress
from winnow.reports.terminal.console import Terminal, console_of_data, say
from winnow.reports.terminal.people import people_view
from winnow.reports.terminal.query import query_table
from winnow.reports.terminal.releases import annotator_table, stage_table
from winnow.schemas.agreement import AgreementFigures, PairFigures, PersonFigures
from winnow.schemas.labels import Annotator
from winnow.schemas.printable import printable
from winnow.schemas.runs import ReasonCount, StageCount

ACTS = (
    "[red]not red[/red] [link=x] \x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b]8;;http://a.example\x1b\\link\x1b]8;;\x1b\\ \x9b2J \x08\x7f "
    "\u202egpj.exe\u202c \u2066x\u2069 a\u200bb\ufeffc \U000e0041 \u2028 end"
)


def printed(*shown: RenderableType) -> str:
    """Print to a terminal without colours, in which every escape sequence would be one of the text's."""
    file = io.StringIO()
    terminal = Terminal(file=file, force_terminal=True, color_system=None, width=400)
    for each in shown:
        terminal.print(each)
    return file.getvalue()


@pytest.mark.parametrize(
    "text, shown",
    [
        ("\x1b[2J\x07", "␛[2J␇"),
        ("a\u202eb\u2066c\u200bd", "a�b�c�d"),
        ("\x9b1m \x7f \r", "�1m ␡ ␍"),
        ("half \ud800", "half �"),
        ("tab\tand\nlines", "tab\tand\nlines"),
        ("👩‍💻 नमस्‍ते می‌خواهم é 漢字", "👩‍💻 नमस्‍ते می‌خواهم é 漢字"),
    ],
)
def test_what_would_act_or_hide_is_shown_and_all_else_stays(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert len(printable(text)) == len(text)


def views() -> dict[str, RenderableType]:
    annotator = Annotator(
        run_id="r", annotator_id=ACTS, kind="llm", n_judgments=3, n_gold=0, n_invalid=0, weight=1.0
    )
    reject = ReasonCount(reason=ACTS, n=1)
    stage = StageCount(
        stage="label", unit="requests", n_in=2, n_out=1, rejects=(reject,), seconds=1
    )
    people = AgreementFigures(
        n_items=1,
        n_people=1,
        alphas=(),
        people=(PersonFigures(annotator=ACTS, n_verdicts=3),),
        pairs=(PairFigures(annotator=ACTS, other=f"{ACTS}z", hits=1, n=2),),
    )
    return {
        "people": people_view(people),
        "annotators": annotator_table([annotator]),
        "stages": stage_table([stage]),
        "query": query_table(pa.table({ACTS: [ACTS], "b": [1]})),
        "query, full": query_table(pa.table({ACTS: [ACTS], "b": [1]}), full=True),
        "query, by rows": query_table(pa.table({f"{ACTS}{n}": [ACTS] for n in range(50)})),
        "doctor": findings_table([Checked(ACTS, "ok", ACTS, ACTS)]),
        "text": Text(ACTS),
    }


@pytest.mark.parametrize("name", views())
def test_no_view_lets_a_name_or_a_text_act(name: str) -> None:
    shown = printed(views()[name])
    assert printable(shown) == shown
    assert "[red]not red[/red]" in shown


def test_lines_beside_the_progress_do_not_act() -> None:
    file = io.StringIO()
    terminal = Terminal(file=file, force_terminal=False, color_system=None, width=400)
    progress = RunProgress(terminal)
    progress.note(ACTS)
    progress.warn(ACTS)
    assert printable(file.getvalue()) == file.getvalue()
    assert file.getvalue().count("[red]not red[/red]") == 2


def test_a_moving_line_lets_nothing_act_either() -> None:
    file = io.StringIO()
    terminal = Terminal(file=file, force_terminal=True, color_system=None, width=100)
    with Progress(TextColumn("{task.description}", markup=False), console=terminal) as bar:
        bar.add_task("\u202e\x1b]0;title\x07judge")
    assert "\x1b]0;" not in file.getvalue() and "\u202e" not in file.getvalue()
    assert "�␛]0;title" in file.getvalue()


def test_an_error_shows_what_a_server_said_and_does_nothing_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "argv", ["winnow", "run", "\x1b]0;x\x07\u202e.yaml"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert "␛]0;x␇�.yaml" in str(ended.value)
    assert printable(str(ended.value)) == str(ended.value)


def test_rows_in_a_pipe_stay_data_and_lines_do_not_act(capsys: pytest.CaptureFixture[str]) -> None:
    console_of_data().print(query_table(pa.table({"a": ["x\u202ey"]}), full=True))
    say("x\u202ey")
    assert capsys.readouterr().out.splitlines()[1:] == ["x\u202ey", "1 row", "x�y"]
