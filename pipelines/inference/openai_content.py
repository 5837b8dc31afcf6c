"""What the content of a message says, be it a text or a list of parts."""

from typing import Any, Literal, NamedTuple

_TEXTS = ("text", "output_text")
_THOUGHTS = ("thinking", "reasoning", "reasoning_content", "reasoning.text", "reasoning.summary")
_NOT_CARRIED = ("image", "audio", "video", "file", "input_", "output_audio", "tool", "function")
_WORDS = ("text", "thinking", "reasoning", "summary", "refusal", "content", "value")
_DEEPEST = 4

_Sort = Literal["text", "thought", "refusal"]


class Spoken(NamedTuple):
    """What a content says."""

    text: str | None
    """Its text parts, joined; None where there are none."""

    thought: str | None
    """Its thinking parts, joined; None where there are none."""

    refusal: str | None
    """Why the model will not answer; None where it does."""

    odd: str | None
    """Why the content cannot be read; None where it can, or where there is none."""


def spoken(content: Any) -> Spoken:
    """Read a content; a part without words is passed over, unless it is a picture or the like."""
    if content is None or isinstance(content, str):
        return Spoken(content, None, None, None)
    said: dict[_Sort, list[str]] = {"text": [], "thought": [], "refusal": []}
    for part in content if isinstance(content, list) else [content]:
        kind = part.get("type") if isinstance(part, dict) else None
        if isinstance(kind, str) and kind not in _TEXTS and kind.startswith(_NOT_CARRIED):
            what = f"content holds a part of the type {kind[:60]!r}"
            return Spoken(None, None, None, f"{what}, for which a response has no place")
        if (words := words_in(part)) is not None:
            said[_sort(part, kind)].append(words)
    text, thought, refusal = ("".join(texts) if texts else None for texts in said.values())
    is_odd = content != [] and (text, thought, refusal) == (None, None, None)
    return Spoken(text, thought, refusal, "content is no text" if is_odd else None)


def _sort(part: Any, kind: Any) -> _Sort:
    if kind == "refusal":
        return "refusal"
    is_named = isinstance(part, dict) and any(part.get(name) for name in ("thinking", "reasoning"))
    return "thought" if is_named or kind in _THOUGHTS else "text"


def words_in(part: Any, depth: int = 0) -> str | None:
    """Read the words of a part, or of the parts in it, joined; None where it has none."""
    if isinstance(part, str) or depth > _DEEPEST:
        return part if isinstance(part, str) else None
    if isinstance(part, dict):
        found = (words_in(part.get(field), depth + 1) for field in _WORDS)
        return next((words for words in found if words is not None), None)
    if isinstance(part, list):
        texts = [words for one in part if (words := words_in(one, depth + 1)) is not None]
        return "".join(texts) if texts else None
    return None
