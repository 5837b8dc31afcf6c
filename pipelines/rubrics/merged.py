"""What comes of one pool of criteria: a rubric, what it rests on, and why the others are refused."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from winnow.annotation.embeddings import TFIDF
from winnow.annotation.rubrics.merging.pooled import NearPair, Pooled
from winnow.annotation.rubrics.merging.pooling import pool
from winnow.pipelines.rubrics.confirmed import placed
from winnow.pipelines.rubrics.pools import CriteriaPool
from winnow.schemas.new_rubrics import DraftCriterion, NewRubric, new_rubric
from winnow.schemas.rubrics import Criterion, Proof, Reach, Rubric

SOURCE = "merge@1"
"""Who wrote merged rubrics."""


class HowMerged(NamedTuple):
    """What decides how criteria are merged."""

    reach: Reach | None
    """What merged rubrics are for; None for what theirs are for."""

    most: int
    """Criteria of a rubric, at most."""

    least_prompts: int
    """Prompts that a criterion for more than one prompt has to rest on."""

    similarity: float
    """Similarity from which on two criteria are asked about."""

    share: float
    """Share of the comparisons that is held out to prove on."""

    similar_by: str = TFIDF
    """What makes criteria similar: "tfidf", or embeddings by their name."""


class PoolOutcome(NamedTuple):
    """What came of one pool."""

    n_out: int
    """Criteria that came out."""

    rubric: Rubric | None = None
    """The new rubric; None where the pool stays as it is, nothing of it is left, or a rubric that is there says the same."""

    criteria: Sequence[Criterion] = ()
    """Its criteria."""

    links: Sequence[tuple[str, str]] = ()
    """Of each criterion that was merged into another, its id and that of the other."""

    proofs: Sequence[Proof] = ()
    """What keeps refused criteria out of use."""

    rejects: Sequence[tuple[str, str, str]] = ()
    """Of each criterion that does not come out, its id, the reason and the detail."""


def outcome_of(
    one: CriteriaPool,
    said: Mapping[str, list[tuple[str, NearPair]]],
    how: HowMerged,
    run_id: str,
    known: Collection[str] = (),
) -> PoolOutcome:
    """Merge one pool.

    Args:
        one: The pool.
        said: What was said of pairs of criteria, as `Confirming.said` gives it.
        how: How criteria are merged.
        run_id: The run.
        known: rubric_ids that are there: a merged rubric that says what one of these says is that one.
    """
    criteria, ids = one.criteria(), [row["criterion_id"] for row in one.rows]
    differences = one.differences
    found = pool(
        criteria,
        placed(said, ids),
        most=how.most,
        least_examples=how.least_prompts if one.prompt_id is None else 1,
        differences=differences,
    )
    if _is_as_before(one, found):
        return PoolOutcome(len(ids))
    proofs, rejects = [], []
    for refused in found.refused:
        rejects.append((ids[refused.place], refused.reason, refused.detail))
        proofs.append(
            Proof(
                run_id=run_id,
                rubric_id=one.rows[refused.place]["rubric_id"],
                criterion_id=ids[refused.place],
                n_comparisons=0 if differences is None else differences.shape[0],
                n_tried=len(ids),
                is_kept=False,
                reason=refused.reason,
                detail=refused.detail,
            )
        )
    if not found.merged:
        return PoolOutcome(0, proofs=proofs, rejects=rejects)
    rubric, made = _rubric(one, found, run_id)
    links = []
    for merged, criterion in zip(found.merged, made, strict=True):
        members = [ids[place] for place in merged.members]
        links += [(one, criterion.criterion_id) for one in members if one != criterion.criterion_id]
        stays = criterion.criterion_id if criterion.criterion_id in members else ids[merged.place]
        detail = f"says what {criterion.text!r} says, and was merged into it"
        rejects += [(one, "duplicate", detail) for one in members if one != stays]
    if rubric.rubric_id in known:
        return PoolOutcome(len(made), links=links, proofs=proofs, rejects=rejects)
    return PoolOutcome(len(made), rubric, made, links, proofs, rejects)


def _is_as_before(one: CriteriaPool, found: Pooled) -> bool:
    """Say whether a pool is one rubric that nothing changes of, which then stays as it is."""
    first = one.rows[0]
    is_for_the_same = (first["of_prompt"], first["of_domain"]) == (one.prompt_id, one.domain)
    is_one = len({row["rubric_id"] for row in one.rows}) == 1
    is_weighed_the_same = all(m.weight == one.rows[m.place]["weight"] for m in found.merged)
    is_whole = len(found.merged) == len(one.rows)
    return is_one and is_for_the_same and is_whole and is_weighed_the_same


def _rubric(one: CriteriaPool, found: Pooled, run_id: str) -> NewRubric:
    place_of = {
        one.rows[member]["criterion_id"]: place
        for place, merged in enumerate(found.merged)
        for member in merged.members
    }
    drafts = []
    for merged in found.merged:
        row = one.rows[merged.place]
        same = {name: row[name] for name in ("text", "kind", "title", "turn", "levels")}
        requires = sorted({place_of[i] for i in row["requires"] or () if i in place_of})
        drafts.append(
            DraftCriterion.model_validate(
                {
                    **same,
                    "weight": merged.weight,
                    "importance": merged.importance,
                    "requires": requires,
                }
            )
        )
    rubric_ids = {row["rubric_id"] for row in one.rows}
    what = one.prompt_id or one.domain or "everything"
    return new_rubric(
        drafts,
        source=SOURCE,
        name=one.rows[0]["name"] if len(rubric_ids) == 1 else f"merged for {what[:12]}",
        prompt_id=one.prompt_id,
        domain=one.domain,
        replaces=min(rubric_ids) if len(rubric_ids) == 1 else None,
        derived_from=run_id,
    )
