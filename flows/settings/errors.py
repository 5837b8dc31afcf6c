"""Say what is wrong in settings: file or variable, key, value and way out, a line each."""

from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ValidationError

from winnow.schemas.errors import InvalidSettings
from winnow.schemas.explaining import Loc, explain

_MOST = 5


def invalid_settings(
    path: Path,
    settings: type[BaseModel],
    error: ValidationError,
    variable_of: Callable[[Loc], str | None] = lambda loc: None,
) -> InvalidSettings:
    """Turn pydantic's errors into one that names the file, the key, the value and the way out.

    Args:
        path: The settings file.
        settings: The model that the file was checked against; its fields are the known keys.
        error: What pydantic found.
        variable_of: Names the environment variable that a value at a place came from; None where the file says it.
    """
    found = list(
        dict.fromkeys(
            f"environment variable {variable}: {explain(settings, e)}; correct or unset it"
            if (variable := variable_of(e["loc"]))
            else f"{path}: {explain(settings, e)}"
            for e in error.errors(include_url=False)
        )
    )
    lines = found[:_MOST]
    if len(found) > _MOST:
        lines.append(f"{path}: and {len(found) - _MOST} more")
    return InvalidSettings("\n".join(lines), path=str(path), n_errors=error.error_count())
