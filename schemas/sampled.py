"""What became of the requests for responses."""

from typing import Annotated, ClassVar

from pydantic import Field

from winnow.schemas.base import Record
from winnow.schemas.rejects import Stage

Count = Annotated[int, Field(ge=0)]


class Sampled(Record):
    """What one model made of the requests of one step of a run for responses."""

    table: ClassVar[str] = "sampled"
    key: ClassVar[tuple[str, ...]] = ("run_id", "stage", "model", "model_revision")

    run_id: str
    """Run that asked."""

    stage: Stage = "sample"
    """Step of the run that asked."""

    model: str
    """Name of the model, as responses have it."""

    model_revision: str
    """Commit or content hash of the model, as responses have it; empty where unknown."""

    n_requests: Count
    """Requests."""

    n_failed: Count
    """Requests that the model or its server gave no text for."""

    n_unfinished: Count
    """Requests whose text ends within the thought, so that there is no answer."""

    n_responses: Count
    """Requests that became a response."""

    n_empty: Count
    """Responses without a text or a tool call."""

    n_cut_off: Count
    """Responses that are known to end at max_tokens and not by themselves."""

    n_with_thought: Count
    """Responses ahead of which the model thought."""

    n_end_unknown: Count = 0
    """Responses of which the server did not say why they end, so that they may be cut off."""
