"""What a prompt's source brought beside it, by which verifiers measure."""

import json
from collections.abc import Mapping
from typing import Any

from winnow.annotation.answers.options import options_from, options_in
from winnow.annotation.verifiers.turns import last_question
from winnow.schemas.prompts import Prompt


def metadata_of(prompt: Prompt) -> dict[str, Any]:
    """Return what the source brought beside the prompt; nothing where it brought none."""
    found = json.loads(prompt.metadata) if prompt.metadata else {}
    return found if isinstance(found, dict) else {}


def options_for(prompt: Prompt, key: str | None) -> Mapping[str, str]:
    """Return the options of a multiple choice by letter; none where there are none.

    Args:
        prompt: The prompt.
        key: Key of its metadata that holds them; None looks for them in the last turn of the user.
    """
    if key is not None:
        return options_from(metadata_of(prompt).get(key))
    return options_in(last_question(prompt))
