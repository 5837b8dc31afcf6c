"""Publishing: everything a run staged becomes visible in one transaction, or nothing does.

Rows that are already there have to be left out, and so rows are inserted from the staged files, streamed by DuckDB. Where all
of a large table are new, which is so whenever a warehouse is begun, its files become the warehouse's own (`taking_over`): to
write a million responses again takes ten times as long as all else that publishing does.
"""

import hashlib
import json
from datetime import UTC, datetime

from winnow.schemas.agreement import AgreementFigures
from winnow.schemas.base import Record
from winnow.schemas.errors import CurationError
from winnow.schemas.preferences import Preference
from winnow.schemas.runs import Release, Run
from winnow.schemas.tables import STAGED
from winnow.warehouse.audit import AuditResult
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.committing import commit_in_turn, transaction
from winnow.warehouse.inserting import fill_in, insert_new, insert_row
from winnow.warehouse.releases import release_of
from winnow.warehouse.sql import parquet, quote, quote_name
from winnow.warehouse.staging import Staging
from winnow.warehouse.taking_over import TakenOver

_MANY_ROWS = 50_000
"""Rows that take longer to write than to find out that all of them are new; fewer are inserted."""


def publish(
    warehouse: Warehouse,
    staging: Staging,
    run: Run,
    release_name: str,
    audit: AuditResult,
    agreement: AgreementFigures | None = None,
) -> Release:
    """Publish what a run staged as the next release of a name.

    Rows whose key is already in the warehouse are skipped. A run that has published before, with the same rows,
    publishes nothing and gets its release back. Another run that publishes meanwhile is waited for, and what is new is
    worked out afresh.

    Args:
        warehouse: Where to; open for writing.
        staging: What to publish. The column `release` of its preferences is filled in here.
        run: The run, for its row in `runs`.
        release_name: Name without the number.
        audit: The audit of this staging; it must have passed.
        agreement: How far its annotators agree; None where nobody measured it.

    Returns:
        The release.

    Raises:
        AuditFailed: The audit did not pass.
        PublishConflict: Other runs kept publishing first.
        WarehouseBusy: The catalog stayed locked.
        StorageFull: No space is left; nothing was published.
        CurationError: The run has published before, with other rows.
    """
    audit.raise_for_failures()
    content = content_hash(warehouse, staging)

    def attempt() -> Release:
        done = _published_before(warehouse, run, content)
        if done is not None:
            return done
        return _Publication(
            warehouse, staging, run, release_name, audit, agreement, content
        ).commit()

    return commit_in_turn(warehouse, attempt, f"run {run.run_id}")


def content_hash(warehouse: Warehouse, staging: Staging) -> str:
    """Hash what a staged release holds: SHA-256 over its sorted preference_ids and splits."""
    digest = hashlib.sha256()
    files = staging.files(Preference)
    if files:
        cursor = warehouse.con.cursor()
        rows = cursor.execute(
            f"SELECT preference_id || ' ' || split || chr(10) AS line FROM {parquet(files)} "
            "ORDER BY line"
        )
        for batch in rows.to_arrow_reader(100_000):
            digest.update("".join(batch["line"].to_pylist()).encode())
    return digest.hexdigest()


class _Publication:
    """One attempt at the transaction."""

    def __init__(
        self,
        warehouse: Warehouse,
        staging: Staging,
        run: Run,
        release_name: str,
        audit: AuditResult,
        agreement: AgreementFigures | None,
        content: str,
    ) -> None:
        self.con = warehouse.con
        self.taken = TakenOver(warehouse.con, warehouse.settings)
        self.staging = staging
        self.run = run
        self.release_name = release_name
        self.audit = audit
        self.agreement = agreement
        self.content = content

    def commit(self) -> Release:
        with self.taken.alone():
            return self._commit()

    def _commit(self) -> Release:
        with transaction(self.con), self.taken.given_back():
            return self._write()

    def _write(self) -> Release:
        release = self._next_release()
        for record in STAGED:
            if self.staging.files(record) and not self._take_over(record):
                named = f" REPLACE ({quote(release.release)} AS release)"
                insert_new(self.con, self.staging, record, named if record is Preference else "")
                fill_in(self.con, self.staging, record)
        for row in (self.run, release):
            insert_row(self.con, row)
        info = json.dumps({"release": release.release, "run_id": self.run.run_id})
        self.con.execute(
            "CALL wh.set_commit_message('winnow', $message, extra_info => $info)",
            {"message": f"publish {release.release}", "info": info},
        )
        return release

    def _next_release(self) -> Release:
        (number,) = self._row(
            "SELECT coalesce(max(number), 0) + 1 FROM releases WHERE name = ?", [self.release_name]
        )
        (n_preferences,) = self._row(f"SELECT {self.staging.n_rows(Preference)}", [])
        return Release(
            release=f"{self.release_name}@{number}",
            name=self.release_name,
            number=number,
            run_id=self.run.run_id,
            created_at=datetime.now(UTC),
            n_preferences=n_preferences,
            content_hash=self.content,
            audit=self.audit.to_json(),
            agreement=self.agreement.to_json() if self.agreement else None,
        )

    def _row(self, sql: str, parameters: list[str]) -> tuple[int, ...]:
        row = self.con.execute(sql, parameters).fetchone()
        assert row is not None
        return row

    def _take_over(self, record: type[Record]) -> bool:
        """Have the staged files of a large table become the warehouse's own, where all their rows are new."""
        if record is Preference or self.staging.n_rows(record) < _MANY_ROWS:
            return False  # preferences are told the number of their release
        keys = ", ".join(map(quote_name, record.key))
        (n_known,) = self._row(
            f"SELECT count(*) FROM (FROM {parquet(self.staging.files(record))} "
            f"SEMI JOIN {record.table} USING ({keys}) LIMIT 1)",
            [],
        )
        return not n_known and self.taken.take(record, self.staging.files(record))


def _published_before(warehouse: Warehouse, run: Run, content: str) -> Release | None:
    known = release_of(warehouse, run.run_id)
    if known is not None and known.content_hash != content:
        raise CurationError(
            f"run {run.run_id} has published {known.release} with content {known.content_hash}, "
            f"this time it made {content}; a run must give the same rows every time: "
            f"report this with both stagings",
            release=known.release,
        )
    return known
