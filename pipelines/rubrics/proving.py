"""The proof of staged rubrics from judgments that are there, staged or in files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from winnow.annotation.rubrics.proving.controls import FlippedRubric
from winnow.annotation.rubrics.proving.family import Kin
from winnow.annotation.rubrics.proving.prove import prove
from winnow.annotation.rubrics.proving.thresholds import ProofThresholds
from winnow.pipelines.rubrics.holding_out import Division
from winnow.pipelines.rubrics.judge_gains import JudgeGain, judge_gains
from winnow.pipelines.rubrics.tried_rubrics import read_tried, tried_on
from winnow.schemas.judgments import Judgment
from winnow.schemas.labels import KnownAnnotator
from winnow.schemas.rubrics import Criterion, CriterionSource, Proof, Rubric
from winnow.warehouse.staging import Staging

_TO_PROVE = """
SELECT rubric_id FROM rubrics
SEMI JOIN (
    SELECT rubric_id FROM criteria
    WHERE criterion_id NOT IN (SELECT subject_id FROM sources WHERE kind = 'criterion')
        AND criterion_id NOT IN (
            SELECT criterion_id FROM proofs WHERE NOT is_kept AND n_comparisons = 0 AND criterion_id IS NOT NULL
        )
) USING (rubric_id)
WHERE rubric_id NOT IN (SELECT replaces FROM rubrics WHERE replaces IS NOT NULL)
GROUP BY rubric_id ORDER BY rubric_id
"""
# A merged rubric is of the family of what was merged into it.
_FAMILIES = """
WITH merged AS (
    SELECT c.rubric_id, string_agg(DISTINCT o.source, ' and ' ORDER BY o.source) AS sources
    FROM criteria AS c
    JOIN sources AS s ON s.kind = 'criterion' AND s.criterion_id = c.criterion_id
    JOIN criteria AS o ON o.criterion_id = s.subject_id
    GROUP BY ALL
), drawn AS (
    SELECT c.rubric_id, count(DISTINCT s.subject_id) AS n_drawn
    FROM criteria AS c
    JOIN sources AS s USING (criterion_id)
    WHERE s.kind = 'comparison'
    GROUP BY ALL
)
SELECT DISTINCT ON (rubric_id) rubric_id, concat_ws(' of ', source, sources) AS family, coalesce(n_drawn, 0) AS n_drawn
FROM rubrics LEFT JOIN merged USING (rubric_id) LEFT JOIN drawn USING (rubric_id)
WHERE prompt_id IS NOT NULL
ORDER BY rubric_id
"""
_OUTSIDE = """
SELECT DISTINCT rubric_id FROM candidates SEMI JOIN families USING (rubric_id) ANTI JOIN trials USING (rubric_id)
WHERE derived_from IS NOT NULL ORDER BY rubric_id
"""
_ANNOTATORS = """
SELECT annotator_id, any_value(model) AS model, bool_or(rubric_id IS NOT NULL) AS has_rubric,
    bool_or(rubric_id IS NULL) AS has_none
FROM judgments LEFT JOIN known USING (annotator_id) WHERE kind <> 'human' GROUP BY ALL ORDER BY annotator_id
"""


class Proven(NamedTuple):
    """What a proof came to."""

    rubric_ids: list[str]
    """The rubrics that were to be proven."""

    proofs: list[Proof]
    """What was measured; nothing of rubrics that nobody judged by."""

    gains: list[JudgeGain]
    """What rubrics are worth to each judge, over all together."""


def rubrics_to_prove(staging: Staging) -> pa.Array:
    """List the rubrics that are no earlier version of another, and of which more is left than was merged or refused unseen."""
    with duckdb.connect() as con:
        con.register("rubrics", staging.read(Rubric, ("rubric_id", "replaces")))
        con.register("criteria", staging.read(Criterion, ("criterion_id", "rubric_id")))
        con.register("sources", staging.read(CriterionSource, ("kind", "subject_id")))
        seen = ("criterion_id", "is_kept", "n_comparisons")
        con.register("proofs", staging.read(Proof, seen))
        return con.execute(_TO_PROVE).to_arrow_table()["rubric_id"].combine_chunks()


def families_of(staging: Staging) -> dict[str, Kin]:
    """Name for each rubric of one prompt its family: those that were written the same way by the same model."""
    with duckdb.connect() as con:
        con.register("rubrics", staging.read(Rubric, ("rubric_id", "prompt_id", "source")))
        con.register("criteria", staging.read(Criterion, ("criterion_id", "rubric_id", "source")))
        con.register(
            "sources", staging.read(CriterionSource, ("kind", "criterion_id", "subject_id"))
        )
        rows = con.execute(_FAMILIES).fetchall()
        return {rubric_id: Kin(family, n_drawn) for rubric_id, family, n_drawn in rows}


def baselines_of(staging: Staging) -> dict[str, str]:
    """Find for each annotator that judged by rubrics the one that judged the same without.

    It is the same annotator where that judged without a rubric as well, else the one of the same model, the first by name.
    """
    with duckdb.connect() as con:
        columns = ("annotator_id", "kind", "rubric_id")
        con.register("judgments", staging.read(Judgment, columns))
        con.register("known", staging.read(KnownAnnotator, ("annotator_id", "model")))
        rows = con.execute(_ANNOTATORS).fetchall()
    of_model: dict[str, str] = {}
    for name, model, _, has_none in rows:
        if has_none and model is not None:
            of_model.setdefault(model, name)
    found = {
        name: name if has_none else of_model.get(model)
        for name, model, has_rubric, has_none in rows
        if has_rubric
    }
    return {name: other for name, other in found.items() if other is not None}


def prove_staged(
    staging: Staging,
    division: Division,
    thresholds: ProofThresholds,
    run_id: str,
    *,
    baselines: Mapping[str, str],
    asked: Sequence[Path] = (),
    control: Sequence[Path] = (),
    flipped: Mapping[str, FlippedRubric] | None = None,
) -> Proven:
    """Prove the staged rubrics; nobody is asked.

    Args:
        staging: Holds rubrics, comparisons with their texts, gold, labels, judgments, and proofs from before.
        division: Which comparisons are held out.
        thresholds: What has to be reached.
        run_id: The run that measures.
        baselines: For an annotator that judges by rubrics, the one that judges the same without.
        asked: Files of judgments that are not staged.
        control: Files of judgments by the rubrics of other prompts.
        flipped: By rubric_id, what was derived from exchanged labels for the same prompts.
    """
    ids = rubrics_to_prove(staging)
    lent = tried_on(staging, division, ids, baselines=baselines, asked=asked, control=control)
    with lent as con:
        before = Proof.from_table(staging.read(Proof))
        families = families_of(staging)
        con.register("families", pa.table({"rubric_id": pa.array(families, pa.string())}))
        outside = [rubric_id for (rubric_id,) in con.execute(_OUTSIDE).fetchall()]
        found = prove(
            read_tried(con),
            thresholds,
            run_id,
            before=before,
            families=families,
            outside=outside,
            flipped=flipped,
        )
        proofs = list(found)
        return Proven(ids.to_pylist(), proofs, list(judge_gains(con, baselines)))
