"""Where the warehouse lives."""

import re
from pathlib import Path

from pydantic import field_validator

from winnow.schemas.errors import InvalidSettings
from winnow.schemas.outputs import refuse_address
from winnow.warehouse.folders import COMPLETIONS, PEOPLE, ROUNDS, STAGING, WarehouseFolders
from winnow.warehouse.places.at import place_at
from winnow.warehouse.places.place import Place
from winnow.warehouse.places.s3 import PlaceSettings, S3Settings

ELSEWHERE = (
    "give a folder for what is local, and put what machines share elsewhere with warehouse.place (s3://...) and "
    "warehouse.catalog (postgres:...)"
)
"""What to do where the folder of a warehouse is to be an address."""


class WarehouseSettings(PlaceSettings):
    """A folder, unless `catalog` and `data_path` say otherwise."""

    path: Path = Path(".winnow")
    """Folder of everything that is local: catalog.sqlite, data/, staging/, completions/, models/, reports/."""

    place: str | None = None
    """Where that lies which several machines share: completions, published data, how far runs are, people's answers, rounds, and
    what workers of a cluster are handed, such as "s3://bucket/winnow" or a folder that all of them reach; left out, `path`.

    A run that was begun on one machine goes on at another with the same place and catalog. An object store must heed
    conditional writes, by which one process keeps others from a run; one that does not is refused.
    """

    catalog: str | None = None
    """DuckLake catalog, such as "postgres:dbname=winnow host=db.example"; left out, the file catalog.sqlite in `path`.

    The password comes from PGPASSWORD or ~/.pgpass.
    """

    data_path: str | None = None
    """Where the published Parquet files lie, such as "s3://bucket/winnow"; left out, data/ in `place`, or else in `path`."""

    s3: S3Settings = S3Settings()
    """The object store, where `place` or `data_path` is one."""

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

    @field_validator("place", "data_path")
    @classmethod
    def _folder_or_s3(cls, address: str | None) -> str | None:
        if address and "://" in address and not address.startswith("s3://"):
            raise ValueError(
                f"{address.partition('://')[0]}:// is no place that Winnow writes to; wanted a folder, or an object store that speaks "
                'S3 as "s3://bucket/winnow", with its host in warehouse.s3.endpoint'
            )
        return address

    @field_validator("path", "place", mode="before")
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
        """Where DuckLake writes Parquet files: `data_path`, or data/ in `place` or `path`; ends with a slash."""
        return (self.data_path or self._data_in_place).rstrip("/") + "/"

    @property
    def catalog_file(self) -> Path | None:
        """The SQLite file; None where the catalog is a server."""
        kind, _, place = self.catalog_address.partition(":")
        return Path(place) if kind == "sqlite" else None

    @property
    def is_one_folder(self) -> bool:
        """Whether catalog and data both lie in `path`."""
        return self.catalog is None and self.data_path is None and self.place is None

    @property
    def is_remote(self) -> bool:
        """Whether the data lies in an object store."""
        return "://" in self.data_address

    @property
    def folders(self) -> WarehouseFolders:
        """What lies where in `path`."""
        return WarehouseFolders(self.path)

    def staging(self, run_id: str) -> Path:
        """Return the folder in which a run stages its tables: on this machine, since a run that goes on at another makes them anew."""
        return self.folders.staging / run_id

    @property
    def kept(self) -> Place:
        """Where that lies which several machines share: `place`, or else `path`."""
        return place_at(self.place or self.path, self.s3)

    @property
    def completions(self) -> Place:
        """Every answer of a model that was paid for."""
        return self.kept.within(COMPLETIONS)

    @property
    def runs(self) -> Place:
        """A place for each run that is not published, which says how far it is."""
        return self.kept.within(STAGING)

    @property
    def people(self) -> Place:
        """A place for each queue, with what people answered."""
        return self.kept.within(PEOPLE)

    @property
    def rounds(self) -> Place:
        """A place for each run in which people and models take turns."""
        return self.kept.within(ROUNDS)

    @property
    def _data_in_place(self) -> str:
        if self.place and "://" in self.place:
            return f"{self.place.rstrip('/')}/data"
        return str(WarehouseFolders(Path(self.place or self.path)).data.absolute())
