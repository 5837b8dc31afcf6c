"""Transcripts: conversations written as one text, as Anthropic's HH-RLHF has them."""

import re

_TURN = re.compile(r"\n\n(Human|Assistant):")
_ROLES = {"Human": "user", "Assistant": "assistant"}


def transcript_in(text: str) -> list[dict[str, str]] | None:
    r"""Read a text of the form "\n\nHuman: ...\n\nAssistant: ...".

    Returns:
        The turns, {role, content}; None for any other text.
    """
    before, *parts = _TURN.split(text) if text.startswith("\n\nHuman:") else [text]
    if before or "Assistant" not in parts[::2]:
        return None
    return [
        {"role": _ROLES[name], "content": said.strip()}
        for name, said in zip(parts[::2], parts[1::2], strict=True)
    ]
