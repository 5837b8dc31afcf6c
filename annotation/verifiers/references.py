"""The answers to a prompt that are known to be good."""

from winnow.schemas.prompts import Prompt

REFERENCES = "references"
"""Key of a prompt's metadata that holds further references, as a list of texts; also what verifiers that take them read."""


def references_of(prompt: Prompt) -> tuple[str, ...]:
    """List the references of a prompt, each once: its `reference`, and those of `references` in its metadata."""
    further = prompt.brought().get(REFERENCES, ())
    listed = further if isinstance(further, list) else [further]
    texts = (prompt.reference, *listed)
    return tuple(dict.fromkeys(t for t in texts if isinstance(t, str) and t.strip()))
