import subprocess
import sys

import duckdb
import pyarrow as pa
import pytest

from tests import toy
from tests.warehouse.processes import PASSED
from winnow.schemas.base import Record
from winnow.schemas.tables import PUBLISHED
from winnow.warehouse.publish import publish
from winnow.warehouse.types import sql_type, sql_types

LOOK = """
import sys
from pathlib import Path
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.provenance import provenance_of
from winnow.warehouse.settings import WarehouseSettings
with Warehouse.open(WarehouseSettings(path=Path(sys.argv[1]))) as warehouse:
    release = provenance_of(warehouse, "preferences").release.release
    assert warehouse.query("FROM preferences", at=release).num_rows
print("pandas" in sys.modules)
"""


@pytest.mark.parametrize("record", PUBLISHED, ids=lambda record: record.table)
def test_a_column_has_the_type_that_duckdb_itself_gives_the_arrow_column(record: type[Record]):
    with duckdb.connect() as con:
        relation = con.from_arrow(record.arrow_schema().empty_table())
        theirs = dict(zip(relation.columns, map(str, relation.types), strict=True))
        assert sql_types(con, record) == theirs


def test_a_name_of_a_part_may_be_a_word_of_sql():
    kind = pa.list_(pa.struct([("order", pa.string()), ('a "b"', pa.list_(pa.int64()))]))
    assert sql_type(kind) == 'STRUCT("order" VARCHAR, "a ""b""" BIGINT[])[]'


def test_a_warehouse_is_opened_and_read_without_importing_pandas(warehouse, staging, settings):
    publish(warehouse, staging, toy.run(), "preferences", PASSED)
    warehouse.close()
    look = [sys.executable, "-c", LOOK, str(settings.path)]
    done = subprocess.run(look, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
