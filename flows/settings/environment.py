"""Settings that the environment overrides, and the one that every command needs: the warehouse.

Kept apart from the settings of a run, so that reading a release needs nothing of what makes one.
"""

import os
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from winnow.flows.settings.errors import invalid_settings
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.explaining import Loc
from winnow.schemas.outputs import refuse_address
from winnow.schemas.wanted import shown
from winnow.warehouse.settings import ELSEWHERE, WarehouseSettings

_PREFIX = "WINNOW_"
_NO_SETTINGS = ("pseudonym_key", "argilla_env", "argilla_part")
"""Names that other parts of Winnow read."""


class FromEnvironment(BaseSettings):
    """Settings that variables such as WINNOW_WAREHOUSE__PATH override; lists and maps are given as JSON."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=_PREFIX,
        env_nested_delimiter="__",
    )

    warehouse: WarehouseSettings = WarehouseSettings()
    """Where releases are published."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file."""
        return env_settings, init_settings


S = TypeVar("S", bound=FromEnvironment)


def load_warehouse(folder: Path | None = None) -> WarehouseSettings:
    """Return the warehouse of a command that is given no settings file.

    Args:
        folder: Folder of the warehouse; wins over the environment.

    Raises:
        InvalidSettings: A variable of the environment holds something else than is wanted.
    """
    return in_warehouse(settings_of(FromEnvironment, {}, Path("environment")), folder).warehouse


def settings_of(kind: type[S], data: dict[str, Any], path: Path) -> S:
    """Check what a file says, overridden by the environment.

    Args:
        kind: What it has to be.
        data: What the file says.
        path: The file, for messages.

    Raises:
        InvalidSettings: A key or value of the file, or an environment variable, is wrong; says which and what to do.
    """
    _refuse_misspelt(kind)
    try:
        return kind(**data)
    except SettingsError as error:
        raise _no_json(error) from None
    except ValidationError as error:
        raise invalid_settings(path, kind, error, _variable_of) from None


def _ours() -> dict[str, str]:
    """List the environment variables that may be settings, in upper case, with the names as they are."""
    return {name.upper(): name for name in os.environ if name.upper().startswith(_PREFIX)}


def _variable_of(loc: Loc) -> str | None:
    named = [_PREFIX + "__".join(map(str, loc[:n])).upper() for n in range(len(loc), 0, -1)]
    return next((_ours()[name] for name in named if name in _ours()), None)


def _no_json(error: SettingsError) -> InvalidSettings:
    value = getattr(error.__cause__, "doc", "")
    names = [name for name in _ours().values() if os.environ[name] == value]
    variable = names[0] if names else _PREFIX
    part = f"{variable.upper()}__..., such as {_PREFIX}WAREHOUSE__PATH for the folder"
    return InvalidSettings(
        f"environment variable {variable} is {shown(value)}, wanted JSON with all of that setting; "
        f"for one part of it set {part}, or unset it",
        variable=variable,
    )


def _refuse_misspelt(kind: type[FromEnvironment]) -> None:
    """Refuse what is nearly the name of a setting; what else begins with WINNOW_ may be someone else's."""
    for name, said in _ours().items():
        key = name.removeprefix(_PREFIX).partition("__")[0].lower()
        near = [] if key in kind.model_fields else get_close_matches(key, kind.model_fields, 1, 0.8)
        if near and key not in _NO_SETTINGS:
            raise InvalidSettings(
                f"environment variable {said} is no setting; did you mean {_PREFIX}{near[0].upper()}"
                f"{name.removeprefix(_PREFIX)[len(key) :]}? correct or unset it",
                variable=said,
            )


def in_warehouse(settings: S, folder: Path | None) -> S:
    """Return settings whose warehouse is in `folder`, or as they are where that is None.

    Raises:
        InvalidSettings: It is an address, and no folder.
    """
    if folder is None:
        return settings
    refuse_address("--warehouse", folder, ELSEWHERE)
    warehouse = settings.warehouse.model_copy(update={"path": folder})
    return settings.model_copy(update={"warehouse": warehouse})
