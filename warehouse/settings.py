"""Where the warehouse lives."""

import re
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator

from winnow.schemas.errors import InvalidSettings
from winnow.schemas.outputs import refuse_address
from winnow.warehouse.folders import WarehouseFolders

ELSEWHERE = (
    "give a folder for what is local, and put published data elsewhere with warehouse.data_path (s3://...) and "
    "warehouse.catalog (postgres:...)"
)
"""What to do where the folder of a warehouse is to be an address."""


class _Settings(BaseModel):
    # A refused value may hold a password, so pydantic must not repeat it.
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )


class S3Settings(_Settings):
    """An object store that speaks S3.

    Keys come from the environment alone: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, where needed, AWS_SESSION_TOKEN.
    """

    endpoint: str | None = None
    """Host and port of the store, such as "minio.example:9000"; left out, Amazon's own."""

    region: str = "us-east-1"
    """Region of the bucket."""

    url_style: Literal["vhost", "path"] = "vhost"
    """Whether the bucket is named in the host or in the path; most stores but Amazon's want "path"."""

    use_ssl: bool = True
    """Whether to speak HTTPS."""


class WarehouseSettings(_Settings):
    """A folder, unless `catalog` and `data_path` say otherwise."""

    path: Path = Path(".winnow")
    """Folder of everything that is local: catalog.sqlite, data/, staging/, completions/, models/, reports/."""

    catalog: str | None = None
    """DuckLake catalog, such as "postgres:dbname=winnow host=db.example"; left out, the file catalog.sqlite in `path`.

    The password comes from PGPASSWORD or ~/.pgpass.
    """

    data_path: str | None = None
    """Where the published Parquet files lie, such as "s3://bucket/winnow"; left out, data/ in `path`."""

    s3: S3Settings = S3Settings()
    """The object store, where `data_path` is one."""

    busy_timeout_s: float = 30.0
    """Seconds to wait for a locked catalog or for another publisher before giving up."""

    @field_validator("path")
    @classmethod
    def _on_this_machine(cls, path: Path) -> Path:
        try:
            refuse_address("it", path, ELSEWHERE)
        except InvalidSettings as error:
            raise ValueError(error.message) from None
        return path

    @field_validator("data_path")
    @classmethod
    def _folder_or_s3(cls, data_path: str | None) -> str | None:
        if data_path and "://" in data_path and not data_path.startswith("s3://"):
            raise ValueError(
                f"{data_path.partition('://')[0]}:// is no place that Winnow writes to; wanted a folder, or an object store that speaks "
                'S3 as "s3://bucket/winnow", with its host in warehouse.s3.endpoint'
            )
        return data_path

    @field_validator("path", mode="before")
    @classmethod
    def _named(cls, path: object) -> object:
        if path == "":
            raise ValueError("it is empty; name a folder, or leave it out")
        return path

    @field_validator("catalog")
    @classmethod
    def _known_and_secretless(cls, catalog: str | None) -> str | None:
        if catalog is None:
            return None
        if not catalog.startswith(("postgres:", "sqlite:")):
            raise ValueError('wanted "postgres:dbname=... host=..." or "sqlite:FILE"')
        if re.search(r"\bpassword\s*=|://[^/@]*:[^/@]*@", catalog):
            raise ValueError("holds a password; put it into PGPASSWORD or ~/.pgpass instead")
        return catalog

    @property
    def catalog_address(self) -> str:
        """What DuckLake attaches: `catalog`, or the SQLite file in `path`."""
        return self.catalog or f"sqlite:{self.folders.catalog}"

    @property
    def data_address(self) -> str:
        """Where DuckLake writes Parquet files: `data_path`, or data/ in `path`; ends with a slash."""
        return (self.data_path or str(self.folders.data.absolute())).rstrip("/") + "/"

    @property
    def catalog_file(self) -> Path | None:
        """The SQLite file; None where the catalog is a server."""
        kind, _, place = self.catalog_address.partition(":")
        return Path(place) if kind == "sqlite" else None

    @property
    def is_one_folder(self) -> bool:
        """Whether catalog and data both lie in `path`."""
        return self.catalog is None and self.data_path is None

    @property
    def is_remote(self) -> bool:
        """Whether the data lies in an object store."""
        return "://" in self.data_address

    @property
    def folders(self) -> WarehouseFolders:
        """What lies where in `path`."""
        return WarehouseFolders(self.path)

    def staging(self, run_id: str) -> Path:
        """Return the folder in which a run stages its tables."""
        return self.folders.staging / run_id
