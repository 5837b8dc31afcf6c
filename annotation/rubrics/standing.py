"""Which rubrics may be used, and which of them a prompt is judged by."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, Self

from winnow.annotation.judge import RubricView
from winnow.schemas.ids import content_id
from winnow.schemas.prompts import Prompt
from winnow.schemas.rubrics import Criterion, CriterionKind, CriterionSource, Proof, Rubric

_RULES_FIRST: dict[CriterionKind, int] = {"hard_rule": 0, "checklist": 1, "principle": 2}


def in_force(
    rubrics: Iterable[Rubric],
    criteria: Iterable[Criterion],
    sources: Iterable[CriterionSource] = (),
    proofs: Iterable[Proof] = (),
    *,
    unproven: bool = False,
) -> list[RubricView]:
    """Return the rubrics that may be used, each with those of its criteria that may.

    A rubric stands unless another replaces it. A criterion is out where it was merged into another, or where its newest
    proof says so; a rubric is where its own newest proof says so, or where no criterion is left to it. One that was derived
    needs a proof that keeps it.

    Args:
        rubrics: All there are.
        criteria: Theirs.
        sources: What the criteria rest on.
        proofs: What was measured, oldest first. A proof of all judges together outweighs those of single judges of the
            same run, of which each has to keep it.
        unproven: Whether derived rubrics without a proof are in force as well.

    Returns:
        Best proven first, those without a proof last, then by name; criteria in an order that depends on nothing but
        themselves.
    """
    every = {rubric.rubric_id: rubric for rubric in rubrics}
    replaced = {rubric.replaces for rubric in every.values()}
    merged = {s.subject_id for s in sources if s.kind == "criterion"}
    newest = _newest(proofs)
    left: dict[str, list[Criterion]] = defaultdict(list)
    for criterion in criteria:
        kept = _is_kept(newest.get((criterion.rubric_id, criterion.criterion_id), ()))
        if criterion.criterion_id not in merged and kept is not False:
            left[criterion.rubric_id].append(criterion)
    found = []
    for rubric_id, rubric in every.items():
        kept = _is_kept(newest.get((rubric_id, None), ()))
        is_enough = kept or (kept is None and (unproven or rubric.derived_from is None))
        if rubric_id not in replaced and is_enough and left[rubric_id]:
            found.append(RubricView(rubric=rubric, criteria=in_order(left[rubric_id])))
    return sorted(found, key=lambda view: _best_first(view.rubric, newest))


def hash_in_force(standing: Sequence[RubricView]) -> str:
    """Hash what rubrics judge by, which of several for the same comes first included.

    Args:
        standing: Rubrics as `in_force` returns them.
    """
    return content_id(
        [[v.rubric.rubric_id, sorted(c.criterion_id for c in v.criteria)] for v in standing]
    )


class RubricChoice(NamedTuple):
    """The rubrics in force by what they apply to."""

    of_prompts: Mapping[str, RubricView]
    """Those for one prompt, by prompt_id."""

    of_domains: Mapping[str, RubricView]
    """Those for one domain."""

    of_all: RubricView | None
    """The one for everything; None where there is none."""

    @classmethod
    def among(cls, standing: Sequence[RubricView]) -> Self:
        """Arrange rubrics as `in_force` returns them; of several for the same, the first counts."""
        backwards = standing[::-1]
        wide = [view for view in standing if view.rubric.prompt_id is None]
        return cls(
            {view.rubric.prompt_id: view for view in backwards if view.rubric.prompt_id},
            {view.rubric.domain: view for view in reversed(wide) if view.rubric.domain},
            next((view for view in wide if view.rubric.domain is None), None),
        )

    def of(self, prompt: Prompt) -> RubricView | None:
        """Return the most specific rubric of a prompt: its own, else its domain's, else the one for everything."""
        own = self.of_prompts.get(prompt.prompt_id)
        domain = self.of_domains.get(prompt.domain) if prompt.domain else None
        return own or domain or self.of_all


def _newest(proofs: Iterable[Proof]) -> dict[tuple[str, str | None], list[Proof]]:
    """Keep of each rubric and criterion the proofs that count, if one is of all judges together, that."""
    found: dict[tuple[str, str | None], list[Proof]] = {}
    for proof in proofs:
        found.setdefault((proof.rubric_id, proof.criterion_id), []).append(proof)
    return {
        key: [p for p in newest if p.annotator_id is None] or newest
        for key, of_it in found.items()
        for newest in [newest_of(of_it)]
    }


def newest_of(proofs: Sequence[Proof]) -> list[Proof]:
    """Return of the proofs of one thing those of the run that measured it last, and of its steps of the last.

    Args:
        proofs: Oldest first, at least one.
    """
    of_run = [proof for proof in proofs if proof.run_id == proofs[-1].run_id]
    last = max(proof.step for proof in of_run)
    return [proof for proof in of_run if proof.step == last or proof.is_unmeasured]


def _is_kept(proofs: Collection[Proof]) -> bool | None:
    """Say whether proofs keep what they are about; None where there are none."""
    return all(proof.is_kept for proof in proofs) if proofs else None


def in_order(criteria: Iterable[Criterion]) -> tuple[Criterion, ...]:
    """Put the criteria of a rubric in the order in which judges read them."""
    return tuple(
        sorted(
            criteria,
            key=lambda c: (c.turn or 0, _RULES_FIRST[c.kind], -c.weight, c.text, c.criterion_id),
        )
    )


def _best_first(
    rubric: Rubric, newest: Mapping[tuple[str, str | None], Sequence[Proof]]
) -> tuple[float, str, str]:
    accuracies = [p.accuracy for p in newest.get((rubric.rubric_id, None), ()) if p.accuracy]
    shown = max((a.value if a.low is None else a.low for a in accuracies), default=-1.0)
    return (-shown, rubric.name, rubric.rubric_id)
