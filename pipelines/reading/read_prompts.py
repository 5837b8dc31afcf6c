"""Prompts and their ready responses."""

from functools import partial

from winnow.pipelines.reading.fields import Fields
from winnow.pipelines.reading.importer import Importer
from winnow.pipelines.reading.lines import read_lines
from winnow.pipelines.reading.plain.prompt_rows import plain_prompt_rows
from winnow.pipelines.reading.prompts import parse_prompt
from winnow.pipelines.reading.responses import ready_responses
from winnow.pipelines.reading.settings import PromptSource


def read_prompts(source: PromptSource, name: str, importer: Importer) -> None:
    """Take in the prompts of a source, and the responses that came with them.

    Raises:
        MalformedInput: The source is empty or mostly malformed, or cannot be read at all.
        InvalidSettings: It is missing, or lacks a column that the settings name.
    """
    take = partial(_take, source=source, importer=importer)
    plain = partial(plain_prompt_rows, source, importer)
    read_lines(source, name, "prompts", importer.intake, take, together=plain)


def _take(place: str, fields: Fields, *, source: PromptSource, importer: Importer) -> None:
    prompt, answer = parse_prompt(
        fields, source=place, max_characters=source.max_characters, keep=source.keep
    )
    responses = list(ready_responses(fields, prompt.messages))
    if answer:
        responses.append((fields.column("messages"), answer))
    prompt_id = importer.known_as(prompt)
    importer.known.name_prompt(prompt.source_id, prompt_id)
    importer.responses(place, prompt_id, responses)
    importer.prompt(prompt, len(responses))
