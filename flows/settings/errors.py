"""Say what is wrong in settings: file or variable, key, value and way out, a line each."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from winnow.schemas.errors import InvalidSettings
from winnow.schemas.explaining import KeysClash, Loc, explain

_MOST = 5
VariableOf = Callable[[Loc], str | None]
"""Names the environment variable that a value at a place came from; None where the file says it."""


def invalid_settings(
    path: Path,
    settings: type[BaseModel],
    error: ValidationError,
    variable_of: VariableOf = lambda loc: None,
) -> InvalidSettings:
    """Turn pydantic's errors into one that names the file, the key, the value and the way out.

    Args:
        path: The settings file.
        settings: The model that the file was checked against; its fields are the known keys.
        error: What pydantic found.
        variable_of: Tells which of the values came from the environment.
    """
    found = list(
        dict.fromkeys(
            f"environment variable {variable}: {explain(settings, e)}; correct or unset it"
            if (variable := _first(variable_of, _places(e)))
            else f"{path}: {explain(settings, e)}"
            for e in error.errors(include_url=False)
        )
    )
    lines = found[:_MOST]
    if len(found) > _MOST:
        lines.append(f"{path}: and {len(found) - _MOST} more")
    return InvalidSettings("\n".join(lines), path=str(path), n_errors=error.error_count())


def _places(error: Any) -> Iterator[Loc]:
    """List the places of the values that an error is of."""
    yield error["loc"]
    found = error.get("ctx", {}).get("error")
    if isinstance(found, KeysClash):
        yield from ((key,) for key in found.keys)


def _first(variable_of: VariableOf, places: Iterable[Loc]) -> str | None:
    return next((found for place in places if (found := variable_of(place))), None)
