"""Ready responses: a list of them in a row, or columns such as chosen and rejected."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, get_args

from winnow.pipelines.reading.conversations import parse_answered
from winnow.pipelines.reading.defects import Defect, abridged, kind_of
from winnow.pipelines.reading.fields import Fields, check_text, is_missing
from winnow.pipelines.reading.messages import is_turn, parse_content, parse_messages, unpacked
from winnow.pipelines.reading.steps import joined_steps, parse_steps
from winnow.pipelines.reading.tool_calls import parse_tool_calls
from winnow.pipelines.reading.transcripts import transcript_in
from winnow.schemas.columns import validated
from winnow.schemas.prompts import Message, Part, ToolCall
from winnow.schemas.responses import Made, Response, StepStart
from winnow.schemas.sameness import without_end_mark

AUTHORS = {
    "response_a": "model_a",
    "response_b": "model_b",
    "chosen": "chosen_model",
    "rejected": "rejected_model",
}
"""The column that names the author of each response column."""

SIDES = (("response_a", "response_b"), ("chosen", "rejected"))
"""Columns in which the two responses of a comparison stand, in one way or the other."""

UNKNOWN = "unknown"
"""Author of a response that names none."""

WAYS: tuple[Made, ...] = get_args(Made)
_TEXT_KEYS = ("text", "content", "value")
_TURNS_KEYS = ("turns", "messages")


class ReadyResponse(NamedTuple):
    """A response that came with the input, before it is tied to its prompt."""

    text: str | None
    """None where it is not known."""

    model: str
    tool_calls: tuple[ToolCall, ...] = ()
    model_revision: str | None = None
    sample_index: int = 0
    name: str | None = None
    """Its own `id` in the file; None where it has none."""

    turns: tuple[Message, ...] = ()
    """Turns between the prompt and the last one."""

    parts: tuple[Part, ...] = ()
    """Pieces of the last turn, where it is more than text."""

    steps: tuple[StepStart, ...] = ()
    """Where its steps begin."""

    made: Made = "imported"
    """How it came to be."""

    parent: str | None = None
    """What the row calls the response that it was made from."""

    def to_record(self, prompt_id: str, source: str) -> Response:
        """Tie it to its prompt and its place, such as "prompts.jsonl:17"; a chat template's end mark is taken off."""
        return Response(
            prompt_id=prompt_id,
            turns=tuple(map(_without_end_mark, self.turns)),
            text=None if self.text is None else without_end_mark(self.text),
            model=self.model,
            tool_calls=self.tool_calls,
            parts=self.parts,
            steps=self.steps,
            made=self.made,
            model_revision=self.model_revision,
            sample_index=self.sample_index,
            source=source,
            source_id=self.name,
        )


def _without_end_mark(turn: Message) -> Message:
    if turn.role != "assistant" or turn.content is None:
        return turn
    return turn.model_copy(update={"content": without_end_mark(turn.content)})


def ready_responses(
    fields: Fields, prompt: Sequence[Message]
) -> Iterator[tuple[str, ReadyResponse | Defect]]:
    """Yield every ready response of a row to a prompt, or why it cannot be used, with its place in the row."""
    for where, value, author in _candidates(fields):
        try:
            yield where, parse_response(value, where, author, prompt)
        except Defect as defect:
            yield where, defect


def conversations(fields: Fields) -> dict[str, tuple[Message, ...]]:
    """Return the responses of a row that are conversations, by their columns.

    Raises:
        Defect: One cannot be read.
    """
    found = {}
    for column in AUTHORS:
        name = fields.column(column)
        value = _turns_or_value(fields.peek(column), name)
        if isinstance(value, list) and value and is_turn(value[0]):
            found[name] = parse_messages(value, name)
    return found


def _candidates(fields: Fields) -> Iterator[tuple[str, Any, str]]:
    value = fields.structure("responses")
    name = fields.column("responses")
    if isinstance(value, list):
        author = _author(fields, "model")
        for i, item in enumerate(value):
            yield f"{name}[{i}]", item, author
    elif value is not None:
        raise Defect("bad_field", f"{name!r} is {kind_of(value)}, wanted a list of responses")
    for column, author_column in AUTHORS.items():
        if (value := fields.get(column)) is not None:
            yield fields.column(column), value, _author(fields, author_column)


def _author(fields: Fields, column: str) -> str:
    return fields.label(column) or UNKNOWN


def response_in(fields: Fields, column: str, prompt: Sequence[Message]) -> ReadyResponse:
    """Read the response of one column, such as response_a, to a prompt.

    Raises:
        Defect: It is missing or not usable.
    """
    author = _author(fields, AUTHORS[column])
    return parse_response(fields.get(column), fields.column(column), author, prompt)


def parse_response(value: Any, where: str, author: str, prompt: Sequence[Message]) -> ReadyResponse:
    """Read a response: a text, {text, model, ...}, a turn, or a conversation or transcript that goes on from the prompt,
    as it is or as {turns, model, ...}.

    Args:
        value: What the row holds.
        where: Its place in the row, for messages.
        author: Model where the response itself names none.
        prompt: What it answers.

    Raises:
        Defect: bad_response, or a text is not usable.
    """
    value = _turns_or_value(value, where)
    if isinstance(value, str):
        return ReadyResponse(text=check_text(value, where), model=author)
    if isinstance(value, list) and value:
        return _from_turns(value, where, author, prompt)
    if isinstance(value, dict):
        return _from_object(value, where, author, prompt)
    raise Defect("bad_response", f"{where} is {kind_of(value)}, wanted a string or {{text, model}}")


def _turns_or_value(value: Any, where: str) -> Any:
    found = unpacked(value, where)
    return (transcript_in(found) or found) if isinstance(found, str) else found


def _from_turns(
    value: list[Any], where: str, author: str, prompt: Sequence[Message]
) -> ReadyResponse:
    turns, last = parse_answered(value, where, prompt)
    return ready_turn(last, author)._replace(turns=turns)


def ready_turn(last: Message, author: str) -> ReadyResponse:
    """Return a response of one turn as it came, its pieces where they are more than text."""
    has_media = any(part.type != "text" for part in last.parts)
    return ReadyResponse(
        text=last.text(),
        tool_calls=last.tool_calls,
        model=author,
        parts=last.parts if has_media else (),
    )


def _from_object(
    value: dict[str, Any], where: str, author: str, prompt: Sequence[Message]
) -> ReadyResponse:
    about = _about(value, where, author)
    steps, in_steps = value.get("steps"), f"{where}.steps"
    key, said = _first(value, _TURNS_KEYS)
    if is_turn(value):
        ready = _from_turns([value], where, author, prompt)
    elif isinstance(said, list) and said:
        ready = _from_turns(said, f"{where}.{key}", author, prompt)
    else:
        ready = ready_turn(_one_turn(value, where, joined_steps(steps, in_steps)), author)
    turns = ready.to_record("-", "-").as_turns()
    return ready._replace(steps=parse_steps(steps, turns, in_steps), **about)


def _first(value: dict[str, Any], keys: Sequence[str]) -> tuple[str, Any]:
    found = ((key, value[key]) for key in keys if not is_missing(value.get(key)))
    return next(found, (keys[0], None))


def _one_turn(value: dict[str, Any], where: str, in_steps: str | None) -> Message:
    """Read a response that is one turn; without a text of its own it says what its steps do."""
    calls = parse_tool_calls(value.get("tool_calls"), f"{where}.tool_calls")
    _, said = _first(value, _TEXT_KEYS)
    said = in_steps if said is None else said
    if said is None and not calls:
        found = Fields(value, {}).found()
        raise Defect("bad_response", f"{where} has neither text nor tool_calls; found: {found}")
    if not isinstance(said, list):
        said = "" if said is None else check_text(said, f"{where}.text", "bad_response")
        return Message(role="assistant", content=said, tool_calls=calls)
    text, parts = parse_content(said, f"{where}.text")
    return Message(role="assistant", content=text, parts=parts, tool_calls=calls)


def _about(value: dict[str, Any], where: str, author: str) -> dict[str, Any]:
    fields = Fields(value, {})
    return {
        "model": fields.label("model") or author,
        "model_revision": fields.text("model_revision", "bad_response"),
        "sample_index": _sample_index(fields.get("sample_index"), where),
        "name": fields.label("id"),
        "made": _made(fields.text("made", "bad_response"), where),
        "parent": fields.label("parent"),
    }


def _made(value: str | None, where: str) -> Made:
    if value is None:
        return "imported"
    for known in WAYS:
        if value == known:
            return known
    raise Defect(
        "bad_response", f"{where}.made is {abridged(value)}, wanted one of {', '.join(WAYS)}"
    )


def _sample_index(value: Any, where: str) -> int:
    if value is None:
        return 0
    number = int(value) if isinstance(value, float) and value.is_integer() else value
    is_whole = isinstance(number, int) and not isinstance(number, bool)
    if not is_whole or validated(Response, "sample_index", [number]).invalid:
        raise Defect(
            "bad_response", f"{where}.sample_index is {value!r:.40}, wanted a whole number from 0"
        )
    return int(number)
