"""The formats that a release can be exported in, one file each; importing this package enters them into the registry."""

from warehouse.export.formats.jsonl import JsonlLayout
from warehouse.export.formats.nemo_rl import NemoRlLayout
from warehouse.export.formats.openrlhf import OpenRlhfLayout
from warehouse.export.formats.parquet import ParquetLayout
from warehouse.export.formats.trl import TrlLayout
from warehouse.export.formats.verl import VerlLayout
from warehouse.export.layout import FORMATS

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
    """Give the names of all formats."""
    return sorted(FORMATS)
