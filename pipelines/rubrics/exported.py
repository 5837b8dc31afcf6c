"""The rubrics that a warehouse has in force, for exports."""

from functools import partial
from typing import TypeVar

from winnow.annotation.rubrics.standing import RubricChoice, hash_in_force, in_force
from winnow.schemas.base import Record
from winnow.schemas.new_rubrics import NewRubric
from winnow.schemas.prompts import Prompt
from winnow.schemas.rubrics import Criterion, CriterionSource, Proof, Rubric
from winnow.warehouse.export.rubrics import RubricsInForce
from winnow.warehouse.sql import Queryable

R = TypeVar("R", bound=Record)

_PROOFS = (
    "SELECT p.* FROM proofs AS p LEFT JOIN runs USING (run_id) ORDER BY runs.started_at, p.proof_id"
)


def rubrics_in_force(warehouse: Queryable, unproven: bool) -> RubricsInForce:
    """Look up the rubrics that may be used as things stand now, whatever release is exported.

    Args:
        warehouse: Holds them.
        unproven: Whether derived rubrics that nothing has proven yet are among them.
    """
    standing = in_force(
        _rows(warehouse, Rubric, "FROM rubrics"),
        _rows(warehouse, Criterion, "FROM criteria"),
        _rows(warehouse, CriterionSource, "FROM criterion_sources WHERE kind = 'criterion'"),
        _rows(warehouse, Proof, _PROOFS),
        unproven=unproven,
    )
    return RubricsInForce(partial(_of, RubricChoice.among(standing)), hash_in_force(standing))


def _of(choice: RubricChoice, prompt_id: str, domain: str | None) -> NewRubric | None:
    prompt = Prompt(prompt_id=prompt_id, messages=(), domain=domain, source="")
    found = choice.of(prompt)
    return None if found is None else NewRubric(found.rubric, found.criteria)


def _rows(warehouse: Queryable, record: type[R], sql: str) -> list[R]:
    return record.from_table(warehouse.query(sql).select(list(record.model_fields)))
