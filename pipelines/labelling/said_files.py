"""What annotators say of one portion, as files: judgments, the turns that led to them, and judgments that were not given."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from winnow.annotation.judge import Reading
from winnow.pipelines.labelling.judgment_rows import JudgmentRows
from winnow.pipelines.labelling.part_files import PartFile, part_file
from winnow.pipelines.labelling.subjects import JudgedPart
from winnow.pipelines.one_ahead import one_ahead
from winnow.pipelines.sorting import rows_in_order
from winnow.schemas.base import Record
from winnow.schemas.judgments import Judgment, Kind
from winnow.schemas.panel_turns import PanelTurn
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

    def turns(self) -> list[PlacedFile]:
        """List the files of turns on the way to judgments."""
        return placed_files(self._turns)

    def rejects(self) -> list[PlacedFile]:
        """List the files of judgments that were not given, with columns `REJECTED`."""
        return placed_files(self._rejects)

    def n_rows(self) -> int:
        """Count judgments, and those that were not given."""
        files = [*self.judgments(), *self.rejects()]
        return sum(file.metadata().num_rows for file in files)

    @contextmanager
    def opened(self, part: str) -> Iterator["SaidFiles"]:
        """Lend the files of a part, in place of what they held."""
        name = f"{part}.parquet"
        with (
            part_file(PlacedFile(self._judgments, name), Judgment.arrow_schema()) as judgments,
            part_file(PlacedFile(self._turns, name), PanelTurn.arrow_schema()) as turns,
            part_file(PlacedFile(self._rejects, name), REJECTED) as rejects,
        ):
            said = SaidFiles(judgments, turns, rejects)
            yield said
            said.flush()

    @property
    def _judgments(self) -> Place:
        return self._root.within("judgments")

    @property
    def _turns(self) -> Place:
        return self._root.within("turns")

    @property
    def _rejects(self) -> Place:
        return self._root.within("rejects")


class SaidFiles:
    """Takes judgments, turns and rejects, and writes them batch by batch."""

    def __init__(self, judgments: PartFile, turns: PartFile, rejects: PartFile) -> None:
        """Begin without any."""
        self._judgments, self._turns, self._rejects = judgments, turns, rejects
        self._rows = JudgmentRows()
        self._told: list[PanelTurn] = []
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
    ) -> str:
        """Put a judgment on file, and give its id; arguments are those of `JudgmentRows.add`."""
        if len(self._rows) >= _BATCH:
            self.flush()
        return self._rows.add(annotator_id, kind, part, said, request_id, cost, rubric_id)

    def tell(self, turns: Iterable[PanelTurn]) -> None:
        """Put turns on file that led to a judgment."""
        self._told += turns
        if len(self._told) >= _BATCH:
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
        self._turns.write(PanelTurn.to_table(self._told))
        self._told = []
        self._rejects.write(pa.Table.from_pylist(self._rejected, schema=REJECTED))
        self._rejected = []


def stage_judgments(staging: Staging, folders: Sequence[SaidFolder], part: str, spill: Path) -> int:
    """Stage what annotators said as one part of the judgments, ordered by judgment_id, and the turns on the way to them as one part
    of those; returns how many judgments they are.

    Args:
        staging: Gets the judgments and turns.
        folders: What annotators said.
        part: Name of the part.
        spill: Folder for what does not fit into memory.
    """
    files = [file for folder in folders for file in folder.judgments()]
    if turns := [file for folder in folders for file in folder.turns()]:
        _stage(staging, PanelTurn, turns, part, spill)
    if not files:
        staging.write(Judgment, (), part=part)
        return 0
    _stage(staging, Judgment, files, part, spill)
    return sum(file.metadata().num_rows for file in files)


def _stage(
    staging: Staging, record: type[Record], files: Sequence[PlacedFile], part: str, spill: Path
) -> None:
    schema = record.arrow_schema()
    spill.mkdir(parents=True, exist_ok=True)
    ordered = one_ahead(rows_in_order(_batches(record, files), list(record.key), spill))
    rows = (batch for table in ordered for batch in table.to_batches(_BATCH))
    staging.write(record, pa.RecordBatchReader.from_batches(schema, rows), part=part)


def _batches(record: type[Record], files: Sequence[PlacedFile]) -> Iterator[pa.Table]:
    for file in files:
        with file.opened() as opened:
            for batch in opened.iter_batches(_BATCH):
                yield pa.Table.from_batches([batch], record.arrow_schema())
