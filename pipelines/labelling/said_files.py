"""What annotators say of one portion, as files: judgments, and those that were not given."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from winnow.annotation.judge import Reading
from winnow.pipelines.labelling.judgment_rows import JudgmentRows
from winnow.pipelines.labelling.part_files import PartFile, part_file
from winnow.pipelines.labelling.subjects import JudgedPart
from winnow.pipelines.one_ahead import one_ahead
from winnow.pipelines.sorting import rows_in_order
from winnow.schemas.judgments import Judgment, Kind
from winnow.schemas.redaction import redacted
from winnow.warehouse.places.folder import as_place
from winnow.warehouse.places.place import Place
from winnow.warehouse.places.placed_file import PlacedFile, placed_files
from winnow.warehouse.staging import Staging

REJECTED = pa.schema({"record_id": pa.string(), "reason": pa.string(), "detail": pa.string()})
"""Columns of what was rejected."""

NOT_ASKED = "not_asked"
"""Reason of judgments that the `when` of an annotator leaves out."""
_BATCH = 8192


class SaidFolder:
    """Where annotators write what they say."""

    def __init__(self, root: Place | Path) -> None:
        self._root = as_place(root)

    def judgments(self) -> list[PlacedFile]:
        """List the files of judgments."""
        return placed_files(self._judgments)

    def rejects(self) -> list[PlacedFile]:
        """List the files of judgments that were not given, with columns `REJECTED`."""
        return placed_files(self._rejects)

    def n_rows(self) -> int:
        """Count judgments, and those that were not given."""
        files = [*self.judgments(), *self.rejects()]
        return sum(file.metadata().num_rows for file in files)

    @contextmanager
    def opened(self, part: str) -> Iterator["SaidFiles"]:
        """Lend the two files of a part, in place of what they held."""
        name = f"{part}.parquet"
        with (
            part_file(PlacedFile(self._judgments, name), Judgment.arrow_schema()) as judgments,
            part_file(PlacedFile(self._rejects, name), REJECTED) as rejects,
        ):
            said = SaidFiles(judgments, rejects)
            yield said
            said.flush()

    @property
    def _judgments(self) -> Place:
        return self._root.within("judgments")

    @property
    def _rejects(self) -> Place:
        return self._root.within("rejects")


class SaidFiles:
    """Takes judgments and rejects, and writes them batch by batch."""

    def __init__(self, judgments: PartFile, rejects: PartFile) -> None:
        """Begin without any."""
        self._judgments, self._rejects = judgments, rejects
        self._rows = JudgmentRows()
        self._rejected: list[dict[str, str]] = []

    def judge(
        self,
        annotator_id: str,
        kind: Kind,
        part: JudgedPart,
        said: Reading,
        request_id: str | None = None,
        cost: float | None = None,
        rubric_id: str | None = None,
    ) -> None:
        """Put a judgment on file; arguments are those of `JudgmentRows.add`."""
        self._rows.add(annotator_id, kind, part, said, request_id, cost, rubric_id)
        if len(self._rows) >= _BATCH:
            self.flush()

    def take(self, judgments: pa.Table) -> None:
        """Put judgments on file, rows of the record's table."""
        self._judgments.write(judgments)

    def reject(self, record_id: str, reason: str, detail: str = "") -> None:
        """Put a judgment on file that was not given."""
        self._rejected.append(
            {"record_id": record_id, "reason": reason, "detail": redacted(detail)}
        )
        if len(self._rejected) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Write down what is held."""
        self._judgments.write(self._rows.take())
        self._rejects.write(pa.Table.from_pylist(self._rejected, schema=REJECTED))
        self._rejected = []


def stage_judgments(staging: Staging, folders: Sequence[SaidFolder], part: str, spill: Path) -> int:
    """Stage what annotators said as one part of the judgments, ordered by judgment_id; returns how many they are.

    Args:
        staging: Gets the judgments.
        folders: What annotators said.
        part: Name of the part.
        spill: Folder for what does not fit into memory.
    """
    files = [file for folder in folders for file in folder.judgments()]
    if not files:
        staging.write(Judgment, (), part=part)
        return 0
    schema = Judgment.arrow_schema()
    spill.mkdir(parents=True, exist_ok=True)
    ordered = one_ahead(rows_in_order(_batches(files), ["judgment_id"], spill))
    rows = (batch for table in ordered for batch in table.to_batches(_BATCH))
    staging.write(Judgment, pa.RecordBatchReader.from_batches(schema, rows), part=part)
    return sum(file.metadata().num_rows for file in files)


def _batches(files: Sequence[PlacedFile]) -> Iterator[pa.Table]:
    for file in files:
        with file.opened() as opened:
            for batch in opened.iter_batches(_BATCH):
                yield pa.Table.from_batches([batch], Judgment.arrow_schema())
