"""Where a release comes from: its run, its snapshot and the annotators behind it."""

import json
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from winnow.schemas.agreement import AgreementFigures
from winnow.schemas.ids import content_id
from winnow.schemas.labels import Annotator
from winnow.schemas.runs import Release, Run
from winnow.schemas.splits import DEFAULT_SHARES
from winnow.warehouse.releases import release as find_release
from winnow.warehouse.releases import snapshot_of
from winnow.warehouse.sql import quote

if TYPE_CHECKING:
    from winnow.warehouse.catalog import Warehouse


class Provenance(NamedTuple):
    """What stands behind one release."""

    release: Release
    """The release itself."""

    snapshot: int
    """DuckLake snapshot that it names."""

    run: Run
    """The run that made it."""

    annotators: list[Annotator]
    """How reliable each annotator proved in that run, heaviest first."""

    @property
    def settings_hash(self) -> str:
        """SHA-256 of the run's settings."""
        return content_id(self.run.settings)

    @property
    def agreement(self) -> AgreementFigures | None:
        """How far the annotators agree; None where nobody measured it."""
        text = self.release.agreement
        return AgreementFigures.from_json(text) if text else None

    @property
    def published_shares(self) -> dict[str, float]:
        """Share of the prompts by split that the run's settings asked for, or that they have by default."""
        shares: dict[str, float] | None = (
            json.loads(self.run.settings).get("assemble", {}).get("splits")
        )
        return shares or dict(DEFAULT_SHARES)

    def facts(self) -> dict[str, Any]:
        """Return all of it as plain data, as `lineage.json` and the report show it."""
        return {
            "release": self.release.release,
            "created_at": self.release.created_at.isoformat(),
            "content_hash": self.release.content_hash,
            "n_preferences": self.release.n_preferences,
            "snapshot": self.snapshot,
            "run_id": self.run.run_id,
            "run_name": self.run.name,
            "code_version": self.run.code_version,
            "settings_hash": self.settings_hash,
            "models": [use.model_dump() for use in self.run.models],
            "counts": [count.model_dump() for count in self.run.counts],
            "alphas": [alpha.model_dump() for alpha in self.agreement.alphas]
            if self.agreement
            else [],
        }


_KNOWN: "WeakKeyDictionary[Warehouse, dict[str, Provenance]]" = WeakKeyDictionary()
"""By warehouse that is open, and by name with number."""


def provenance_of(warehouse: "Warehouse", release: str) -> Provenance:
    """Look up what stands behind a release: once, while the warehouse is open, as none of it ever changes.

    Args:
        warehouse: Where the release lies.
        release: Name such as "preferences@3"; without a number, the newest.

    Raises:
        UnknownName: There is no such release.
    """
    known = _KNOWN.setdefault(warehouse, {})
    if release not in known:
        found = _look_up(warehouse, release)
        known[found.release.release] = found
        return found
    return known[release]


def _look_up(warehouse: "Warehouse", release: str) -> Provenance:
    found = find_release(warehouse, release)
    of_run = f"WHERE run_id = {quote(found.run_id)}"
    runs = warehouse.query(f"FROM runs {of_run}")
    heaviest = f"FROM annotators {of_run} ORDER BY abs(weight) DESC, annotator_id"
    return Provenance(
        release=found,
        snapshot=snapshot_of(warehouse, found.release),
        run=Run.from_table(runs)[0],
        annotators=Annotator.from_table(warehouse.query(heaviest)),
    )
