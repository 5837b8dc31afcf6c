"""Say what pydantic finds wrong with a value: key, value and way out, in a sentence."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from winnow.schemas.wanted import refused, shown, wanted

_SAY_ALL = ("value_error", "assertion_error", "annotator")
"""Faults whose message is our own, and says what was found and what to do."""

Loc = tuple[int | str, ...]


class WrongInside(ValueError):
    """Something is wrong inside a value that a model of its own checked."""

    def __init__(self, settings: type[BaseModel], error: Any) -> None:
        """Keep what was found.

        Args:
            settings: The model that checked it.
            error: One of `ValidationError.errors()`.
        """
        super().__init__(explain(settings, error))
        self.settings, self.error = settings, error


class KeysClash(ValueError):
    """Keys of settings cannot stand beside each other."""

    def __init__(self, what: str, *keys: str) -> None:
        """Keep the keys, whichever of them is to be changed."""
        super().__init__(what)
        self.keys = keys


def explain(settings: type[BaseModel], error: Any, within: str = "") -> str:
    """Say what is wrong with one key.

    Args:
        settings: The model that was checked.
        error: One of `ValidationError.errors()`.
        within: Where the model stands in the settings.
    """
    loc = error["loc"]
    key, models = follow(settings, loc)
    key = _with(within, key) if within and key else within or key
    inner = error.get("ctx", {}).get("error")
    if isinstance(inner, WrongInside):
        return explain(inner.settings, inner.error, key)
    if error["type"] == "extra_forbidden":
        known = sorted({name for model in models for name in model.model_fields})
        return f"unknown key {key!r}{_near(str(loc[-1]), known)}"
    if error["type"] == "invalid_key":
        return f"{key or 'the settings'}: the key {loc[-1]!r} is no text; put it in quotes"
    if error["type"] == "missing":
        return f"{key} is missing; add it"
    if error["type"] == "union_tag_not_found":
        return f"{key} has not {wanted(error)}, which says what kind it is; add it"
    if error["type"] in _SAY_ALL:
        return f"{key}: {wanted(error)}" if key else wanted(error)
    if error["type"] == "union_tag_invalid":
        tag = error["ctx"]["discriminator"].strip("'")
        return f"{key}.{tag} is {shown(error['ctx']['tag'])}, wanted {wanted(error)}"
    return refused(key, error)


def follow(settings: type[BaseModel], loc: Loc) -> tuple[str, list[type[BaseModel]]]:
    """Write ("models", "my model", "openai", "urls", 0) as "models.my model.urls[0]".

    Args:
        settings: The model that it begins in.
        loc: A place as pydantic names it; what it adds, such as tags and names of types, is left out.

    Returns:
        The place, and the models of which its last part is, or would be, a key.
    """
    text, here, last = "", [settings], [settings]
    kinds: list[Any] = [settings]
    for i, part in enumerate(loc):
        here = [kind for kind in kinds if _is_model(kind)]
        if isinstance(part, int):
            text, kinds = f"{text}[{part}]", list(_items(kinds))
        elif named := [m.model_fields[part].annotation for m in here if part in m.model_fields]:
            text, kinds, last = _with(text, part), list(_flat(named)), here
        elif maps := [k for k in kinds if get_origin(k) is dict]:
            if part != "[key]":
                text, kinds = _with(text, part), list(_flat(get_args(k)[1] for k in maps))
        elif i == len(loc) - 1 and here and not _is_added(part):
            return _with(text, part), here
    return text, last


def _with(text: str, part: str) -> str:
    return f"{text}.{part}" if text else part


def _is_added(part: str) -> bool:
    return "[" in part or part[:1].isupper() or "(" in part


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _flat(annotations: Iterable[Any]) -> Iterator[Any]:
    """List what a value may be, through unions and annotations."""
    for annotation in annotations:
        origin = get_origin(annotation)
        if origin in (dict, list, tuple, set, frozenset) or _is_model(annotation):
            yield annotation
        elif origin is not None:
            yield from _flat(get_args(annotation))


def _items(kinds: Iterable[Any]) -> Iterator[Any]:
    for kind in kinds:
        if get_origin(kind) in (list, tuple, set, frozenset):
            yield from _flat(get_args(kind)[:1])


def _near(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    keys = f" known keys: {', '.join(known)}"
    return f"; did you mean {near[0]!r}?{keys}" if near else f";{keys}"
