"""One page that shows what a release is and how far it can be trusted."""

from winnow.reports.release.mark import holds_report
from winnow.reports.release.write import write_report

__all__ = ["holds_report", "write_report"]
