from io import StringIO

from rich.console import Console

from winnow.reports.terminal.standings import standing_view
from winnow.schemas.strengths import Standing

ONE = Standing(
    run_id="r", model="tiny stand-in", part=0, n_prompts=4900, n_comparisons=9800, n_won=14_900, n_tied=1000, n_lost=3700,
    win_rate=0.786, win_rate_low=0.775, win_rate_high=0.796, tie_rate=0.05, label_win_rate=0.85, label_win_rate_low=0.84,
    label_win_rate_high=0.86, strength=0.9, strength_low=0.8, strength_high=1.0,
)  # fmt: skip


def lines(*standings: Standing) -> list[str]:
    console = Console(file=StringIO(), width=80)
    console.print(standing_view(standings))
    assert isinstance(console.file, StringIO)
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines()]


def test_the_count_stands_beside_the_win_rate_in_eighty_columns() -> None:
    row = "tiny stand-in 14,900/1,000/3,700 79% (78 to 80) 85% (84 to 86) +0.9"
    assert lines(ONE)[1] == row
    assert "by labels: win rate of the labels" in " ".join(lines(ONE))


def test_a_strength_that_rounds_to_nothing_has_no_sign() -> None:
    assert lines(ONE.model_copy(update={"strength": -0.04}))[1].endswith(" 0.0")


def test_a_standing_that_an_older_run_wrote_shows_what_it_has() -> None:
    old = {**ONE.model_dump(), **dict.fromkeys(("n_won", "n_tied", "n_lost"))}
    old |= dict.fromkeys(("label_win_rate", "label_win_rate_low", "label_win_rate_high"))
    assert lines(Standing.model_validate(old))[1] == "tiny stand-in – 79% (78 to 80) – +0.9"
