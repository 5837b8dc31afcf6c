from io import StringIO

from rich.console import Console

from tests.annotation.evaluation.made_up import both, gold, items, judgments
from winnow.annotation.evaluation import evaluate
from winnow.reports.terminal.evaluation import evaluation_view

SIDES = {str(k): "ab"[k % 2] for k in range(12)}


def shown() -> str:
    said = {k: side if k != "0" else "invalid" for k, side in SIDES.items()}
    rows = [row for k, side in said.items() for row in both(k, "reader", side, side)]
    rows += [row for k in SIDES for row in both(k, "mumbler", "invalid", "invalid")]
    found = evaluate(judgments(*rows), gold(**SIDES), items(*({"item_id": k} for k in SIDES)))
    console = Console(file=StringIO(), width=80)
    console.print(evaluation_view(found))
    assert isinstance(console.file, StringIO)
    return "\n".join(" ".join(line.split()) for line in console.file.getvalue().splitlines())


def test_every_figure_stands_in_eighty_columns_with_what_was_read_beside_it() -> None:
    text = shown()
    assert "judge right read of 12 both orders holds first" in text
    assert "reader 100.0% 69–100 11 100.0% 100.0% 50.0%" in text
    assert "mumbler – 0 – – –" in text
    assert "judge position length calib. unread per 1,000" in text


def test_who_could_not_be_read_is_said_and_not_called_the_best() -> None:
    text = " ".join(shown().split())
    assert "Best single judge: reader, right in 100.0% of 11 comparisons" in text
    assert "1 more could not be read and are not scored" in text
    assert "nothing that was asked of them could be read: mumbler (24 judgments)" in text
