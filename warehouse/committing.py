"""Transactions that add rows to a warehouse: all of one becomes visible or nothing, and of two at once one waits."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import duckdb

from winnow.schemas.errors import PublishConflict, WarehouseBusy
from winnow.schemas.plurals import counted
from winnow.warehouse.catalog import Warehouse, is_conflict, is_locked
from winnow.warehouse.storage import storage_full_named

_N_ATTEMPTS_AT_LEAST = 3

T = TypeVar("T")


def commit_in_turn(warehouse: Warehouse, attempt: Callable[[], T], who: str) -> T:
    """Try to add rows, again where another transaction was committed first, for `busy_timeout_s` at least.

    Args:
        warehouse: Where to; open for writing.
        attempt: Works out what is new, and adds it in one `transaction`.
        who: What is added, for messages, such as "run 1234".

    Raises:
        PublishConflict: Others kept publishing first.
        WarehouseBusy: The catalog stayed locked.
        StorageFull: No space is left; nothing was added.
    """
    deadline = time.monotonic() + warehouse.settings.busy_timeout_s
    n_attempts, n_before = 0, _n_publishes(warehouse)
    while True:
        try:
            with storage_full_named(warehouse.settings.data_address):
                return attempt()
        except duckdb.Error as error:
            if not (is_locked(error) or is_conflict(error)):
                raise
            n_attempts += 1
            if n_attempts >= _N_ATTEMPTS_AT_LEAST and time.monotonic() >= deadline:
                n_others = _n_publishes(warehouse) - n_before
                raise _gave_up(warehouse, who, n_others) from error
        time.sleep(random.uniform(0.05, 0.5))


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Make all that the block adds visible at its end, or nothing where it is left by an error."""
    con.execute("BEGIN")
    try:
        # Whoever adds rows changes this one, so of two at once DuckLake lets only one commit: the other must look again
        # at which rows are already there.
        con.execute("UPDATE winnow_meta SET n_publishes = n_publishes + 1")
        yield
        con.execute("COMMIT")
    except BaseException:
        _roll_back(con)
        raise


def _gave_up(warehouse: Warehouse, who: str, n_others: int) -> PublishConflict | WarehouseBusy:
    if n_others:
        return PublishConflict(
            f"others published {counted(n_others, 'time')} while {who} tried to; nothing of it was published: run it again"
        )
    return WarehouseBusy(
        f"the catalog {warehouse.settings.catalog_address} stayed locked for "
        f"{warehouse.settings.busy_timeout_s:g} s; nothing of {who} was published: run it again"
    )


def _n_publishes(warehouse: Warehouse) -> int:
    return int(warehouse.query("SELECT n_publishes FROM winnow_meta")["n_publishes"][0].as_py())


def _roll_back(con: duckdb.DuckDBPyConnection) -> None:
    try:
        con.execute("ROLLBACK")
    except duckdb.TransactionException:
        return  # a commit that failed has already rolled back
