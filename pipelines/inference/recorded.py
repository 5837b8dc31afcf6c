"""Replies that were written down before, in a file: which of them answers a request. No model is asked.

They are called recorded wherever they appear.
"""

import hashlib
import json
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError, field_validator

from winnow.pipelines.inference.requests import ChatRequest
from winnow.schemas.base import Value
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.explaining import explain
from winnow.schemas.wanted import shown

_EXAMPLE = '{"contains": ["text of the request"], "reply": "the answer"}'
_SHOWN_END = 60


class RecordedModel(Value):
    """A file of recorded replies in the place of a model."""

    engine: Literal["recorded"] = "recorded"
    """The engine that answers."""

    path: Path
    """JSON Lines file; each line is {"contains": [texts], "reply": answer}, where an answer in JSON may stand as it is. A
    request is answered by the first line whose texts all stand in it, one after the other, the same each time."""

    @property
    def price(self) -> None:
        """What tokens cost: unknown, since nobody counts them."""


class RecordedReply(Value):
    """One line of the file."""

    contains: tuple[str, ...]
    """Texts that all stand in what it answers, in this order; none for whatever is asked."""

    reply: str
    """The answer."""

    @field_validator("reply", mode="before")
    @classmethod
    def _as_text(cls, reply: Any) -> Any:
        if isinstance(reply, dict | list):
            return json.dumps(reply, ensure_ascii=False, separators=(",", ":"))
        return reply

    def first_missing(self, asked: str) -> int:
        """Return the place of the first text that does not stand behind those before it; their number where all do."""
        at = 0
        for place, text in enumerate(self.contains):
            found = asked.find(text, at)
            if found < 0:
                return place
            at = found + len(text)
        return len(self.contains)

    def fits(self, asked: str) -> bool:
        """Say whether it answers a request of such a text."""
        return self.first_missing(asked) == len(self.contains)


class RecordedReplies:
    """The lines of a file."""

    def __init__(self, path: Path, name: str) -> None:
        """Read a file.

        Args:
            path: Where it lies.
            name: Name of the model in the settings, for messages.

        Raises:
            InvalidSettings: There is no such file, or a line is not as it should be.
        """
        self._at = f"models.{name}.path is {path}"
        self._path = path
        try:
            content = path.read_bytes()
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InvalidSettings(f"{self._at}, which is not UTF-8; save it as UTF-8") from error
        except OSError as error:
            raise InvalidSettings(f"{self._at}, but no file is there; correct the path") from error
        self.revision = hashlib.sha256(content).hexdigest()
        """SHA-256 of the file, as 64 hex digits."""

        numbered = enumerate(text.split("\n"), start=1)
        self._lines = [(n, self._read(n, line)) for n, line in numbered if line.strip()]
        if not self._lines:
            raise InvalidSettings(
                f"{self._at}, which holds no replies; write a line of JSON for each, such as {_EXAMPLE}"
            )

    def answer(self, request: ChatRequest) -> str | None:
        """Return the reply of the first line that fits; None where none does."""
        asked = _text(request)
        return next((line.reply for _, line in self._lines if line.fits(asked)), None)

    def why_none(self, request: ChatRequest) -> str:
        """Say that no line fits, which comes nearest, and what to do."""
        asked = _text(request)
        number, line = max(self._lines, key=lambda of: (of[1].first_missing(asked), -of[0]))
        place = line.first_missing(asked)
        after = f" behind {shown(line.contains[place - 1])}" if place else ""
        return (
            f"no line of {self._path.name} fits: line {number}, the nearest, wants {shown(line.contains[place])}{after}; the "
            f'request ends {_end(request)}; add a line whose "contains" lists texts of it in their order, or ask a model'
        )

    def _read(self, number: int, line: str) -> RecordedReply:
        try:
            value = json.loads(line)
        except ValueError as error:
            raise self._refused(number, f" is no JSON ({error})") from error
        if not isinstance(value, dict):
            raise self._refused(number, f" is {shown(value)}, wanted an object such as {_EXAMPLE}")
        try:
            return RecordedReply.model_validate(value)
        except ValidationError as error:
            said = explain(RecordedReply, error.errors()[0])
            raise self._refused(number, f": {said}") from error

    def _refused(self, number: int, said: str) -> InvalidSettings:
        return InvalidSettings(f"{self._at}, whose line {number}{said}")


def _text(request: ChatRequest) -> str:
    return "\n".join(turn.text() for turn in request.messages)


def _end(request: ChatRequest) -> str:
    text = " ".join(request.messages[-1].text().split())
    return repr(text if len(text) <= _SHOWN_END else f"…{text[-_SHOWN_END:]}")
