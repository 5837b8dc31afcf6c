"""Every column as JSON lines."""

from typing import ClassVar, Literal

from winnow.warehouse.export.formats.parquet import ParquetLayout
from winnow.warehouse.export.layout import FORMATS


@FORMATS.register("jsonl", version=1)
class JsonlLayout(ParquetLayout):
    """All there is about each preference, one JSON object a line."""

    file_type: ClassVar[Literal["parquet", "jsonl"]] = "jsonl"

    @property
    def read_by(self) -> str:
        """Say what loads it."""
        return "Anything that reads JSON lines: every column, ties included, ids of every vote."
