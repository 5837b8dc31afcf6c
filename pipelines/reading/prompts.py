"""Prompts: from a row's fields to `winnow.schemas.prompts.Prompt`."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from winnow.pipelines.reading.conversations import shared_beginning, shared_instruction
from winnow.pipelines.reading.defects import Defect, abridged, kind_of
from winnow.pipelines.reading.exact import read_exact
from winnow.pipelines.reading.fields import Fields, check_text
from winnow.pipelines.reading.messages import parse_messages, unpacked
from winnow.pipelines.reading.metadata import metadata_of
from winnow.pipelines.reading.responses import (
    AUTHORS,
    UNKNOWN,
    ReadyResponse,
    conversations,
    ready_turn,
)
from winnow.pipelines.reading.tool_calls import json_text
from winnow.schemas.prompts import Message, Prompt


class PromptWithAnswer(NamedTuple):
    """A prompt, and the answer where its conversation went on to one."""

    prompt: Prompt
    answer: ReadyResponse | None


def parse_prompt(
    fields: Fields, *, source: str, max_characters: int | None = None, keep: Sequence[str] = ()
) -> PromptWithAnswer:
    """Read the prompt of a row.

    `prompt` (text or messages) comes before `messages`; without both, the turns that two conversational responses share
    are the prompt. A last turn of the assistant is what was answered, not what was asked: it becomes a ready response;
    that of `prompt` stays, in a row with responses of its own, as the beginning that they go on from. A system turn that every conversational response puts before the prompt belongs to it.

    Args:
        fields: The row.
        source: Where it came from, such as "prompts.jsonl:17".
        max_characters: Longest prompt to take, over all turns; None for no limit.
        keep: Columns to keep as its metadata, by the file's own names.

    Raises:
        Defect: The row has no usable prompt.
    """
    messages, answer = _without_answer(_with_system(_messages(fields), fields), fields)
    messages = _with_shared_instruction(messages, fields)
    _check_size(messages, max_characters)
    return PromptWithAnswer(_prompt(fields, messages, source, fields.label("id"), keep), answer)


def holds_prompt(fields: Fields) -> bool:
    """Tell whether a row says what was asked, in a column of its own."""
    return any(fields.peek(column) is not None for column in ("prompt", "messages"))


def unknown_prompt(
    fields: Fields, *, source: str, item_id: str | None, keep: Sequence[str] = ()
) -> Prompt:
    """Return the prompt of a row that does not say what was asked.

    Its `id`, else the comparison's item_id, else its place tells it from others.
    """
    return _prompt(fields, (), source, fields.label("id") or item_id, keep)


def _prompt(
    fields: Fields,
    messages: tuple[Message, ...],
    source: str,
    source_id: str | None,
    keep: Sequence[str],
) -> Prompt:
    return Prompt(
        messages=messages,
        tools=_tools(fields),
        contexts=_contexts(fields),
        reference=fields.text("reference"),
        domain=fields.text("domain"),
        language=fields.text("language"),
        source=source,
        source_id=source_id,
        metadata=metadata_of(fields, keep),
    )


def _messages(fields: Fields) -> tuple[Message, ...]:
    prompt = unpacked(fields.get("prompt"), fields.column("prompt"))
    if isinstance(prompt, str):
        text = check_text(prompt, repr(fields.column("prompt")))
        return (Message(role="user", content=text),)
    if prompt is not None:
        turns = [prompt] if isinstance(prompt, dict) else prompt
        return parse_messages(turns, fields.column("prompt"))
    messages = fields.structure("messages")
    if messages is not None:
        return parse_messages(messages, fields.column("messages"))
    return _shared_turns(fields)


def _shared_turns(fields: Fields) -> tuple[Message, ...]:
    found = conversations(fields)
    first, *others = found or [""]
    if not found or len(found[first]) < 2:
        wanted = f"{fields.column('prompt')!r} or {fields.column('messages')!r}"
        raise Defect(
            "missing_prompt",
            f"no {wanted}; found columns: {fields.found()}; "
            "name the right one in the settings, such as columns: {prompt: instruction}",
        )
    shared = found[first][:-1]
    for other in others:
        shared = shared_beginning((*shared, found[first][-1]), found[other])
    if not shared:
        raise Defect(
            "bad_messages",
            f"{first!r} and {others[0]!r} begin differently, wanted one conversation up to the answers; "
            "give the prompt in a column of its own",
        )
    return shared


def _with_shared_instruction(messages: tuple[Message, ...], fields: Fields) -> tuple[Message, ...]:
    try:
        found = conversations(fields).values()
    except Defect:
        return messages  # said of the response itself, whose prompt may stay
    whole = [turns for turns in found if turns[0].role != "assistant"]
    return (*shared_instruction(whole, messages), *messages)


def _with_system(messages: tuple[Message, ...], fields: Fields) -> tuple[Message, ...]:
    system = fields.text("system")
    if not system:
        return messages
    if messages[0].role == "system":
        if messages[0].text() == system:
            return messages
        raise Defect(
            "bad_messages",
            f"{fields.column('system')!r} differs from the system turn of the conversation; leave one out",
        )
    return (Message(role="system", content=system), *messages)


def _without_answer(
    messages: tuple[Message, ...], fields: Fields
) -> tuple[tuple[Message, ...], ReadyResponse | None]:
    last = messages[-1]
    if last.role != "assistant" or (len(messages) > 1 and _is_beginning(last, fields)):
        return messages, None
    if len(messages) == 1:
        raise Defect("missing_prompt", "the only turn is the assistant's, wanted one to answer")
    author = fields.text("model") or UNKNOWN
    return messages[:-1], ready_turn(last, author)


def _is_beginning(last: Message, fields: Fields) -> bool:
    answers = (fields.peek(column) for column in ("responses", *AUTHORS))
    return (
        fields.peek("prompt") is not None
        and bool(last.content)
        and not last.tool_calls
        and any(answer is not None for answer in answers)
    )


def _check_size(messages: tuple[Message, ...], max_characters: int | None) -> None:
    texts = [m.text() for m in messages]
    said = any(t and not t.isspace() for t in texts)
    if not said and not any(p.image for m in messages for p in m.parts):
        raise Defect(
            "empty_prompt", "every turn is empty or white space, wanted something to answer"
        )
    n_characters = sum(map(len, texts))
    if max_characters is not None and n_characters > max_characters:
        raise Defect(
            "prompt_too_long",
            f"the prompt has {n_characters} characters, max_characters is {max_characters}; shorten it or raise that",
        )


def _tools(fields: Fields) -> str | None:
    tools, where = fields.structure("tools"), repr(fields.column("tools"))
    if tools is None or tools == []:
        return None
    if not isinstance(tools, list):
        raise Defect("bad_field", f"{where} is {kind_of(tools)}, wanted a list of schemas")
    return json_text([_schema(tool, where) for tool in tools], where, "bad_field")


def _schema(tool: Any, where: str) -> Any:
    if not isinstance(tool, str):
        return tool
    try:
        return read_exact(tool)
    except (ValueError, RecursionError):
        raise Defect(
            "bad_field", f"{where} holds {abridged(tool)}, wanted a schema or JSON text of one"
        ) from None


def _contexts(fields: Fields) -> tuple[str, ...]:
    value: Any = fields.structure("contexts")
    name = fields.column("contexts")
    if value is None:
        return ()
    if isinstance(value, str):
        return (check_text(value, repr(name)),)
    if not isinstance(value, list):
        raise Defect("bad_field", f"{name!r} is {kind_of(value)}, wanted a list of strings")
    return tuple(check_text(text, f"{name}[{i}]") for i, text in enumerate(value))
