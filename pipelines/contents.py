"""Which responses say the same, and which say nothing."""

import hashlib

import pyarrow as pa

from schemas.ids import canonical_json
from schemas.sameness import as_seen


def content_keys(responses: pa.Table) -> dict[str, str | None]:
    """Give what tells one content from another, by response_id.

    What looks the same says the same (`schemas.sameness`), so a blank line or a template's end mark does not count. Ids of
    tool calls do not either.

    Args:
        responses: The responses table.

    Returns:
        A hash of text and tool calls; None for a response with neither.
    """
    columns = (responses[name].to_pylist() for name in ("response_id", "text", "tool_calls"))
    return {
        response_id: _key(text, calls) for response_id, text, calls in zip(*columns, strict=True)
    }


def _key(text: str, calls: list[dict[str, str]]) -> str | None:
    plain = as_seen(text)
    if not plain and not calls:
        return None
    called = [[call["name"], call["arguments"]] for call in calls]
    return hashlib.sha256(canonical_json([plain, called]).encode()).hexdigest()
