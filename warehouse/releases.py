"""Releases: immutable names for what was published."""

import json
import re
from collections import Counter
from dataclasses import dataclass

import pyarrow as pa

from winnow.schemas.errors import UnknownName
from winnow.schemas.runs import Release, Run
from winnow.warehouse.sql import Queryable, load_query, quote

_REFERENCE = re.compile(r"(?P<name>[^@]+)(@(?P<number>[0-9]+|latest))?")


def releases(warehouse: Queryable) -> list[Release]:
    """List all releases, oldest first."""
    rows = warehouse.query("SELECT * FROM releases ORDER BY created_at, release")
    return Release.from_table(rows)


def release(warehouse: Queryable, reference: str) -> Release:
    """Find a release.

    Args:
        warehouse: Where to look.
        reference: "preferences@3", or "preferences" for the newest of that name.

    Raises:
        UnknownName: There is none; the text names the newest or the known ones.
    """
    known = releases(warehouse)
    match = _REFERENCE.fullmatch(reference)
    named = sorted((r for r in known if match and r.name == match["name"]), key=lambda r: r.number)
    if match is None or not named:
        raise UnknownName.among("release", reference, [r.release for r in known])
    if match["number"] in (None, "latest"):
        return named[-1]
    for candidate in named:
        if candidate.number == int(match["number"]):
            return candidate
    raise UnknownName(
        f"no release {reference}: the newest is {named[-1].release}",
        name=reference,
        known=[r.release for r in named],
    )


def run_of(warehouse: Queryable, reference: str) -> Run:
    """Return the run that made a release: its settings, models, inputs and counts.

    Raises:
        UnknownName: No such release.
    """
    run_id = release(warehouse, reference).run_id
    (run,) = Run.from_table(warehouse.query(f"SELECT * FROM runs WHERE run_id = {quote(run_id)}"))
    return run


def release_of(warehouse: Queryable, run_id: str) -> Release | None:
    """Return the release that a run made; None while it has published nothing."""
    rows = warehouse.query(f"SELECT * FROM releases WHERE run_id = {quote(run_id)}")
    found = Release.from_table(rows)
    return found[0] if found else None


def snapshot_of(warehouse: Queryable, reference: str) -> int:
    """Return the DuckLake snapshot that publishing a release made.

    The snapshot itself carries the name, in its commit's extra info, so that both are made by one commit.

    Raises:
        UnknownName: No such release.
    """
    return release_snapshots(warehouse)[release(warehouse, reference).release]


def release_snapshots(warehouse: Queryable) -> dict[str, int]:
    """Map every release to the DuckLake snapshot that publishing it made."""
    rows = warehouse.query(
        "SELECT snapshot_id, commit_extra_info FROM ducklake_snapshots('wh') "
        "WHERE commit_extra_info IS NOT NULL"
    ).to_pylist()
    infos = [(row["snapshot_id"], json.loads(row["commit_extra_info"])) for row in rows]
    return {info["release"]: snapshot for snapshot, info in infos if "release" in info}


@dataclass(frozen=True)
class ReleaseDifference:
    """What changed from one release to another."""

    old: str
    """The release that was."""

    new: str
    """The release that is."""

    n_same: int
    """Comparisons that both publish with one verdict."""

    changes: pa.Table
    """One row a comparison that differs: change, reason, detail, comparison_id, prompt_id, old and new values."""

    def counts(self) -> dict[tuple[str, str], int]:
        """Count the changes by (change, reason), such as ("dropped", "order_inconsistent")."""
        rows = self.changes.select(["change", "reason"]).to_pylist()
        return dict(sorted(Counter((r["change"], r["reason"]) for r in rows).items()))


def compare(warehouse: Queryable, old: str, new: str) -> ReleaseDifference:
    """Tell two releases apart: which comparisons were added, dropped or flipped, and why.

    Raises:
        UnknownName: No such release.
    """
    names = {"old": release(warehouse, old).release, "new": release(warehouse, new).release}
    changes = warehouse.query(load_query("compare"), parameters=names)
    n_old_and_changed = sum(row != "added" for row in changes["change"].to_pylist())
    return ReleaseDifference(
        **names,
        n_same=release(warehouse, old).n_preferences - n_old_and_changed,
        changes=changes,
    )


def lineage(warehouse: Queryable, reference: str, preference_id: str | None = None) -> pa.Table:
    """Follow preferences back to each vote: one row a judgment, with the annotator's weight.

    Args:
        warehouse: Where to look.
        reference: The release.
        preference_id: One preference; None for all of the release.

    Raises:
        UnknownName: No such release.
    """
    name = release(warehouse, reference).release
    chosen = f" AND preference_id = {quote(preference_id)}" if preference_id else ""
    return warehouse.query(
        f"SELECT * FROM ({load_query('lineage')}) WHERE release = {quote(name)}{chosen} "
        'ORDER BY preference_id, annotator_id, "order", judgment_id'
    )
