"""What a prompt's source brought beside it, by which verifiers measure."""

from collections.abc import Mapping

from winnow.annotation.answers.options import options_from, options_in
from winnow.annotation.verifiers.turns import last_question
from winnow.schemas.prompts import Prompt


def options_for(prompt: Prompt, key: str | None) -> Mapping[str, str]:
    """Return the options of a multiple choice by letter; none where there are none.

    Args:
        prompt: The prompt.
        key: Key of its metadata that holds them; None looks for them in the last turn of the user.
    """
    if key is not None:
        return options_from(prompt.brought().get(key))
    return options_in(last_question(prompt))
