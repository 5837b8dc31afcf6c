"""Prompts and their ready responses."""

from functools import partial

from winnow.pipelines.reading.fields import Fields
from winnow.pipelines.reading.lines import read_lines
from winnow.pipelines.reading.prompts import parse_prompt
from winnow.pipelines.reading.responses import ready_responses
from winnow.pipelines.reading.settings import PromptSource
from winnow.pipelines.reading.taking import Taking


def read_prompts(source: PromptSource, name: str, taking: Taking) -> None:
    """Take in the prompts of a source, and the responses that came with them.

    Raises:
        MalformedInput: The source is empty or mostly malformed, or cannot be read at all.
        InvalidSettings: It is missing, or lacks a column that the settings name.
    """
    take = partial(_take, source=source, taking=taking)
    read_lines(source, name, "prompts", taking.intake, take)


def _take(place: str, fields: Fields, *, source: PromptSource, taking: Taking) -> None:
    prompt, answer = parse_prompt(
        fields, source=place, max_characters=source.max_characters, keep=source.keep
    )
    responses = list(ready_responses(fields, prompt.messages))
    if answer:
        responses.append((fields.column("messages"), answer))
    prompt_id = taking.known_as(prompt)
    taking.known.name_prompt(prompt.source_id, prompt_id)
    taking.responses(place, prompt_id, responses)
    taking.prompt(prompt, len(responses))
