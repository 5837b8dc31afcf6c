"""Indexes on Argilla's tables that hold all a queue page asks for, so that no record's long text is read to find it."""

from sqlalchemy import Connection

_EVERYWHERE = (
    "CREATE INDEX IF NOT EXISTS winnow_vectors ON vectors (vector_settings_id, record_id, updated_at)",
    "CREATE INDEX IF NOT EXISTS winnow_responses ON responses (user_id, record_id, status)",
)
_RECORDS = "dataset_id, status, inserted_at, updated_at, id"
_BY_DIALECT = {
    "sqlite": f"CREATE INDEX IF NOT EXISTS winnow_records ON records ({_RECORDS}, metadata)",
    # PostgreSQL bounds an index row to 2.7 kB, which metadata may exceed.
    "postgresql": f"CREATE INDEX IF NOT EXISTS winnow_records ON records ({_RECORDS})",
}


def ensure_indexes(connection: Connection) -> None:
    """Make the indexes that are missing; Argilla's own stay as they are."""
    for statement in (*_EVERYWHERE, _BY_DIALECT[connection.dialect.name]):
        connection.exec_driver_sql(statement)
