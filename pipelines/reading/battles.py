"""Battles: comparisons that name two models and hold the text of neither."""

from winnow.pipelines.reading.defects import Defect
from winnow.pipelines.reading.fields import Fields
from winnow.pipelines.reading.responses import AUTHORS, SIDES, ReadyResponse


def battle_sides(fields: Fields) -> tuple[str, str] | None:
    """Return the columns in which the two responses of a battle would stand; None for a row that holds a response."""
    if any(fields.peek(column) is not None for column in (*AUTHORS, "responses")):
        return None
    named = (s for s in SIDES if all(fields.peek(AUTHORS[column]) is not None for column in s))
    return next(named, None)


def unknown_responses(
    fields: Fields, sides: tuple[str, str], item_id: str | None
) -> list[ReadyResponse]:
    """Return what the two models of a battle said, which nobody knows.

    Args:
        fields: The row.
        sides: The columns in which they would stand.
        item_id: The file's own id of the comparison, which tells them from others of these models; None for none.

    Raises:
        Defect: bad_response: a name is blank; identical_responses: both are one model.
    """
    models = [fields.label(AUTHORS[side]) for side in sides]
    for side, model in zip(sides, models, strict=True):
        if model is None or not model.strip():
            column = fields.column(AUTHORS[side])
            raise Defect(
                "bad_response",
                f"{column!r} is blank, wanted the name of a model, since the row holds no text of its response",
            )
    if models[0] == models[1]:
        raise Defect(
            "identical_responses",
            f"both sides are {models[0]!r}, and the row holds the text of neither: nothing tells them apart",
        )
    return [ReadyResponse(text=None, model=str(model), name=item_id) for model in models]
