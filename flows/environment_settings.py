"""Settings that the environment overrides, and the one that every command needs: the warehouse.

Kept apart from the settings of a run, so that reading a release needs nothing of what makes one.
"""

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from flows.settings_errors import invalid_settings
from schemas.outputs import refuse_address
from warehouse.settings import ELSEWHERE, WarehouseSettings


class FromEnvironment(BaseSettings):
    """Settings that variables such as WINNOW_WAREHOUSE__PATH override; lists and maps are given as JSON."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        env_prefix="WINNOW_",
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
    """Give the warehouse of a command that is given no settings file.

    Args:
        folder: Folder of the warehouse; wins over the environment.

    Raises:
        InvalidSettings: A variable of the environment holds something else than is wanted.
    """
    try:
        return in_warehouse(FromEnvironment(), folder).warehouse
    except ValidationError as error:
        raise invalid_settings(Path("environment"), FromEnvironment, error) from None


def in_warehouse(settings: S, folder: Path | None) -> S:
    """Give settings whose warehouse is in `folder`, or as they are where that is None.

    Raises:
        InvalidSettings: It is an address, and no folder.
    """
    if folder is None:
        return settings
    refuse_address("--warehouse", folder, ELSEWHERE)
    warehouse = settings.warehouse.model_copy(update={"path": folder})
    return settings.model_copy(update={"warehouse": warehouse})
