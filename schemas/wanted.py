"""What a value should have been, in plain words where pydantic's own name types of Python or a pattern."""

from collections.abc import Mapping
from typing import Any

_WORDS = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "dict_type": "keys with values",
    "float_parsing": "a number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "frozen_set_type": "a list",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number of fewer digits",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_attributes_type": "keys with values",
    "model_type": "keys with values",
    "path_type": "a path, as text",
    "set_type": "a list",
    "string_type": "text; put it in quotes",
    "string_unicode": "text that UTF-8 can write",
    "tuple_type": "a list",
    "datetime_from_date_parsing": "a time such as 2026-01-31T12:00:00Z",
    "datetime_parsing": "a time such as 2026-01-31T12:00:00Z",
    "datetime_type": "a time such as 2026-01-31T12:00:00Z",
}
"""By pydantic's name of the fault."""

PATTERNS = {
    r"^[A-Za-z0-9][A-Za-z0-9_.-]*$": "letters, digits, '_', '.' and '-', with a letter or digit first",
    r"^[a-z][a-z0-9_-]*$": "small letters, digits, '_' and '-', with a letter first",
    r"^[a-z0-9][a-z0-9_-]*$": "small letters, digits, '_' and '-', with a letter or digit first",
    r"^[a-z][a-z0-9_]*$": "small letters, digits and '_', with a letter first",
    r'^[^"\r\n]$': "one character that is no quote or line end",
}
"""What the patterns of our settings ask for."""

_PREFIXES = ("Input should be ", "Value error, ", "Assertion failed, ")
_SHOWN = 60


def wanted(error: Mapping[str, Any]) -> str:
    """Say what was wanted.

    Args:
        error: One of `ValidationError.errors()`.
    """
    kind, facts = error["type"], error.get("ctx", {})
    match kind:
        case "string_pattern_mismatch":
            return PATTERNS.get(facts["pattern"], f"text that matches {facts['pattern']}")
        case "union_tag_invalid":
            return str(facts["expected_tags"]).replace(", ", " or ")
        case "union_tag_not_found":
            return f"the key {facts['discriminator']}"
        case "too_short":
            return f"at least {facts['min_length']} of them"
        case "too_long":
            return f"at most {facts['max_length']} of them"
        case "string_too_short":
            return f"at least {facts['min_length']} characters"
        case "string_too_long":
            return f"at most {facts['max_length']} characters"
        case "is_instance_of" | "is_subclass_of" | "callable_type":
            return "something else"
    said = str(error["msg"])
    for prefix in _PREFIXES:
        said = said.removeprefix(prefix)
    return _WORDS.get(kind, said)


def refused(key: str, error: Mapping[str, Any]) -> str:
    """Say in a sentence what a value is, and what was wanted.

    Args:
        key: Where it stands, as its reader knows the place.
        error: One of `ValidationError.errors()`.
    """
    return f"{key} is {shown(error['input'])}, wanted {wanted(error)}"


def shown(value: Any) -> str:
    """Write a value for a message, cut off where it is long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
