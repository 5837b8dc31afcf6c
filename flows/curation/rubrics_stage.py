"""The rubrics that a run judges by, put among its staged records."""

import hashlib
from collections.abc import Sequence

from winnow.annotation.rubrics.forms import WrittenRubric
from winnow.annotation.rubrics.standing import hash_in_force
from winnow.flows.rubrics.files import read_rubrics
from winnow.flows.rubrics.shelf import Shelf
from winnow.flows.settings.rubrics import RubricSource
from winnow.pipelines.tally import Tally
from winnow.schemas.prompts import Prompt
from winnow.schemas.rubrics import Criterion, CriterionSource, Proof, Rubric
from winnow.schemas.runs import StageCount
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.staging import Staging

PART = "rubrics"
"""Part that they have among the staged records of a run."""


def rubrics_hash(source: RubricSource, warehouse: WarehouseSettings) -> str:
    """Hash what the rubrics of a run are, to be one of its inputs.

    Raises:
        InvalidSettings: There is no such file, or no warehouse to take them from.
    """
    if source.path is not None:
        read_rubrics(source.path, source.form)
        return hashlib.sha256(source.path.read_bytes()).hexdigest()
    return hash_in_force(_shelf(warehouse).in_force(unproven=source.unproven))


def stage_rubrics(
    source: RubricSource | None, warehouse: WarehouseSettings, staging: Staging, run_id: str
) -> list[StageCount]:
    """Stage the rubrics that are for prompts of a run, for a domain or for everything; without a source nothing.

    Those of a file that are for prompts which the run does not have are rejects; of those of the warehouse, which may be for
    any prompt there, only the others are looked at.
    """
    if source is None:
        return []
    asked = set(staging.read(Prompt, ("prompt_id",))["prompt_id"].to_pylist())
    tally = Tally("read", "rubrics", run_id)
    if source.path is not None:
        found = [one.written for one in read_rubrics(source.path, source.form)]
        shelf = None
    else:
        shelf = _shelf(warehouse)
        found = [w for w in shelf.written_in_force(unproven=source.unproven) if _is_for(w, asked)]
    taken = [written for written in found if _is_for(written, asked)]
    for rubric, _, _ in found:
        if rubric.prompt_id is not None and rubric.prompt_id not in asked:
            why = f"{rubric.name} is for prompt {rubric.prompt_id}, which is not in this run"
            tally.reject("rubric", rubric.rubric_id, "no_such_prompt", why)
    if shelf is None:
        staging.write(Rubric, [one.rubric for one in taken], part=PART)
        staging.write(Criterion, [c for one in taken for c in one.criteria], part=PART)
    else:
        stage_with_history(shelf, [one.rubric for one in taken], staging, PART)
    return [tally.close(staging, n_in=len(found), n_out=len(taken), part=PART)]


def stage_with_history(
    shelf: Shelf, rubrics: Sequence[Rubric], staging: Staging, part: str
) -> None:
    """Stage rubrics with all their criteria, the versions before, what these rest on and what was shown of them.

    What a proof refused is staged with that proof, which keeps it out of use, and what earlier versions were derived from proves
    nothing of those that replaced them.
    """
    every = [*rubrics, *(one for rubric in rubrics for one in shelf.before(rubric))]
    criteria = [c for rubric in every for c in shelf.criteria[rubric.rubric_id]]
    ids, named = {c.criterion_id for c in criteria}, {r.rubric_id for r in rubrics}
    # What was merged into a criterion of another rubric is out of use, whether or not that one is here.
    about = [s for s in shelf.sources if s.criterion_id in ids or (s.kind == "criterion" and s.subject_id in ids)]  # fmt: skip
    staging.write(Rubric, every, part=part)
    staging.write(Criterion, criteria, part=part)
    staging.write(CriterionSource, about, part=part)
    staging.write(Proof, [p for p in shelf.proofs if p.rubric_id in named], part=part)


def _is_for(written: WrittenRubric, asked: set[str]) -> bool:
    return written.rubric.prompt_id is None or written.rubric.prompt_id in asked


def _shelf(settings: WarehouseSettings) -> Shelf:
    with Warehouse.open(settings, read_only=True) as warehouse:
        return Shelf.of(warehouse)
