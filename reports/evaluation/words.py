"""Figures of an evaluation in words, the same in the terminal and on the page."""

from winnow.annotation.evaluation.cost import Cost
from winnow.annotation.evaluation.estimates import Estimate
from winnow.annotation.evaluation.evaluate import Evaluation
from winnow.annotation.evaluation.figures import JudgeFigures
from winnow.reports.release.words import STAND_IN
from winnow.schemas.plurals import counted

NONE = "–"
_MOST_NAMED = 3


def share(found: Estimate | None) -> str:
    """Write a share, such as "87.6%"."""
    return NONE if found is None else f"{found.value:.1%}"


def interval(found: Estimate | None, *, signed: bool = False) -> str:
    """Write an interval in percent or, where signed, in points, such as "82–92"."""
    if found is None or found.low is None or found.high is None:
        return ""
    if signed:
        return f"{_points(found.low)} to {_points(found.high)}"
    return f"{found.low * 100:.0f}–{found.high * 100:.0f}"


def n_read(one: JudgeFigures) -> int:
    """Return how many cases the accuracy of a judge rests on."""
    return one.accuracy.n if one.accuracy else 0


def points(found: Estimate | None) -> str:
    """Write a difference of shares in points, such as "+3.1"."""
    return NONE if found is None else _points(found.value)


def price(cost: Cost) -> str:
    """Write what 1,000 comparisons take, as far as it is known."""
    said = []
    if cost.money is not None:
        said.append(f"{cost.money:,.2f}")
    if cost.tokens_read is not None and cost.tokens_generated is not None:
        said.append(f"{_thousands(cost.tokens_read)}+{_thousands(cost.tokens_generated)} tokens")
    if cost.seconds is not None:
        said.append(f"{cost.seconds:,.0f} s")
    return ", ".join(said) or "unknown"


def title(one: JudgeFigures) -> str:
    """Name a judge; one that asks the stand-in model is called that wherever it appears."""
    return f"{one.annotator} (stand-in model)" if one.model == STAND_IN else one.annotator


def sentences(evaluation: Evaluation) -> list[str]:
    """Say what someone should know who reads nothing else."""
    by_name = {one.annotator: one for one in evaluation.judges}
    said = []
    best = by_name.get(evaluation.best or "")
    if best and best.accuracy:
        who = "Best single judge: " if len(evaluation.judges) > 1 else ""
        said.append(
            f"{who}{title(best)}, right in {share(best.accuracy)} of {best.accuracy.n:,} "
            f"{evaluation.unit} (95% interval {interval(best.accuracy)}%){_of_asked(best)}."
        )
        said += _level_with(evaluation, best)
    said += _where_ties_lose(evaluation)
    if evaluation.together and evaluation.together.accuracy:
        said.append(_together(evaluation.together))
    said += _unread(evaluation)
    said += [_of_conditions(one) for one in evaluation.judges[:_MOST_NAMED] if one.conditions]
    said += [_of_critiques(one) for one in evaluation.judges[:_MOST_NAMED] if one.critiqued]
    said += _torn([one for one in evaluation.judges if _is_torn(one)])
    return [*said, *(f"{note[0].upper()}{note[1:]}." for note in evaluation.notes)]


def _where_ties_lose(evaluation: Evaluation) -> list[str]:
    """Say what ties and flips are worth, and what scores tell."""
    scored = [one for one in evaluation.judges if one.accuracy and one.ties_lose]
    said = [f"{title(one)} {share(one.ties_lose)}" for one in scored[:_MOST_NAMED]]
    text = [
        f"A tie or a flip counts for its share; a judge that always says tie would be right in {evaluation.always_tie:.1%}. Where they "
        f"lose, as in choosing the best, it is right in none, and {', '.join(said)}."
    ]
    rated = [one for one in scored if one.auc]
    if rated:
        aucs = [f"{title(one)} {one.auc.value:.3f} ({interval(one.auc)}%)" for one in rated[:_MOST_NAMED] if one.auc]  # fmt: skip
        text.append(
            f"How often a better response scores above a worse one of any prompt (AUC, 0.5 by chance): {', '.join(aucs)}."
        )
    return text if said else []


def _of_conditions(one: JudgeFigures) -> str:
    assert one.conditions is not None
    right, turned = one.conditions
    return (
        f"{title(one)} turns its verdict with the condition in {share(turned)} of {right.n:,} pairs of comparisons that are right "
        f"the other way round, and has both right in {share(right)} (95% interval {interval(right)}%; one that ignores the "
        "condition has none)."
    )


def _of_critiques(one: JudgeFigures) -> str:
    assert one.critiqued is not None
    precision, recall, f1, other = one.critiqued
    return (
        f"{title(one)}: in {counted(f1.n, 'right verdict')} with reasons its critiques name {share(recall)} of what people name, "
        f"who name {share(precision)} of what it names (F1 {f1.value:.2f}); {share(other)} are right for other reasons "
        f"(95% interval {interval(other)}%)."
    )


def _of_asked(one: JudgeFigures) -> str:
    if one.coverage is None or one.coverage.value == 1:
        return ""
    n_left = one.coverage.n - n_read(one)
    return f"; {n_left:,} more could not be read and are not scored"


def _unread(evaluation: Evaluation) -> list[str]:
    silent = [one for one in evaluation.judges if one.coverage and not one.accuracy]
    if not silent:
        return []
    named = ", ".join(
        f"{title(one)} ({counted(one.n_judgments, 'judgment')})" for one in silent[:_MOST_NAMED]
    )
    more = f" and {len(silent) - _MOST_NAMED} more" if len(silent) > _MOST_NAMED else ""
    return [f"Not scored, since nothing that was asked of them could be read: {named}{more}."]


def _level_with(evaluation: Evaluation, best: JudgeFigures) -> list[str]:
    level = [
        title(one)
        for one in evaluation.judges
        if one.behind_best and one.behind_best.high is not None and one.behind_best.high >= 0
    ]
    if not level:
        return []
    named = ", ".join(level[:3]) + (f" and {len(level) - 3} more" if len(level) > 3 else "")
    return [f"Not told apart from {best.annotator} by these comparisons: {named}."]


def _together(one: JudgeFigures) -> str:
    text = f"All judges aggregated: right in {share(one.accuracy)} ({interval(one.accuracy)}%)"
    if one.behind_best is None:
        return f"{text}."
    difference = f"{points(one.behind_best)} points against the best single judge"
    reach = interval(one.behind_best, signed=True)
    return (
        f"{text}, {difference}{f' ({reach})' if reach else ''}, which was chosen on the same gold; "
        "each label is computed from the gold of the others, without its own."
    )


def _is_torn(one: JudgeFigures) -> bool:
    found = one.position.consistency
    return found is not None and found.high is not None and found.high < 0.5


def _torn(judges: list[JudgeFigures]) -> list[str]:
    if not judges:
        return []
    named = "; ".join(f"{title(one)}: {share(one.position.consistency)} hold" for one in judges[:3])
    more = f" and {len(judges) - 3} more" if len(judges) > 3 else ""
    return [f"Contradicted by the other order in more than half of the comparisons: {named}{more}."]


def _points(value: float) -> str:
    return f"{value * 100 + 0.0:+.1f}".replace("+0.0", "0.0").replace("-0.0", "0.0")


def _thousands(n: float) -> str:
    return f"{n / 1000:,.0f}k" if n < 10_000_000 else f"{n / 1_000_000:,.0f}M"
