"""Vectors as rows of float32, and the nearest of them by cosine: exact, since a data set fits into memory."""

import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class RecordVector:
    """One record's vector as it was at `version`."""

    record_id: str
    version: str
    value: list[float]


def put(settings_id: str, vectors: Iterable[RecordVector], connection: sqlite3.Connection) -> None:
    """Store vectors by their direction; one of length 0 has none and is never found."""
    connection.executemany(
        "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?)",
        (
            (settings_id, each.record_id, each.version, _direction(each.value).tobytes())
            for each in vectors
        ),
    )


def drop(connection: sqlite3.Connection, settings_id: str, record_ids: Iterable[str]) -> None:
    """Forget vectors."""
    connection.executemany(
        "DELETE FROM vectors WHERE settings_id = ? AND record_id = ?",
        ((settings_id, record_id) for record_id in record_ids),
    )


def keep_only(connection: sqlite3.Connection, settings_ids: Collection[str]) -> None:
    """Forget the vectors of every setting but these."""
    known = connection.execute("SELECT DISTINCT settings_id FROM vectors").fetchall()
    for settings_id in {settings_id for (settings_id,) in known} - set(settings_ids):
        connection.execute("DELETE FROM vectors WHERE settings_id = ?", (settings_id,))


def versions(connection: sqlite3.Connection, settings_id: str) -> dict[str, str]:
    """Return which version of each record's vector is stored."""
    known = "SELECT record_id, version FROM vectors WHERE settings_id = ?"
    return dict(connection.execute(known, (settings_id,)).fetchall())


def nearest(
    connection: sqlite3.Connection,
    settings_id: str,
    value: list[float],
    allowed: set[str],
    n_most: int,
) -> list[tuple[str, float]]:
    """Return the nearest records, best first, with (1 + cosine) / 2 as Elasticsearch scores them.

    Args:
        connection: The side file.
        settings_id: Whose vectors.
        value: What they should point like; its length does not matter.
        allowed: Records to choose from.
        n_most: How many to give.
    """
    stored = connection.execute(
        "SELECT record_id, direction FROM vectors WHERE settings_id = ?", (settings_id,)
    )
    rows = [row for row in stored if row[0] in allowed and any(row[1])]
    if not rows:
        return []
    directions = np.frombuffer(b"".join(row[1] for row in rows), np.float32)
    scores = (1 + directions.reshape(len(rows), -1) @ _direction(value)) / 2
    best = np.argsort(-scores, kind="stable")[:n_most]
    return [(rows[at][0], float(scores[at])) for at in best]


def _direction(value: list[float]) -> NDArray[np.float32]:
    vector = np.asarray(value, dtype=np.float64)
    length = np.linalg.norm(vector)
    return (vector / length if length else vector).astype(np.float32)
