"""Defect: why one row, or one response in it, cannot be used; and the list of reasons."""

from decimal import Decimal
from json import JSONDecodeError
from typing import Any, NamedTuple


class Reason(NamedTuple):
    """One entry of the list."""

    meaning: str
    is_malformed: bool
    """Whether it counts towards `max_malformed`."""

    is_useless: bool = False
    """Whether, well formed as it is, a source that mostly holds such is none."""


REASONS: dict[str, Reason] = {
    "malformed_json": Reason("the line is no JSON", True),
    "malformed_row": Reason("the row has more or fewer fields than the header, or a broken quote", True),
    "not_an_object": Reason("the line is JSON, but not an object", True),
    "not_utf8": Reason("the row holds bytes that are not UTF-8", True),
    "not_unicode": Reason("a text holds a lone surrogate", True),
    "nul_character": Reason("a text holds U+0000, which PostgreSQL and Argilla cannot store", True),
    "missing_prompt": Reason("there is neither a prompt nor messages", True),
    "empty_prompt": Reason("the prompt holds nothing but white space", True),
    "bad_messages": Reason("the conversation does not have the form of one", True),
    "bad_field": Reason("another column has the wrong type", True),
    "prompt_too_long": Reason("the prompt is longer than max_characters", False),
    "duplicate_prompt": Reason("an earlier line asks the same; its ready responses go there", False),
    "not_sampled": Reason("it is not in the sample that the settings ask for", False),
    "bad_response": Reason("a ready response is missing or has the wrong type", True),
    "contradicts_prompt": Reason("a conversation given as a response has other turns than the prompt", False, True),
    "duplicate_response": Reason("the same response to the same prompt came before", False),
    "identical_responses": Reason("both sides of a comparison are one response", False, True),
    "duplicate_item": Reason("an earlier line has the same item_id and compares something else", True),
    "duplicate_comparison": Reason("an earlier line compares the same; its judgments go there", False),
    "bad_judgment": Reason("a judgment lacks its annotator, has an unknown verdict, order, rating, criterion or ranking, or contradicts itself", True),
    "duplicate_judgment": Reason("the same event came before: the same judgment with the same id or time", False),
    "bad_gold": Reason("a gold row lacks its verdict or what it is about", True),
    "duplicate_gold": Reason("an earlier line says the same of the same", False),
    "conflicting_gold": Reason("an earlier line says something else of the same", True),
    "unknown_item": Reason("no comparison has this item_id", True),
    "rejected_item": Reason("the comparison with this item_id was rejected", False, True),
    "unknown_prompt": Reason("no prompt has this id, or more than one", True),
    "unknown_response": Reason("the prompt has no response of this name, or more than one", True),
}  # fmt: skip


class Defect(Exception):
    """Raised while one row is parsed, and recorded as a reject by whoever reads the rows."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


_KINDS: dict[type, str] = {
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    Decimal: "a number",
    list: "a list",
    tuple: "a list",
    dict: "an object",
    type(None): "missing",
    bytes: "binary data",
}


def kind_of(value: Any) -> str:
    """Name the type of a value in the words of JSON."""
    if isinstance(value, dict):
        return _KINDS[dict]
    return _KINDS.get(type(value), f"a {type(value).__name__}")


def abridged(value: Any, n_characters: int = 60) -> str:
    """Quote a value for a message, cut where it is long; of a list or object, name the type alone."""
    if isinstance(value, list | dict):
        return kind_of(value)
    text = str(value)
    return repr(text if len(text) <= n_characters else text[: n_characters - 3] + "...")


def json_fault(error: ValueError) -> str:
    """Say what is wrong with a JSON text, and where."""
    if isinstance(error, JSONDecodeError):
        return f"{error.msg[0].lower()}{error.msg[1:]} at character {error.pos}"
    return str(error)
