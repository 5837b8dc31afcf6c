"""The place that an address names."""

from pathlib import Path

from winnow.warehouse.places.folder import Folder
from winnow.warehouse.places.place import Place
from winnow.warehouse.places.s3 import S3Settings

_S3 = "s3://"


def place_at(address: str | Path, s3: S3Settings) -> Place:
    """Return the place at an address; nothing is made or reached yet.

    Args:
        address: A folder, or "s3://bucket/winnow".
        s3: The object store, where it is one.
    """
    if str(address).startswith(_S3):
        from winnow.warehouse.places.object_store import ObjectStore

        return ObjectStore(str(address).removeprefix(_S3).strip("/"), s3)
    return Folder(Path(address))
