"""A run whose processes share an object store and nothing else."""

from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.cluster.chain import Chain
from tests.cluster.content_server import ContentServer
from winnow.pipelines.beam import BeamSettings
from winnow.warehouse.places.at import place_at
from winnow.warehouse.places.place import Place
from winnow.warehouse.settings import S3Settings

_LOOK_AFTER = 10
"""Requests after which the store is looked at."""


def run_apart(
    chain: Chain, beam: BeamSettings, server: ContentServer, s3: S3Settings, catalog: Path
) -> list[dict[str, Any]]:
    """Run the chain with its place in an object store; see that its requests lie there while they are asked, and nothing after.

    Returns:
        The rows that it published.
    """
    place = place_at(f"s3://winnow/{uuid4().hex}", s3)
    handed_over: list[str] = []
    looked = server.at(_LOOK_AFTER, lambda: handed_over.extend(_shared(place)))
    rows = chain.run(
        "apart", beam, place=place.address, catalog=f"sqlite:{catalog}", s3=s3.model_dump()
    )
    assert looked.is_set()
    assert any("/requests/" in name and name.endswith(".parquet") for name in handed_over)
    assert any("/attempts/" in name for name in handed_over)
    assert _shared(place) == []
    own = {path.name for path in chain.folder("apart").rglob("*")}
    assert own.isdisjoint({"catalog.sqlite", "completions", "data", "requests", "attempts"})
    return rows


def _shared(place: Place) -> list[str]:
    """List what the driver and the workers of runs hand each other in a place."""
    found = []
    for run in map(place.within("staging").within, place.within("staging").places()):
        found += _names(run.within(".shared"))
    return found


def _names(place: Place) -> list[str]:
    here = [f"{place.address}/{entry.name}" for entry in place.entries()]
    return here + [name for part in place.places() for name in _names(place.within(part))]
