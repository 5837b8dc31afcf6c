"""Rubrics put into a warehouse by themselves, without a release: what is there stays, and is never changed."""

import json
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from winnow.schemas.base import Record
from winnow.schemas.errors import PublishConflict
from winnow.schemas.plurals import counted
from winnow.schemas.prompts import Prompt
from winnow.schemas.rejects import Reject
from winnow.schemas.rubrics import Criterion, CriterionSource, Proof, Rubric
from winnow.schemas.runs import Run
from winnow.warehouse.audit import audit
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.committing import commit_in_turn, transaction
from winnow.warehouse.inserting import fill_in, insert_new, insert_row
from winnow.warehouse.staging import Staging

SHELVED: tuple[type[Record], ...] = (Prompt, Rubric, Criterion, CriterionSource, Proof, Reject)
"""What may be put there by itself, what is referred to before what refers to it."""


def shelve(warehouse: Warehouse, rows: Iterable[Record]) -> dict[type[Record], int]:
    """Add rubrics with what belongs to them in one transaction; rows whose key is there are left as they are.

    Args:
        warehouse: Where to; open for writing.
        rows: Records of `SHELVED`, in any order.

    Returns:
        How many rows of each table are new.

    Raises:
        AuditFailed: They break a contract; nothing was added.
        PublishConflict: Others kept publishing first, or gave a rubric another next version.
        WarehouseBusy: The catalog stayed locked.
        StorageFull: No space is left; nothing was added.
    """
    with TemporaryDirectory(prefix="winnow-rubrics-") as folder:
        staging = Staging(Path(folder))
        by_record: dict[type[Record], dict[tuple[str, ...], Record]] = {}
        for row in rows:
            key = tuple(getattr(row, name) for name in row.key)
            by_record.setdefault(type(row), {}).setdefault(key, row)
        for record, found in by_record.items():
            staging.write(record, found.values())
        return shelve_staged(warehouse, staging)


def shelve_staged(
    warehouse: Warehouse, staging: Staging, run: Run | None = None
) -> dict[type[Record], int]:
    """Do what `shelve` does for the tables of `SHELVED` in a staging.

    Args:
        warehouse: Where to; open for writing.
        staging: Holds the rows.
        run: The run that made them; None where people brought them in.
    """
    staged = [record for record in SHELVED if staging.n_rows(record)]
    if not staged and run is None:
        return {}
    audit(staging, warehouse).raise_for_failures()

    def attempt() -> dict[type[Record], int]:
        with transaction(warehouse.con):
            _check_versions(warehouse, staging)
            n_new = {record: insert_new(warehouse.con, staging, record) for record in staged}
            for record in staged:
                fill_in(warehouse.con, staging, record)
            if run is not None and not _is_known(warehouse, run):
                insert_row(warehouse.con, run)
            told = f"add {counted(n_new.get(Rubric, 0), 'rubric')}"
            warehouse.con.execute(
                "CALL wh.set_commit_message('winnow', $message, extra_info => $info)",
                {"message": told, "info": json.dumps({r.table: n for r, n in n_new.items()})},
            )
            return n_new

    who = "an import or edit of rubrics" if run is None else f"run {run.run_id}"
    return commit_in_turn(warehouse, attempt, who)


def _check_versions(warehouse: Warehouse, staging: Staging) -> None:
    """Refuse a second next version of a rubric: both would be the newest."""
    named = ("rubric_id", "name", "replaces")
    stored = warehouse.con.execute(
        "SELECT replaces, rubric_id FROM rubrics WHERE replaces IS NOT NULL"
    ).fetchall()
    versions: dict[str, str] = dict(stored)
    for row in staging.read(Rubric, named).to_pylist():
        if row["replaces"] is None:
            continue
        if versions.setdefault(row["replaces"], row["rubric_id"]) != row["rubric_id"]:
            raise PublishConflict(
                f"{row['name']} was replaced by another version meanwhile; nothing was added: do it again on the newest version"
            )


def _is_known(warehouse: Warehouse, run: Run) -> bool:
    sql = "SELECT count(*) FROM runs WHERE run_id = ?"
    found = warehouse.con.execute(sql, [run.run_id]).fetchone()
    return bool(found and found[0])
