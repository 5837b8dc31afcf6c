"""One DuckDB connection with the extensions it needs: nothing is downloaded, nothing is sent."""

import os
import shutil
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import duckdb

from winnow.schemas.errors import InvalidSettings, MissingPackage
from winnow.schemas.secrets import read_key
from winnow.warehouse.places.s3 import S3Settings
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.sql import quote

_OFFLINE: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
_MEMORY = "2GB"
"""What DuckDB holds of joins and sorts before it goes on with files: half of a machine of 4."""

_SPILLED = ".spilled-"
_LEFTOVER_AGE_S = 24 * 3600

_LOADED: set[Path] = set()
"""Extensions whose signature DuckDB has checked in this process, and which it keeps in memory.

To check 34 MB takes longer than to open a warehouse, and a second connection gets what was loaded and checked: the
system's loader reads a file of the same name only once.
"""
_EXTRAS = {"postgres_scanner": "postgres", "httpfs": "s3"}


def connect(settings: WarehouseSettings) -> duckdb.DuckDBPyConnection:
    """Open an in-memory DuckDB that can attach the warehouse; the time zone is UTC.

    What takes more than `_MEMORY` goes on in files, which are gone when the connection is.

    Raises:
        MissingPackage: The catalog or the object store needs an extension that is not installed.
        InvalidSettings: The object store needs keys that are not in the environment.
    """
    files = [_extension_file(name) for name in _extensions(settings)]
    spill = {"memory_limit": _MEMORY, "temp_directory": str(_own_spill(settings.path.absolute()))}
    checked = {"allow_unsigned_extensions": _LOADED.issuperset(files)}
    con = duckdb.connect(config=_OFFLINE | spill | checked)
    con.execute("SET GLOBAL TimeZone = 'UTC'")
    for file in files:
        _load(con, file)
    con.execute("SET GLOBAL allow_unsigned_extensions = false")
    if settings.is_remote:
        _open_object_store(con, settings.s3)
    return con


def clear_spilled(folder: Path) -> None:
    """Remove what connections that were killed left in the folder of a warehouse; what was written to within a day stays."""
    before = time.time() - _LEFTOVER_AGE_S
    for spilled in folder.glob(f"{_SPILLED}*"):
        with suppress(FileNotFoundError):
            if max(p.stat().st_mtime for p in (spilled, *spilled.iterdir())) <= before:
                shutil.rmtree(spilled)


def _own_spill(folder: Path) -> Path:
    """Name a folder that one connection alone spills into, for DuckDB names files alike in all; DuckDB makes it when it must.

    It lies in the warehouse's folder, which has room for what is published, and in the system's for temporary files where one
    may only read.
    """
    is_ours = folder.is_dir() and os.access(folder, os.W_OK)
    return (folder if is_ours else Path(tempfile.gettempdir())) / f"{_SPILLED}{uuid4().hex}"


def load_extension(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load a DuckDB extension straight from its Python package.

    Raises:
        MissingPackage: The package is not installed, or for another version of DuckDB.
    """
    _load(con, _extension_file(name))


def _extension_file(name: str) -> Path:
    """Find a DuckDB extension in its Python package.

    `duckdb_extensions.import_extension` would first copy it into the home folder, which may be read-only.

    Raises:
        MissingPackage: The package is not installed, or for another version of DuckDB.
    """
    package = f"duckdb-extension-{name.replace('_', '-')}"
    spec = find_spec(f"duckdb_extension_{name}")
    files = [] if spec is None or spec.origin is None else _builds(Path(spec.origin).parent, name)
    if not files:
        extra = (
            f"'winnow[{_EXTRAS[name]}]'" if name in _EXTRAS else f"{package}=={duckdb.__version__}"
        )
        raise MissingPackage(
            f"no package {package} for DuckDB {duckdb.__version__}; pip install {extra}",
            package=package,
        )
    return files[0]


def _load(con: duckdb.DuckDBPyConnection, file: Path) -> None:
    con.execute(f"LOAD {quote(str(file))}")
    _LOADED.add(file)


def _builds(package: Path, name: str) -> list[Path]:
    return list(package.glob(f"extensions/v{duckdb.__version__}/{name}.duckdb_extension"))


def _extensions(settings: WarehouseSettings) -> list[str]:
    server = settings.catalog_address.startswith("postgres:")
    catalog = "postgres_scanner" if server else "sqlite_scanner"
    return ["ducklake", catalog, *(["httpfs"] if settings.is_remote else [])]


def _open_object_store(con: duckdb.DuckDBPyConnection, s3: S3Settings) -> None:
    keys = {
        "KEY_ID": read_key("AWS_ACCESS_KEY_ID"),
        "SECRET": read_key("AWS_SECRET_ACCESS_KEY"),
        "SESSION_TOKEN": read_key("AWS_SESSION_TOKEN"),
        "ENDPOINT": s3.endpoint,
        "REGION": s3.region,
        "URL_STYLE": s3.url_style,
    }
    if not keys["KEY_ID"] or not keys["SECRET"]:
        raise InvalidSettings(
            "warehouse.place or warehouse.data_path is an object store but AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY "
            "is not in the environment; set both"
        )
    given = [f"{name} {quote(value)}" for name, value in keys.items() if value]
    con.execute(f"CREATE SECRET (TYPE s3, {', '.join(given)}, USE_SSL {s3.use_ssl})")
