"""What makes a published release worthless, counted in the warehouse."""

from winnow.reports.release.queries import figure_sql
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.provenance import Provenance
from winnow.warehouse.sql import quote
from winnow.warehouse.worth import Alarm, alarms

_COUNTS = """
    SELECT count(*) AS n, count(*) FILTER (is_tied) AS n_tied FROM preferences WHERE release = {release}
"""


def alarms_of(warehouse: Warehouse, provenance: Provenance) -> list[Alarm]:
    """Say what makes a published release worthless; nothing where it is worth something.

    Args:
        warehouse: Where it lies.
        provenance: What stands behind it.
    """
    release = provenance.release.release
    (counts,) = warehouse.query(_COUNTS.format(release=quote(release))).to_pylist()
    sql = figure_sql("label_gold", release=release, run_id=provenance.run.run_id)
    (gold,) = warehouse.query(sql, at=release).to_pylist()
    return list(
        alarms(
            counts["n"],
            counts["n_tied"],
            provenance.annotators,
            gold["n_published_right"],
            gold["n_published"],
        )
    )
