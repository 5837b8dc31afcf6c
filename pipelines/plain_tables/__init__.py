"""Labels from plain tables of judgments, for whoever uses nothing else of Winnow."""

from winnow.pipelines.plain_tables.label import LabelSummary, label_table_files

__all__ = ["LabelSummary", "label_table_files"]
