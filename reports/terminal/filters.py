"""What the terminal shows of checks: coverage and accuracy, alone and together, and thresholds to choose from."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from winnow.pipelines.filters.targets import TargetOutcome
from winnow.reports.intervals import share
from winnow.reports.terminal.tables import RowTable, number, prose
from winnow.schemas.effects import FilterEffect
from winnow.schemas.plurals import agreeing, counted

_UNSEEN = (
    "Accuracy is estimated by cross-fitting: gold is split into five parts, the items of each part are labelled without "
    "it, and each check passes the same share of these labels as of the published ones; "
    "tried: gold items that pass."
)
_FEW_GOLD = 30


def effects_view(effects: Sequence[FilterEffect]) -> RenderableType:
    """Show what each check does alone, what it rejects in its turn, and what the others do without it."""
    first, last = effects[0], effects[-1]
    names = ("limit", "kept", "right, 95 %", "of tried", "rejects", "without it", "right")
    table = RowTable("check", *map(number, names))
    base = _accuracy(first.n_right, first.n_gold)
    table.add_row(Text("no check", style="dim"), "", "100.0%", *base, "", "", "")
    n_before = first.n_labels
    for effect in effects:
        table.add_row(
            Text(effect.filter, style="bold"),
            f"{effect.threshold:g}{'*' if effect.target else ''}",
            _part(effect.n_passed, effect.n_labels),
            *_accuracy(effect.n_right_passed, effect.n_gold_passed),
            f"{n_before - effect.n_kept:,}",
            _part(effect.n_without, effect.n_labels),
            _part(effect.n_right_without, effect.n_gold_without),
        )
        n_before = effect.n_kept
    together = _accuracy(last.n_right_kept, last.n_gold_kept)
    n_rejected = f"{last.n_labels - last.n_kept:,}"
    kept = _part(last.n_kept, last.n_labels)
    table.add_row(Text("all together", style="bold"), "", kept, *together, n_rejected, "", "")
    notes = [
        f"{counted(first.n_labels, 'label')}. Each check alone; what it rejects in the order shown; what the others keep "
        "without it, and how much of that is right.",
        *(f"* set on gold for {effect.target}" for effect in effects if effect.target),
        *_on_gold(first.n_gold),
    ]
    return Group(table, *(Text(note, style="dim") for note in notes))


def sweep_view(rows: Sequence[FilterEffect], asked: Sequence[TargetOutcome]) -> RenderableType:
    """Show what thresholds of one check do, and what accuracies gold supports with it."""
    table = RowTable(*map(number, (rows[0].filter, "kept", "right, 95 %", "of tried")))
    for row in rows:
        kept, gold = _part(row.n_passed, row.n_labels), (row.n_right_passed, row.n_gold_passed)
        table.add_row(Text(f"{row.threshold:g}", style="bold"), kept, *_accuracy(*gold))
    notes = [Text(note, style="dim") for note in _on_gold(rows[0].n_gold)]
    if not asked:
        return Group(table, *notes)
    targets = RowTable(*map(number, ("asked for", "threshold", "kept")), prose(""))
    for target, effect, reason in asked:
        wanted = f"accuracy {target.accuracy:g}"
        if effect is None:
            targets.add_row(wanted, "–", "–", Text(f"refused: {reason}", style="dim"))
        else:
            kept = _part(effect.n_passed, effect.n_labels)
            targets.add_row(Text(wanted, style="bold"), f"{effect.threshold:g}", kept, "")
    return Group(table, *notes, "", targets)


def _on_gold(n_gold: int) -> list[str]:
    if not n_gold:
        return ["No gold: how many of these labels are right is unknown."]
    few = (
        f" {counted(n_gold, 'gold item')} {agreeing(n_gold, 'is', 'are')} few: look at the intervals."
        if n_gold < _FEW_GOLD
        else ""
    )
    return [f"{_UNSEEN}{few}"]


def _part(n: int, n_all: int) -> str:
    return f"{n / n_all:.1%}" if n_all else "–"


def _accuracy(n_right: int, n_gold: int) -> tuple[str, str]:
    found = share(n_right, n_gold)
    if found is None:
        return "–", ""
    return f"{found.value:.1%} {found.low * 100:.0f}–{found.high * 100:.0f}", f"{n_gold:,}"
