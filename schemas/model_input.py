"""What a prompt is for a model: the one place that says it.

Models are sent it, judges and people are shown it, exports write it, and near-duplicates are found by it.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winnow.schemas.prompts import INSTRUCTIONS, Message, Part, Prompt, Role


class ModelInput(NamedTuple):
    """The parts of a prompt, each of which changes what a model answers."""

    tools: str | None
    """JSON text of the schemas of the tools that may be called; None where there are none."""

    documents: tuple[str, ...]
    """Documents that the answer may rest on."""

    turns: tuple[Message, ...]
    """The turns that are finished, oldest first; text in pieces is one text."""

    beginning: Message | None
    """A turn of the assistant that is begun: every response goes on from its end. None where there is none."""

    def messages(self) -> tuple[Message, ...]:
        """Return the conversation as a model gets it.

        Documents stand in the system message, which is made if need be; a beginning is the last turn.
        """
        begun = (self.beginning,) if self.beginning else ()
        return (*self.finished(), *begun)

    def finished(self) -> tuple[Message, ...]:
        """Return the conversation as a model gets it, without the beginning."""
        if not self.documents:
            return self.turns
        numbered = (f"Document {i}:\n{text}" for i, text in enumerate(self.documents, start=1))
        documents = "\n\n".join(numbered)
        if not self.turns or self.turns[0].role != "system":
            return (Message(role="system", content=documents), *self.turns)
        system, *rest = self.turns
        return (_with_more(system, f"\n\n{documents}"), *rest)

    def answered(self, response: tuple[Message, ...]) -> tuple[Message, ...] | None:
        """Return the turns that follow the finished ones: the response's, the first of them with the beginning before it.

        None where the response does not begin with a turn of the assistant, and so goes on from no beginning.
        """
        if self.beginning is None:
            return response
        first, *rest = response
        if first.role != "assistant" or first.parts:
            return None
        return (_with_more(self.beginning, first.text(), tool_calls=first.tool_calls), *rest)


class Takes(NamedTuple):
    """Which turns a model's chat template takes."""

    system: bool = True
    """Whether a turn may be the system's."""

    repeats: bool = True
    """Whether two turns of one role may follow each other."""


def as_taken(turns: Sequence[Message], takes: Takes) -> tuple[Message, ...]:
    """Write a conversation for a template that does not take every turn: no word is lost, and the last turn stays last.

    What the system says stands before what the user says next, or is a turn of the user where the assistant is next.
    """
    told: Iterable[Message] = turns
    if not takes.system:
        told = _without_system(told)
    if not takes.repeats:
        told = _without_repeats(tuple(told))
    return tuple(told)


def model_input(prompt: Prompt) -> ModelInput:
    """Take a prompt apart.

    A last turn of the assistant that says something and calls no tool is a beginning.
    """
    *before, last = (_in_one_piece(turn) for turn in prompt.messages)
    is_begun = last.role == "assistant" and bool(last.content) and not last.tool_calls
    return ModelInput(
        tools=prompt.tools,
        documents=prompt.contexts,
        turns=tuple(before) if is_begun else (*before, last),
        beginning=last if is_begun else None,
    )


def plain_text(prompt: Prompt) -> str:
    """Return the words that tell one prompt from another: all that was said but instructions, then documents.

    Tool calls in it stand as name and arguments; the schemas of tools, which many prompts share, are left out.
    """
    told = model_input(prompt)
    said = [turn for turn in told.turns if turn.role not in INSTRUCTIONS]
    said += [told.beginning] if told.beginning else []
    return "\n".join([*filter(None, map(_words, said)), *told.documents])


def plain_texts(prompts: pa.Table) -> pa.Array:
    """Do what `plain_text` does to rows of the prompts table, of which only messages and contexts are looked at.

    Returns:
        The texts, shape (n,).
    """
    messages = prompts["messages"].combine_chunks()
    turns = messages.flatten()
    row = np.asarray(pc.list_parent_indices(messages))
    words = pc.struct_field(turns, "content")
    is_told = pc.and_(
        pc.invert(pc.is_in(pc.struct_field(turns, "role"), pa.array(INSTRUCTIONS))),
        pc.fill_null(pc.greater(pc.binary_length(words), 0), False),
    )
    n_told = np.bincount(row[np.asarray(is_told)], minlength=len(prompts))
    starts = np.append(0, np.cumsum(n_told)).astype(np.int32)
    told = pa.ListArray.from_arrays(pa.array(starts), words.filter(is_told))
    texts = pc.binary_join(told, "\n")
    is_odd = np.zeros(len(prompts), bool)
    for name in ("parts", "tool_calls"):
        n_pieces = pc.fill_null(pc.list_value_length(pc.struct_field(turns, name)), 0)
        is_odd[row[np.asarray(n_pieces) > 0]] = True
    n_documents = pc.fill_null(pc.list_value_length(prompts["contexts"]), 0)
    is_one_by_one = pa.array(is_odd | (np.asarray(n_documents) > 0))
    some = prompts.select(["messages", "contexts"]).filter(is_one_by_one)
    pieces = zip(told.filter(is_one_by_one).to_pylist(), some["contexts"].to_pylist(), strict=True)
    written = ["\n".join([*said, *(documents or ())]) for said, documents in pieces]
    for i in np.flatnonzero(is_odd[np.asarray(is_one_by_one)]).tolist():
        (asked,) = some.slice(i, 1).to_pylist()
        asked["contexts"] = asked["contexts"] or ()
        written[i] = plain_text(Prompt.model_validate({**asked, "prompt_id": "-", "source": "-"}))
    return pc.replace_with_mask(texts, is_one_by_one, pa.array(written, pa.string()))


def _without_system(turns: Iterable[Message]) -> Iterator[Message]:
    waiting: list[Message] = []
    for turn in turns:
        if turn.role in INSTRUCTIONS:
            waiting.append(turn)
            continue
        if turn.role == "user":
            turn = _joined([*waiting, turn])
        elif waiting:
            yield _joined(waiting)
        waiting = []
        yield turn
    if waiting:
        yield _joined(waiting)


def _without_repeats(turns: tuple[Message, ...]) -> Iterator[Message]:
    alike: list[Message] = []
    for place, turn in enumerate(turns):
        # A last turn of the assistant is begun or scored by itself.
        is_own = turn.role == "assistant" and place == len(turns) - 1
        if alike and (is_own or turn.role != alike[0].role or not _is_plain(alike[-1], turn)):
            yield _joined(alike, alike[0].role)
            alike = []
        alike.append(turn)
    yield _joined(alike, alike[0].role)


def _is_plain(*turns: Message) -> bool:
    return not any(turn.tool_calls or turn.role == "tool" for turn in turns)


def _joined(turns: list[Message], role: Role = "user") -> Message:
    """Make one turn of several, a blank line between them."""
    first, *rest = turns
    for turn in rest:
        first = _with_more(first, "\n\n" if turn.parts else f"\n\n{turn.text()}")
        if turn.parts:
            pieces = first.parts or (Part(type="text", text=first.content),)
            first = first.model_copy(update={"content": None, "parts": (*pieces, *turn.parts)})
    if not rest and first.role == role:
        return first
    return first.model_copy(update={"role": role, "name": turns[-1].name})


def _words(turn: Message) -> str:
    calls = [f"{call.name} {call.arguments}" for call in turn.tool_calls]
    return "\n".join([turn.text(), *calls] if turn.text() else calls)


def _with_more(turn: Message, text: str, **changes: object) -> Message:
    if turn.parts:
        changes["parts"] = (*turn.parts, Part(type="text", text=text))
    else:
        changes["content"] = f"{turn.content or ''}{text}"
    return turn.model_copy(update=changes)


def _in_one_piece(turn: Message) -> Message:
    if not turn.parts or any(part.type != "text" for part in turn.parts):
        return turn
    return turn.model_copy(update={"content": turn.text(), "parts": ()})
