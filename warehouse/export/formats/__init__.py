"""The formats that a release can be exported in, one file each; importing this package enters them into the registry."""

from winnow.warehouse.export.formats.jsonl import JsonlLayout
from winnow.warehouse.export.formats.nemo_rl import NemoRlLayout
from winnow.warehouse.export.formats.openrlhf import OpenRlhfLayout
from winnow.warehouse.export.formats.parquet import ParquetLayout
from winnow.warehouse.export.formats.trl import TrlLayout
from winnow.warehouse.export.formats.verl import VerlLayout
from winnow.warehouse.export.layout import FORMATS

__all__ = [
    "FORMATS",
    "JsonlLayout",
    "NemoRlLayout",
    "OpenRlhfLayout",
    "ParquetLayout",
    "TrlLayout",
    "VerlLayout",
    "known_formats",
]


def known_formats() -> list[str]:
    """List the names of all formats."""
    return sorted(FORMATS)
