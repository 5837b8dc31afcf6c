"""Publishing: everything a run staged becomes visible in one transaction, or nothing does.

Rows that are already there have to be left out, and so rows are inserted from the staged files, streamed by DuckDB. Where all
of a large table are new, which is so whenever a warehouse is begun, its files become the warehouse's own (`taking_over`): to
write a million responses again takes ten times as long as all else that publishing does.
"""

import hashlib
import json
import random
import time
from datetime import UTC, datetime

import duckdb

from winnow.schemas.agreement import AgreementFigures
from winnow.schemas.base import Record
from winnow.schemas.errors import CurationError, PublishConflict, WarehouseBusy
from winnow.schemas.preferences import Preference
from winnow.schemas.runs import Release, Run
from winnow.schemas.tables import STAGED
from winnow.warehouse.audit import AuditResult
from winnow.warehouse.catalog import Warehouse, is_conflict, is_locked
from winnow.warehouse.releases import release_of
from winnow.warehouse.sql import parquet, quote, quote_name
from winnow.warehouse.staging import Staging
from winnow.warehouse.storage import storage_full_named
from winnow.warehouse.taking_over import TakenOver

_N_ATTEMPTS_AT_LEAST = 3
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
    deadline = time.monotonic() + warehouse.settings.busy_timeout_s
    n_attempts, n_before = 0, _n_publishes(warehouse)
    while True:
        done = _published_before(warehouse, run, content)
        if done is not None:
            return done
        try:
            with storage_full_named(warehouse.settings.data_address):
                return _Publication(
                    warehouse, staging, run, release_name, audit, agreement, content
                ).commit()
        except duckdb.Error as error:
            if not (is_locked(error) or is_conflict(error)):
                raise
            n_attempts += 1
            if n_attempts >= _N_ATTEMPTS_AT_LEAST and time.monotonic() >= deadline:
                raise _gave_up(warehouse, run, _n_publishes(warehouse) - n_before) from error
        time.sleep(random.uniform(0.05, 0.5))


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
        self.con.execute("BEGIN")
        try:
            with self.taken.given_back():
                release = self._write()
            self.con.execute("COMMIT")
        except BaseException:
            _roll_back(self.con)
            raise
        return release

    def _write(self) -> Release:
        # Every publisher changes this row, so of two at once DuckLake lets only one commit: the other must look again
        # at which rows are already there.
        self.con.execute("UPDATE winnow_meta SET n_publishes = n_publishes + 1")
        release = self._next_release()
        for record in STAGED:
            if self.staging.files(record) and not self._take_over(record):
                self._insert_new(record, release)
                self._fill_in(record)
        for row in (self.run, release):
            self._insert_row(row)
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

    def _insert_new(self, record: type[Record], release: Release) -> None:
        named = f" REPLACE ({quote(release.release)} AS release)" if record is Preference else ""
        same_key = " AND ".join(f"known.{k} = staged.{k}" for k in map(quote_name, record.key))
        self.con.execute(
            f"INSERT INTO {record.table} BY NAME "
            f"SELECT * FROM (SELECT *{named} FROM {parquet(self.staging.files(record))}) AS staged "
            f"WHERE NOT EXISTS (SELECT 1 FROM {record.table} AS known WHERE {same_key})"
        )

    def _fill_in(self, record: type[Record]) -> None:
        """Fill in what rows that are there lack and staged rows of their key hold; earlier snapshots stay as they are."""
        for column in map(quote_name, record.gained):
            same_key = " AND ".join(
                f"{record.table}.{k} = staged.{k}" for k in map(quote_name, record.key)
            )
            self.con.execute(
                f"UPDATE {record.table} SET {column} = staged.{column} "
                f"FROM (FROM {parquet(self.staging.files(record))} "
                f"UNION ALL BY NAME SELECT NULL AS {column} WHERE false) AS staged "  # an older staging lacks it
                f"WHERE {same_key} AND {record.table}.{column} IS NULL AND staged.{column} IS NOT NULL"
            )

    def _insert_row(self, row: Record) -> None:
        rows = type(row).to_table([row])
        self.con.register("winnow_row", rows)
        self.con.execute(f"INSERT INTO {row.table} BY NAME SELECT * FROM winnow_row")
        self.con.unregister("winnow_row")


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


def _gave_up(warehouse: Warehouse, run: Run, n_others: int) -> PublishConflict | WarehouseBusy:
    if n_others:
        return PublishConflict(
            f"{n_others} other runs published while run {run.run_id} tried to; nothing of it was "
            "published: run it again",
            run_id=run.run_id,
        )
    return WarehouseBusy(
        f"the catalog {warehouse.settings.catalog_address} stayed locked for "
        f"{warehouse.settings.busy_timeout_s:g} s; nothing was published: run it again",
        run_id=run.run_id,
    )


def _n_publishes(warehouse: Warehouse) -> int:
    return warehouse.query("SELECT n_publishes FROM winnow_meta")["n_publishes"][0].as_py()


def _roll_back(con: duckdb.DuckDBPyConnection) -> None:
    try:
        con.execute("ROLLBACK")
    except duckdb.TransactionException:
        return  # a commit that failed has already rolled back
