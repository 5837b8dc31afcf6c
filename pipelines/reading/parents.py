"""Parents: which response of a line another was made from, by what the line calls them."""

from collections.abc import Callable, Mapping, Sequence

from winnow.pipelines.reading.defects import Defect, abridged
from winnow.pipelines.reading.looks import response_look
from winnow.pipelines.reading.responses import ReadyResponse
from winnow.schemas.responses import Response


def ids_by_name(
    ready: Sequence[ReadyResponse], known_as: Callable[[ReadyResponse], tuple[Response, str]]
) -> dict[str, str]:
    """Return the ids of the responses of a line that others may be made from, by what the line calls them.

    Args:
        ready: The responses of the line.
        known_as: Gives the record of one, and the id under which it is or would be known.
    """
    if not any(r.parent for r in ready):
        return {}
    names = {r.name for r in ready if r.name}
    # Whatever was made from one that is not there is not there either.
    while lost := {r.name for r in ready if r.name in names and r.parent and r.parent not in names}:
        names -= lost
    named: dict[str, str] = {}
    first: dict[bytes, str] = {}
    for r in ready:
        response, response_id = known_as(r)
        same = first.setdefault(response_look(response), response_id)
        if r.name in names:
            named[str(r.name)] = same
    return named


def parent_of(ready: ReadyResponse, response_id: str, named: Mapping[str, str]) -> str | None:
    """Return the id of the response that one was made from; None where it was made from none.

    Raises:
        Defect: bad_response: the line has no such other response.
    """
    if ready.parent is None:
        return None
    parent_id = named.get(ready.parent)
    if parent_id is None or parent_id == response_id:
        found = ", ".join(map(repr, named)) or "none"
        raise Defect(
            "bad_response",
            f"its parent is {abridged(ready.parent)}, wanted the id of another response of the row; found: {found}",
        )
    return parent_id
