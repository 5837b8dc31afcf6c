"""What a data set of Argilla asks, as plain data in the shape of its HTTP interface."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

MAX_GUIDELINES = 10_000
"""Characters of guidelines that Argilla takes."""

SHOWN = "shown"
"""Metadata property that says what an item shows; annotators do not see it."""


@dataclass(frozen=True)
class Field:
    """Something to read."""

    name: str
    """Name in Argilla."""

    title: str
    """Heading on the page."""

    settings: Mapping[str, Any]
    """Type and its options."""

    def as_json(self) -> dict[str, Any]:
        """Return the body that creates it."""
        about = {"name": self.name, "title": self.title, "required": True}
        return {**about, "settings": dict(self.settings)}


@dataclass(frozen=True)
class FormQuestion:
    """Something to answer."""

    name: str
    """Name in Argilla, and of the value in the answer."""

    title: str
    """The question as people read it."""

    settings: Mapping[str, Any]
    """Type and its options."""

    is_required: bool = True
    """Whether the page lets nobody submit without it."""

    description: str | None = None
    """Help beside the title."""

    def as_json(self) -> dict[str, Any]:
        """Return the body that creates it."""
        help_ = escape(self.description, quote=False) if self.description else None  # shown as HTML
        about = {"name": self.name, "title": self.title, "description": help_}
        return {**about, "required": self.is_required, "settings": dict(self.settings)}


@dataclass(frozen=True)
class Form:
    """Everything that a data set is created with."""

    fields: Sequence[Field]
    """What people read, from the top."""

    questions: Sequence[FormQuestion]
    """What people answer, from the top; Argilla forbids to change them once published."""

    guidelines: str
    """Guidelines as markdown."""

    @property
    def choices(self) -> dict[str, list[str]]:
        """What people can choose from, by question."""
        return choices((question.name, question.settings) for question in self.questions)


@dataclass(frozen=True)
class Card:
    """One item as a task shows it."""

    item_id: str
    """Id of the item, "external id" in Argilla."""

    fields: Mapping[str, Any]
    """Content by field."""

    shown: str
    """What it shows, JSON of `winnow.schemas.answers.Shown`."""

    suggestions: Mapping[str, Any] = field(default_factory=dict)
    """Values to start from, by question."""

    is_judged: bool = False
    """Whether judges' labels suggest these values, which the page then says; a text to edit comes from nobody."""


def choices(questions: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, list[str]]:
    """Return the values that people choose from, sorted, by question: what an answer can be read by.

    Args:
        questions: Name and settings of each question, of a form or as Argilla gives them back.
    """
    return {
        name: sorted(str(option["value"]) for option in settings.get("options") or ())
        for name, settings in sorted(questions, key=lambda question: question[0])
    }


def chat(name: str, title: str) -> Field:
    """Return a field that shows a conversation."""
    return Field(name, title, {"type": "chat", "use_markdown": True})


def markdown(name: str, title: str) -> Field:
    """Return a field that lays out markdown."""
    return Field(name, title, {"type": "text", "use_markdown": True})


def plain(name: str, title: str) -> Field:
    """Return a field that shows text as it is, in which parts can be marked."""
    return Field(name, title, {"type": "text", "use_markdown": False})


def choice(name: str, title: str, options: Mapping[str, str], **more: Any) -> FormQuestion:
    """Return a question with one answer out of several: value to the words on the button."""
    settings = {
        "type": "label_selection",
        "options": [{"value": value, "text": text} for value, text in options.items()],
    }
    return FormQuestion(name, title, settings, **more)


def rating(name: str, title: str, values: Sequence[int], **more: Any) -> FormQuestion:
    """Return a question with a number as answer."""
    options = [{"value": value} for value in values]
    return FormQuestion(name, title, {"type": "rating", "options": options}, **more)


def ranking(name: str, title: str, options: Mapping[str, str], **more: Any) -> FormQuestion:
    """Return a question with an order of options as answer; ranks may be shared."""
    settings = {
        "type": "ranking",
        "options": [{"value": value, "text": text} for value, text in options.items()],
    }
    return FormQuestion(name, title, settings, **more)


def words(name: str, title: str, *, is_required: bool = False, **more: Any) -> FormQuestion:
    """Return a question with free text as answer."""
    settings = {"type": "text", "use_markdown": False}
    return FormQuestion(name, title, settings, is_required=is_required, **more)


def marks(field_name: str, title: str, labels: Mapping[str, str], **more: Any) -> FormQuestion:
    """Return a question answered by marking parts of a plain field: label to its words."""
    settings = {
        "type": "span",
        "field": field_name,
        "allow_overlapping": True,
        "options": [{"value": value, "text": text} for value, text in labels.items()],
    }
    return FormQuestion(_MARKS + field_name, title, settings, is_required=False, **more)


def marked_field(question: str) -> str | None:
    """Return the field in which a question marks parts; None for a question of another type."""
    return question.removeprefix(_MARKS) if question.startswith(_MARKS) else None


_MARKS = "marks_in_"
