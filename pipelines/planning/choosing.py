"""What a step of a plan works on, while labels that its `of` looks at are not all there: at most."""

import re

import pyarrow as pa

from winnow.pipelines.planning.stand_ins import HOLDS_ONE
from winnow.pipelines.steps.selecting import CHOICES, choose
from winnow.pipelines.steps.step import WorksOn
from winnow.schemas.comparisons import Comparison
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging

_UNLABELLED: dict[WorksOn, str] = {
    "prompts": "confidence is null",
    "responses": "win_rate is null",
    "comparisons": "confidence is null",
}
"""SQL on a row that no label says anything of."""

_OF_LABELS = re.compile(
    r"\b(p_a|p_b|p_tie|n_judgments|agreement|confidence|margin|verdict|win_rate|n_labels|place|n_placed)\b"
)


def choose_at_most(of: str, kind: WorksOn, staging: Staging, *, selections: set[str]) -> pa.Array:
    """List what a step works on at most; labels that are there are taken as they stand.

    Args:
        of: As for `winnow.pipelines.steps.selecting.choose`.
        kind: What the step works on.
        staging: Holds what was read, and what the steps ahead of it made, with stand-ins.
        selections: Names of steps `select` ahead of it.

    Returns:
        Ids, sorted, each once.
    """
    if of in selections or of == "doubtful":  # what has no label is doubtful as it is
        return choose(of, kind, staging)
    if of in CHOICES:
        return _one_a_prompt(of, kind, staging)
    conditions = [f"({of})"]
    if _OF_LABELS.search(of):
        conditions.append(_UNLABELLED[kind])
    if kind == "responses":
        conditions.append(HOLDS_ONE)
    return choose(" or ".join(conditions), kind, staging)


def _one_a_prompt(of: str, kind: WorksOn, staging: Staging) -> pa.Array:
    """List the best or worst response of each prompt; of one without labels, some response that is compared."""
    ids = set(choose(of, "responses", staging).to_pylist())
    rows = staging.read(Response).select(["response_id", "prompt_id"])
    prompts = dict(zip(*(c.to_pylist() for c in rows.columns), strict=True))
    is_known = {prompts[i] for i in ids}
    compared = staging.read(Comparison).select(["comparison_id", "prompt_id", "response_ids"])
    filled: dict[str, str] = {}
    for _, prompt_id, sides in zip(*(c.to_pylist() for c in compared.columns), strict=True):
        if prompt_id not in is_known:
            filled[prompt_id] = max(filled.get(prompt_id, ""), *sides)
    ids.update(filled.values())
    found = ids
    if kind == "prompts":
        found = {prompts[i] for i in ids}
    if kind == "comparisons":
        rows = zip(*(c.to_pylist() for c in compared.columns), strict=True)
        found = {comparison_id for comparison_id, _, sides in rows if ids.intersection(sides)}
    return pa.array(sorted(found), pa.string())
