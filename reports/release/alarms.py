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
    of = {"release": release, "run_id": provenance.run.run_id}
    gold, without_text = (
        warehouse.query(figure_sql(name, **of), at=release).to_pylist()[0]
        for name in ("label_gold", "without_text")
    )
    return list(
        alarms(
            counts["n"],
            counts["n_tied"],
            provenance.annotators,
            gold["n_published_right"],
            gold["n_published"],
            without_text["n"],
        )
    )
