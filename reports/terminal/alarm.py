"""What the terminal shows of a release that is worth nothing."""

from collections.abc import Iterator

from rich.text import Text

from winnow.reports.release.alarms import alarms_of
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.provenance import Provenance


def alarm_lines(warehouse: Warehouse, provenance: Provenance) -> Iterator[Text]:
    """Say in one sentence each what makes a release worthless, and what to do; nothing where it is worth something."""
    for alarm in alarms_of(warehouse, provenance):
        yield Text.assemble(
            (" DO NOT TRAIN ON THIS ", "bold white on red"), (f" {alarm}", "bold red")
        )
