"""Checks of where a command writes, made before it does anything else."""

from collections.abc import Mapping
from pathlib import Path

from winnow.schemas.outputs import refuse_inputs, refuse_unwritable, refuse_within
from winnow.warehouse.folders import WRITTEN_FOR_PEOPLE
from winnow.warehouse.settings import WarehouseSettings


def check_beside(
    out: Path | None,
    warehouse: WarehouseSettings,
    inputs: Mapping[str, Path | None] | None = None,
    *,
    option: str = "--out",
) -> None:
    """Check that an output can be written, and replaces nothing of the warehouse and none of the inputs.

    Raises:
        InvalidSettings: It would.
    """
    if out is None:
        return
    refuse_unwritable({option: out})
    refuse_inputs({option: out}, {**(inputs or {}), "the catalog": warehouse.catalog_file})
    refuse_within({option: out}, warehouse.path, but=WRITTEN_FOR_PEOPLE)
    if not warehouse.is_remote:
        refuse_within({option: out}, Path(warehouse.data_address))
