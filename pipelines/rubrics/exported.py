"""The rubrics that a warehouse has in force, for exports."""

from functools import partial

from winnow.annotation.rubrics.standing import RubricChoice, hash_in_force, in_force
from winnow.schemas.new_rubrics import NewRubric
from winnow.schemas.prompts import Prompt
from winnow.warehouse.export.rubrics import RubricsInForce
from winnow.warehouse.rubric_rows import rubric_rows
from winnow.warehouse.sql import Queryable


def rubrics_in_force(warehouse: Queryable, unproven: bool) -> RubricsInForce:
    """Look up the rubrics that may be used as things stand now, whatever release is exported.

    Args:
        warehouse: Holds them.
        unproven: Whether derived rubrics that nothing has proven yet are among them.
    """
    standing = in_force(*rubric_rows(warehouse), unproven=unproven)
    return RubricsInForce(partial(_of, RubricChoice.among(standing)), hash_in_force(standing))


def _of(choice: RubricChoice, prompt_id: str, domain: str | None) -> NewRubric | None:
    prompt = Prompt(prompt_id=prompt_id, messages=(), domain=domain, source="")
    found = choice.of(prompt)
    return None if found is None else NewRubric(found.rubric, found.criteria)
