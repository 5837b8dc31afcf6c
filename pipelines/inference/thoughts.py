"""What a model thought before it answered, told apart from the answer."""

import re
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

_NATIVE = (
    ("<think>", "</think>"),  # DeepSeek, Qwen and most others
    ("[THINK]", "[/THINK]"),  # Mistral
    ("<seed:think>", "</seed:think>"),  # Seed-OSS
    ("<|START_THINKING|>", "<|END_THINKING|>"),  # Cohere
    ("◁think▷", "◁/think▷"),  # Kimi
    ("<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),  # gpt-oss, markers kept
)
"""Marks that models are trained to put round their thoughts."""

_ASKED_FOR = tuple((f"<{n}>", f"</{n}>") for n in ("thinking", "thought", "thoughts", "reasoning"))
"""Marks that some models were trained on as well, but that prompts also ask for as part of the answer."""

_HARMONY = re.compile(r"analysis(?=[A-Z])(.*?)assistantfinal(.*)", re.DOTALL)
"""A thought and an answer of gpt-oss where the engine has left its markers out."""
_OPEN_HARMONY = re.compile(r"analysis(?=[A-Z])(.*)", re.DOTALL)
_MARKS = [mark for pair in _NATIVE for mark in pair] + [opening for opening, _ in _ASKED_FOR]
_ANY_MARK = "|".join([r"\Aanalysis[A-Z]", *map(re.escape, _MARKS)])
_HARMONY_ENDS = re.compile(r"(<\|(end|start|return)\|>|assistant)+\s*$")


class Parted(NamedTuple):
    """A generated text, its thought told apart."""

    thought: str | None
    """What was thought; None where nothing was."""

    answer: str
    """What was answered; exactly the text where nothing was thought, empty where the thought never ended."""

    is_finished: bool
    """Whether an answer was begun: False where the text ends within the thought."""


def part_thought(text: str, asked: str = "") -> Parted:
    """Tell the thought at the beginning of a generated text from the answer behind it.

    A thought stands between the marks that models are trained on. Where the chat template has opened it already, the
    text holds the closing mark alone. Marks that a prompt asks for by name belong to the answer.

    Args:
        text: What was generated.
        asked: The words that were asked; a mark in them that is not a model's own is content.
    """
    marks = [*_NATIVE, *(pair for pair in _ASKED_FOR if pair[0] not in asked)]
    thoughts, rest = [], text
    while opened := next((m for m in marks if rest.lstrip().startswith(m[0])), None):
        begun = rest.lstrip().removeprefix(opened[0])
        thought, closing, behind = begun.partition(opened[1])
        thoughts.append(thought)
        if not closing:
            return Parted(_joined(thoughts), "", False)
        rest = behind.lstrip()
    return Parted(_joined(thoughts), rest, True) if thoughts else _without_opening(text)


def part_answer(text: str, reasoning: str | None, *, calls_tools: bool, asked: str = "") -> Parted:
    """Tell thought and answer apart, wherever the engine put them.

    Args:
        text: What was generated.
        reasoning: What a server told apart as the thought already; None where it told none.
        calls_tools: Whether the answer calls tools.
        asked: The words that were asked.
    """
    found = part_thought(text, asked)
    if not reasoning or not reasoning.strip():
        return found
    thoughts = [reasoning.strip(), *([found.thought] if found.thought else [])]
    return Parted("\n\n".join(thoughts), found.answer, bool(found.answer.strip() or calls_tools))


def may_hold_thought(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Say of which texts `part_thought` may make more than an answer; null of what is null."""
    return pc.match_substring_regex(texts, _ANY_MARK)


def may_be_asked_for(text: str) -> bool:
    """Say whether what was asked decides which part of a generated text is a thought."""
    return any(opening in text for opening, _ in _ASKED_FOR)


def opening_of(rendered: str) -> str:
    """Find the mark by which a rendered prompt has opened a thought already; empty where it has opened none."""
    return next((m for m, _ in _NATIVE if rendered.rstrip().endswith(m)), "")


def _without_opening(text: str) -> Parted:
    for opening, closing in _NATIVE:
        thought, found, answer = text.partition(closing)
        if found and opening not in thought and not _is_quoted(thought, answer):
            return Parted(_joined([thought]), answer.lstrip(), True)
    if whole := _HARMONY.match(text):
        return Parted(_joined([whole[1]]), whole[2].lstrip(), True)
    if begun := _OPEN_HARMONY.match(text):
        return Parted(_joined([begun[1]]), "", False)
    return Parted(None, text, True)


def _is_quoted(before: str, after: str) -> bool:
    """Say whether a closing mark is spoken about: it stands in quotes or in code."""
    in_code = before.count("```") % 2 == 1
    return in_code or before.endswith(("`", '"', "'", "“", "«")) or after.startswith(("`", '"'))


def _joined(thoughts: list[str]) -> str | None:
    plain = (_HARMONY_ENDS.sub("", thought).strip() for thought in thoughts)
    return "\n\n".join(thought for thought in plain if thought) or None
