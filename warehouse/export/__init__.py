"""Releases as folders that trainers load."""

from winnow.warehouse.export.formats import FORMATS, known_formats
from winnow.warehouse.export.settings import ExportSettings
from winnow.warehouse.export.write import ExportResult, export

__all__ = ["FORMATS", "ExportResult", "ExportSettings", "export", "known_formats"]
