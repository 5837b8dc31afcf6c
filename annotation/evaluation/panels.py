"""Whether a panel is worth its calls: held against its best member, against one member asked as often, and against its votes without exchange."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from winnow.annotation.aggregation.votes import Floats
from winnow.annotation.evaluation.estimates import Estimate, mean_of, share_of
from winnow.annotation.judges.combined import majority
from winnow.schemas.judgments import Judgment, Verdict
from winnow.schemas.panel_turns import PanelTurn

_VOICE = re.compile(r"(?:member|draw) \d+")

Verdicts = Sequence[Verdict]
"""What one voice says of each of n comparisons, in one order of the comparisons; shape (n,)."""


class FlipCounts(NamedTuple):
    """What exchanges changed in the verdicts of one member, or of all votes."""

    right_to_wrong: int
    wrong_to_right: int
    p: float
    """Probability of a difference so large between the two if exchanges turned as many for the better as for the worse: McNemar's exact
    test, two-sided; 1 where nothing changed."""


class PanelValue(NamedTuple):
    """What a panel reaches, and what its parts would. A verdict that cannot be read is not right."""

    panel: Estimate
    """Share of its verdicts that are right, with its interval."""

    members: Mapping[str, Estimate]
    """The same of each member's first opinions."""

    best: str
    """The member with the most right first opinions. It is chosen on these very comparisons, which flatters it and not the panel."""

    no_exchange: Estimate
    """The majority of first opinions."""

    drawn: Estimate | None
    """One member asked as often; None where nobody asked."""

    over_best: Estimate
    """How much more often the panel is right than its best member, on the same comparisons."""

    over_no_exchange: Estimate
    """How much more often than the majority of first opinions: what exchanges are worth."""

    over_drawn: Estimate | None
    """How much more often than one member asked as often."""

    correlation: float | None
    """Mean correlation of the errors of two members; 1 where they err together, so that a panel gains nothing. None where some
    members are always right or always wrong."""

    flips: Mapping[str, FlipCounts]
    """What exchanges changed, by member."""

    votes_flipped: FlipCounts
    """What they changed in the verdict of most."""

    n_calls: int
    """Questions that the panel asked."""

    calls_each: float
    """The same for one judgment; a single judge asks one."""


def panel_value(
    truth: Verdicts,
    panel: Verdicts,
    first: Mapping[str, Verdicts],
    *,
    last: Mapping[str, Verdicts] | None = None,
    drawn: Verdicts | None = None,
    n_calls: int,
    cluster: Sequence[str] | None = None,
) -> PanelValue:
    """Hold a panel against what its calls could have bought otherwise.

    Args:
        truth: What is right, "a", "b" or "tie".
        panel: What the panel came to.
        first: Members' opinions before any exchange, two members or more.
        last: Their opinions after the last exchange; None where there was none.
        drawn: What one member says that is asked as often, such as a judge with `samples`; None where nobody asked.
        n_calls: Questions that the panel asked.
        cluster: The prompt of each; None takes each for a prompt of its own.

    Source: Condorcet's jury theorem, by which independent members of accuracy 0.7 come to 0.784 with three; McNemar 1947,
    Psychometrika 12(2), 153-157.
    """
    names = [str(i) for i in range(len(truth))] if cluster is None else list(cluster)
    prompt = np.unique(names, return_inverse=True)[1].astype(np.int64)
    right = {name: _right(said, truth) for name, said in first.items()}
    best = max(right, key=lambda name: float(right[name].mean()))
    of_panel, of_votes = _right(panel, truth), _right(_majorities(first), truth)
    of_drawn = None if drawn is None else _right(drawn, truth)
    later = first if last is None else last

    def share(values: Floats) -> Estimate:
        found = share_of(values, prompt)
        assert found is not None
        return found

    def gain(over: Floats) -> Estimate:
        found = mean_of(of_panel - over, prompt)
        assert found is not None
        return found

    return PanelValue(
        panel=share(of_panel),
        members={name: share(values) for name, values in right.items()},
        best=best,
        no_exchange=share(of_votes),
        drawn=None if of_drawn is None else share(of_drawn),
        over_best=gain(right[best]),
        over_no_exchange=gain(of_votes),
        over_drawn=None if of_drawn is None else gain(of_drawn),
        correlation=_correlation(list(right.values())),
        flips={name: flips(right[name], _right(later[name], truth)) for name in first},
        votes_flipped=flips(of_votes, _right(_majorities(later), truth)),
        n_calls=n_calls,
        calls_each=n_calls / len(truth),
    )


def values_of_panels(
    turns: Iterable[PanelTurn],
    judgments: Iterable[Judgment],
    truth: Mapping[str, Verdict],
    prompt: Mapping[str, str],
) -> dict[str, PanelValue]:
    """Work out what panels are worth from what is kept of them.

    Args:
        turns: Rows of `panel_turns`.
        judgments: The judgments that came of them; others are left aside.
        truth: The right verdict by comparison_id; what is not there is left aside.
        prompt: The prompt_id by comparison_id, of all that `truth` has; comparisons of one prompt err together.

    Returns:
        By annotator_id, of judges whose turns are those of members or draws.
    """
    told: dict[str, list[PanelTurn]] = defaultdict(list)
    for turn in turns:
        told[turn.judgment_id].append(turn)
    by_panel: dict[str, list[Judgment]] = defaultdict(list)
    for one in judgments:
        voices = [t for t in told.get(one.judgment_id, ()) if _VOICE.fullmatch(t.role)]
        if one.subject_id in truth and any(t.verdict for t in voices):
            by_panel[one.annotator_id].append(one)
    return {who: _value(said, told, truth, prompt) for who, said in sorted(by_panel.items())}


def _value(
    said: Sequence[Judgment],
    told: Mapping[str, Sequence[PanelTurn]],
    truth: Mapping[str, Verdict],
    prompt: Mapping[str, str],
) -> PanelValue:
    first: dict[str, list[Verdict]] = defaultdict(list)
    last: dict[str, list[Verdict]] = defaultdict(list)
    for judgment in said:
        opinions: dict[str, list[PanelTurn]] = defaultdict(list)
        for turn in sorted(told[judgment.judgment_id], key=lambda t: t.turn):
            if turn.verdict is not None:
                opinions[turn.role].append(turn)
        for role, own in opinions.items():
            first[role].append(own[0].verdict or "invalid")
            last[role].append(own[-1].verdict or "invalid")
    return panel_value(
        [truth[one.subject_id] for one in said],
        [one.verdict or "invalid" for one in said],
        first,
        last=last,
        n_calls=sum(len(told[one.judgment_id]) for one in said),
        cluster=[prompt[one.subject_id] for one in said],
    )


def flips(before: Floats, after: Floats) -> FlipCounts:
    """Count what became wrong and what became right.

    Args:
        before: 1 where it was right, else 0; shape (n,).
        after: The same afterwards.
    """
    from scipy.special import bdtr

    worse, better = (
        int(((before > 0) & (after == 0)).sum()),
        int(((before == 0) & (after > 0)).sum()),
    )
    n = worse + better
    p = min(1.0, 2 * float(bdtr(min(worse, better), n, 0.5))) if n else 1.0
    return FlipCounts(worse, better, p)


def _right(said: Verdicts, truth: Verdicts) -> Floats:
    return np.array([one == other for one, other in zip(said, truth, strict=True)], np.float64)


def _majorities(members: Mapping[str, Verdicts]) -> Verdicts:
    rows = zip(*members.values(), strict=True)
    return [majority(Counter(v for v in row if v != "invalid")) for row in rows]


def _correlation(right: Sequence[Floats]) -> float | None:
    """Return the mean correlation over pairs of members; None where one does not vary."""
    if len(right) < 2 or any(values.std() == 0 for values in right):
        return None
    return float(np.mean([np.corrcoef(one, other)[0, 1] for one, other in combinations(right, 2)]))
