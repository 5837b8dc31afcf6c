"""One page that shows what a release is and how far it can be trusted."""

from winnow.warehouse.report.standing import standing_report
from winnow.warehouse.report.write import write_report

__all__ = ["standing_report", "write_report"]
