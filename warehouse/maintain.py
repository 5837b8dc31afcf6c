"""Maintenance: fewer and larger files, no leftovers, every release as it was."""

import time
from dataclasses import dataclass
from pathlib import Path, PurePath

from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.connection import clear_spilled
from winnow.warehouse.places.folder import as_place
from winnow.warehouse.releases import release_snapshots
from winnow.warehouse.sql import is_pattern
from winnow.warehouse.storage import storage_full_named

_KNOWN_FILES = [
    f"__ducklake_metadata_wh.ducklake_{table}"
    for table in ("data_file", "delete_file", "files_scheduled_for_deletion")
]


@dataclass(frozen=True)
class Maintenance:
    """What maintenance did."""

    n_files_merged: int
    """Small files that were put together into larger ones."""

    n_snapshots_expired: int
    """Snapshots forgotten: neither a release nor the newest."""

    n_files_deleted: int
    """Files deleted, which no remaining snapshot needs or which a broken-off publishing left behind."""

    n_stagings_deleted: int
    """Staging folders deleted, of runs that are published."""


def maintain(warehouse: Warehouse, *, min_age_h: float = 24.0) -> Maintenance:
    """Tidy the warehouse; any number of readers and publishers may be at work meanwhile.

    Args:
        warehouse: What to tidy; open for writing.
        min_age_h: Hours for which a file that no snapshot needs is spared, since a reader may still be reading it or a
            publisher may be about to name it.

    Returns:
        What was done.

    Raises:
        WarehouseBusy: The catalog stayed locked.
        StorageFull: No space is left, even after leftovers were deleted.
    """
    with storage_full_named(warehouse.settings.data_address):
        clear_spilled(warehouse.settings.path)
        # On a full disk the leftovers have to go before anything can be written.
        n_deleted = _delete_unneeded_files(warehouse, min_age_h)
        return Maintenance(
            n_files_merged=_merge(warehouse),
            n_snapshots_expired=_expire(warehouse),
            n_files_deleted=n_deleted + _delete_unneeded_files(warehouse, min_age_h),
            n_stagings_deleted=_delete_published_stagings(warehouse),
        )


def _merge(warehouse: Warehouse) -> int:
    _call(warehouse, "ducklake_flush_inlined_data('wh')")
    rows = _call(warehouse, "ducklake_merge_adjacent_files('wh')")
    return sum(row["files_processed"] for row in rows)


def _expire(warehouse: Warehouse) -> int:
    rows = warehouse.query("SELECT snapshot_id FROM ducklake_snapshots('wh')")["snapshot_id"]
    snapshots = set(rows.to_pylist())
    # The releases are read after the snapshots, so that one published in between is not taken for unneeded.
    unneeded = snapshots - {max(snapshots)} - set(release_snapshots(warehouse).values())
    if unneeded:
        _call(warehouse, f"ducklake_expire_snapshots('wh', versions => {sorted(unneeded)})")
    return len(unneeded)


def _delete_unneeded_files(warehouse: Warehouse, min_age_h: float) -> int:
    old = f"older_than => now() - INTERVAL '{min_age_h * 3600:.0f} seconds'"
    cleaned = _call(warehouse, f"ducklake_cleanup_old_files('wh', {old})")
    return len(cleaned) + _delete_orphans(warehouse, min_age_h, old)


def _delete_orphans(warehouse: Warehouse, min_age_h: float, old: str) -> int:
    address, is_remote = warehouse.settings.data_address, warehouse.settings.is_remote
    # Of a folder with a doubled slash DuckLake takes its own files for others'.
    if not is_pattern(address) and (is_remote or "//" not in address):
        return len(_call(warehouse, f"ducklake_delete_orphaned_files('wh', {old})"))
    if is_remote:
        return 0
    # DuckLake would take the address for a pattern, and delete files of other warehouses. Names of files are unique.
    named = warehouse.query(" UNION ALL ".join(f"SELECT path FROM {t}" for t in _KNOWN_FILES))
    known = {PurePath(path).name for path in named["path"].to_pylist()}
    before = time.time() - min_age_h * 3600
    files = [file for file in Path(address).rglob("*.parquet") if file.name not in known]
    orphans = [file for file in files if file.stat().st_mtime <= before]
    for file in orphans:
        file.unlink(missing_ok=True)
    return len(orphans)


def _delete_published_stagings(warehouse: Warehouse) -> int:
    runs = set(warehouse.query("SELECT run_id FROM runs")["run_id"].to_pylist())
    settings, deleted = warehouse.settings, set[str]()
    for place in (as_place(settings.folders.staging), settings.runs):
        place.tidy()
        for run_id in runs.intersection(place.places()):
            place.within(run_id).clear()
            deleted.add(run_id)
    return len(deleted)


def _call(warehouse: Warehouse, function: str) -> list[dict[str, int]]:
    return warehouse.query(f"SELECT * FROM {function}").to_pylist()
