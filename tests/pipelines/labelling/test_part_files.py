from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from winnow.pipelines.labelling.part_files import part_file
from winnow.warehouse.places.folder import Folder
from winnow.warehouse.places.placed_file import PlacedFile

ROW = pa.table({"n": [1]})


def test_a_part_that_is_written_twice_at_once_stays_readable_and_is_gone_only_without_rows(
    tmp_path: Path,
) -> None:
    path = tmp_path / "part.parquet"
    part = PlacedFile(Folder(tmp_path), path.name)
    with part_file(part, ROW.schema) as first:
        first.write(ROW)
    with part_file(part, ROW.schema) as second:
        assert pq.read_table(path).equals(ROW)
        second.write(ROW)
    assert pq.read_table(path).equals(ROW)
    with part_file(part, ROW.schema):
        assert path.exists()
    assert not path.exists()
