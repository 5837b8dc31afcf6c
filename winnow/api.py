"""What `import winnow` offers: the few functions that notebooks and training scripts need."""

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

import pyarrow as pa

from winnow.flows.environment import quiet_libraries
from winnow.flows.settings.environment import load_warehouse
from winnow.schemas.errors import UnknownName
from winnow.schemas.runs import Release
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.releases import release as find_release
from winnow.warehouse.releases import releases as list_releases

if TYPE_CHECKING:
    import datasets
    import duckdb

Place = str | PathLike[str] | None
"""Folder of a warehouse; None for that of the environment (WINNOW_WAREHOUSE__PATH), else `.winnow`."""

quiet_libraries()

_FORMS = ("arrow", "datasets", "duckdb")


def open(warehouse: Place = None, *, read_only: bool = True) -> Warehouse:
    """Open a warehouse; a context manager.

    Args:
        warehouse: Its folder. A catalog in PostgreSQL or files in S3 are named by the environment, as for `winnow query`.
        read_only: Refuse every change; the warehouse must exist.

    Raises:
        InvalidSettings: There is no warehouse, or the settings do not fit the one that is there.
        WarehouseBusy: The catalog stayed locked, or its server does not answer.
    """
    folder = None if warehouse is None else Path(warehouse)
    return Warehouse.open(load_warehouse(folder), read_only=read_only)


def query(sql: str, *, warehouse: Place = None, at: str | None = None) -> pa.Table:
    """Ask a warehouse in SQL, as DuckDB speaks it.

    Args:
        sql: One or more statements; the last one gives the result.
        warehouse: Its folder, as for `open`.
        at: Release such as "preferences@1": see the warehouse as it was when that was published.

    Raises:
        UnknownName: No such release.
        duckdb.Error: The SQL is wrong.
    """
    with open(warehouse) as opened:
        return opened.query(sql, at=at)


def releases(*, warehouse: Place = None) -> list[Release]:
    """List the releases of a warehouse, oldest first."""
    with open(warehouse) as opened:
        return list_releases(opened)


@overload
def load(release: str, *, warehouse: Place = ..., to: Literal["arrow"] = ...) -> pa.Table: ...
@overload
def load(
    release: str, *, warehouse: Place = ..., to: Literal["datasets"]
) -> "datasets.Dataset": ...
@overload
def load(
    release: str, *, warehouse: Place = ..., to: Literal["duckdb"]
) -> "duckdb.DuckDBPyRelation": ...


def load(
    release: str,
    *,
    warehouse: Place = None,
    to: Literal["arrow", "datasets", "duckdb"] = "arrow",
) -> "pa.Table | datasets.Dataset | duckdb.DuckDBPyRelation":
    """Load what a release publishes: one row a preference, with its prompt and both texts.

    The columns are those of the view `preference_texts`, in the order of `preference_id`; ties are among the rows
    (`is_tied`). For a trainer's own format see `winnow export`.

    Args:
        release: Such as "preferences@3", or "preferences" for the newest of that name.
        warehouse: Folder of the warehouse, as for `open`.
        to: "arrow" for a pyarrow.Table, "datasets" for a Hugging Face Dataset, "duckdb" for a relation.

    Raises:
        UnknownName: No such release, or no such form.
    """
    if to not in _FORMS:
        raise UnknownName.among("form", to, _FORMS)
    with open(warehouse) as opened:
        name = find_release(opened, release).release
        rows = opened.query(
            "SELECT * FROM preference_texts WHERE release = $release ORDER BY preference_id",
            at=name,
            parameters={"release": name},
        )
    if to == "datasets":
        from datasets import Dataset

        return Dataset(rows)
    if to == "duckdb":
        import duckdb

        return duckdb.from_arrow(rows)
    return rows


def run(
    settings: str | PathLike[str],
    *,
    warehouse: Place = None,
    ask_again: bool = False,
    quiet: bool = False,
) -> str:
    """Run a curation from prompts to a published release, as `winnow run` does.

    Args:
        settings: Settings of the run, a YAML file.
        warehouse: Folder of the warehouse; None for that of the settings.
        ask_again: Ask judges once more for each reply that could not be read.
        quiet: Print nothing.

    Returns:
        Name of the release, such as "preferences@1".

    Raises:
        CurationError: A setting, an input or a server is not as it has to be; the same call goes on where it stopped.
    """
    from winnow.flows.curation.run import run_curation
    from winnow.flows.settings.run import load_settings
    from winnow.reports.terminal.console import Terminal

    folder = None if warehouse is None else Path(warehouse)
    console = Terminal(quiet=quiet)
    release = run_curation(load_settings(Path(settings), folder), console, ask_again=ask_again)
    assert release is not None  # only a run with rounds waits for people
    return release
