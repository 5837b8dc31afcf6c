"""One preference a prompt: the strongest response against the weakest."""

from collections.abc import Iterable, Mapping

from winnow.pipelines.filters import Case


def furthest_apart(
    cases: Iterable[Case], sides: Mapping[str, tuple[str, str]], strengths: Mapping[str, float]
) -> set[str]:
    """Choose for each prompt the kept label whose responses are furthest apart.

    That is the strongest response against the weakest, where the two were compared and their label was kept; else
    the pair that comes nearest to it, since a preference rests on judgments of its own two responses. Decided labels
    come before ties; where no strengths are known, as of two responses, and between equals, the margin decides.

    Args:
        cases: Kept labels of pairs.
        sides: response_ids, a and b, by comparison_id.
        strengths: Strength by response_id, as in the table `strengths`.

    Returns:
        comparison_ids, one a prompt.
    """

    def key(case: Case) -> tuple[bool, float, float, str]:
        return (
            case.verdict != "tie",
            _lead(case, sides[case.comparison_id], strengths),
            abs(case.p_a - case.p_b),
            case.comparison_id,
        )

    best: dict[str, Case] = {}
    for case in cases:
        rival = best.get(case.prompt_id)
        if rival is None or key(case) > key(rival):
            best[case.prompt_id] = case
    return {case.comparison_id for case in best.values()}


def _lead(case: Case, sides: tuple[str, str], strengths: Mapping[str, float]) -> float:
    """Return by how much the likelier response is the stronger one, in nats."""
    a, b = (strengths.get(i, 0.0) for i in sides)
    return a - b if case.p_a >= case.p_b else b - a
