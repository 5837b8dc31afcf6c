"""What a value of a setting may be, in plain words, told from its type."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from winnow.schemas.wanted import PATTERNS

_PLAIN: dict[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "`true` or `false`",
    Path: "a path",
    Any: "anything",
}
_BOUNDS = {Ge: "at least", Gt: "above", Le: "at most", Lt: "below"}
_SHOWN = 60
_WRITTEN_AS = {"Target": "text such as `accuracy 0.95`"}
"""By name of the model: what is written as text."""


def words_of(annotation: Any, metadata: Iterable[Any] = ()) -> str:
    """Say what a value may be.

    Args:
        annotation: Its type, as pydantic gives it.
        metadata: Bounds and patterns of the value as a whole.
    """
    inner, limits = _unwrapped(annotation)
    limits = [*limits, *_flat(metadata)]
    origin, args = get_origin(inner), get_args(inner)
    if origin in (Union, UnionType):
        kinds = list(dict.fromkeys(words_of(a, limits) for a in args if a is not type(None)))
        return " or ".join(kinds) if len(kinds) < 3 else "anything"
    if origin is Literal:
        return _one_of(args)
    if origin in (tuple, list):
        return _limited(f"a list of {_several(args[0])}", limits)
    if origin is dict:
        return _limited(f"names, each with {words_of(args[1])}", limits)
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        return _WRITTEN_AS.get(inner.__name__, "keys of its own")
    return _limited(_PLAIN[inner], limits)


def default_of(field: FieldInfo) -> str:
    """Write what holds where a key is left out; "required" where it may not be, and empty where nothing holds."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value in (None, (), {}, "") or isinstance(value, BaseModel | tuple):
        return ""
    text = written(value)
    return f"`{text if len(text) <= _SHOWN else f'{text[:_SHOWN]}…'}`"


def written(value: Any) -> str:
    """Write a value as it stands in a YAML file, in one line."""
    plain = _shorter(to_jsonable_python(value))
    if isinstance(plain, str) and not plain.isprintable():
        return json.dumps(plain)
    text = yaml.safe_dump(
        plain, default_flow_style=True, width=10_000, allow_unicode=True, sort_keys=False
    )
    return text.removesuffix("...\n").strip()


def _shorter(value: Any) -> Any:
    """Write 600.0 as 600."""
    if isinstance(value, dict):
        return {key: _shorter(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_shorter(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """List the models that a value may be made of, through unions, lists and maps."""
    inner, _ = _unwrapped(annotation)
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        yield inner
    else:
        for part in get_args(inner):
            yield from models_in(part)


def _unwrapped(annotation: Any) -> tuple[Any, list[Any]]:
    limits: list[Any] = []
    while get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        limits += _flat(more)
    return annotation, limits


def _flat(metadata: Iterable[Any]) -> list[Any]:
    return [
        limit
        for given in metadata
        for limit in (given.metadata if isinstance(given, FieldInfo) else [given])
    ]


def _one_of(values: Iterable[Any]) -> str:
    *first, last = (f"`{value}`" for value in values)
    return f"{', '.join(first)} or {last}" if first else last


def _several(annotation: Any) -> str:
    words = words_of(annotation)
    return {"text": "texts", "keys of its own": "entries"}.get(words, words)


def _limited(words: str, limits: Iterable[Any]) -> str:
    said = []
    for limit in limits:
        if pattern := getattr(limit, "pattern", None):
            words = f"{words} of {PATTERNS[pattern]}"
        for kind, bound in _BOUNDS.items():
            if isinstance(limit, kind):
                said.append(f"{bound} {getattr(limit, kind.__name__.lower()):g}")
        if isinstance(limit, MinLen):
            said.append(f"at least {limit.min_length}")
        if isinstance(limit, MaxLen):
            said.append(f"at most {limit.max_length}")
    return ", ".join([words, *said])
