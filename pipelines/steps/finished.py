"""Steps that were gone through before: what they added is taken up as it is, and none of their requests is looked at again.

A step is the same where its settings, its models, what its plug-ins are made of, the steps before it and every byte of the tables
that it reads are. What it had answered has to lie in the store of completions still, and nothing of it may have failed: what failed
may succeed now. A run that goes through its steps again keeps what each time added.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from winnow.pipelines.asking.answer import AnsweredRequests, AnswerRequests
from winnow.pipelines.asking.before import AnsweredBefore, AnswersGone, segments_of
from winnow.pipelines.asking.counts import RequestCounts
from winnow.pipelines.asking.shards import RequestFolder, ids_of
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.segment_keys import keys_of
from winnow.pipelines.steps.own_code import own_code
from winnow.pipelines.steps.step import Recall, Step, StepContext
from winnow.schemas.base import Value
from winnow.schemas.ids import content_id
from winnow.schemas.runs import StageCount
from winnow.schemas.whole_files import remove_folder, write_whole
from winnow.warehouse.staging import Staging

_FOLDER, _MARK, _KEYS = ".finished", "finished.json", "keys"
_MOST_KEPT = 8
"""Times that one stage was gone through, which are kept: more of a run were done with other settings."""

_Stamp = tuple[int, int]
"""Bytes of a file, and when it was written, in nanoseconds."""


class _Part(NamedTuple):
    """A part as a step left it."""

    stamp: _Stamp
    sha256: str

    def is_at(self, path: Path) -> bool:
        """Whether a file is the part still, also where a publishing that failed set its time anew."""
        stamp = _stamp(path)
        if stamp is None or stamp[0] != self.stamp[0]:
            return False
        return stamp == self.stamp or _hash(path) == self.sha256


class _Answered(NamedTuple):
    """What became of the requests to one model."""

    model: str
    counts: RequestCounts


class _Mark(Value):
    """What a step left that was gone through."""

    digest: str
    """Of all that its rows depend on."""

    added: dict[str, _Part]
    """Parts of tables that it wrote, such as "responses/sample.parquet"."""

    removed: tuple[str, ...]
    """Parts that it removed."""

    count: StageCount
    answered: tuple[_Answered, ...]
    """What it asked, in order."""

    segments: frozenset[str]
    """Files of completions that were in the store then."""

    keys: _Stamp | None
    """The file of the keys of what it asked; None where it asked nothing."""


_MARKS = TypeAdapter(_Mark)


def once(
    step: Step,
    at: StepContext,
    work: Callable[[AnswerRequests], StageCount],
    *,
    asks_again: bool = False,
) -> StageCount:
    """Do the work of a step that asks models, unless it was done before; gives its counts either way.

    Args:
        step: The step.
        at: What it works with.
        work: Adds its rows, and has requests answered by what it is given.
        asks_again: Whether it asks again for replies that it has: then it is not taken up.
    """
    if at.recall is None:
        return work(at.answer)
    root = at.staging.root
    before = _parts(root)
    digest = _digest(step, at, before)
    folder = root / _FOLDER / at.stage / digest[:16]
    if not asks_again and (count := _take_up(folder, digest, at, at.recall)):
        return count
    _forget(folder)
    folder.mkdir(parents=True)
    noting = _Noting(at, folder / _KEYS)
    count = work(noting)
    if noting.is_whole and not asks_again:
        after = _parts(root)
        mark = _Mark(
            digest=digest,
            added={
                name: _Part(stamp, _hash(root / name))
                for name, stamp in after.items()
                if before.get(name) != stamp
            },
            removed=tuple(sorted(before.keys() - after.keys())),
            count=count,
            answered=tuple(noting.answered),
            segments=noting.segments,
            keys=_stamp(folder / _KEYS),
        )
        write_whole(folder / _MARK, _MARKS.dump_json(mark).decode(), is_durable=True)
    for old in sorted(folder.parent.iterdir(), key=_age)[_MOST_KEPT:]:
        _forget(old)
    return count


def lay_finished_by(staging: Staging, *, but: Collection[tuple[str, str]] = ()) -> None:
    """Move what finished steps added out of the tables, until they take it up.

    Safe at any moment: what is killed halfway goes on the next time.

    Args:
        staging: The tables.
        but: Parts that stay, as `Staging.parts` lists them.
    """
    root = staging.root
    stay = {f"{table}/{file}" for table, file in but}
    # By its time first: of parts that hold nothing, which are all alike, each goes where it came from.
    for is_known_by_time in (True, False):
        for folder, mark in _marks(root):
            for name, part in mark.added.items():
                if name in stay:
                    continue
                # A later step may have written the part anew.
                own = root / name
                if _stamp(own) == part.stamp if is_known_by_time else part.is_at(own):
                    (folder / name).parent.mkdir(exist_ok=True)
                    own.rename(folder / name)


def clear_but_finished(staging: Staging) -> None:
    """Empty the tables of a run that begins anew, and keep what its finished steps added until they take it up."""
    lay_finished_by(staging)
    staging.clear()


def _marks(root: Path) -> Iterator[tuple[Path, _Mark]]:
    for file in (root / _FOLDER).glob(f"*/*/{_MARK}"):
        if mark := _mark(file.parent):
            yield file.parent, mark


def _mark(folder: Path) -> _Mark | None:
    """Read the mark of a step; None where there is none, or a loss of power left part of it."""
    try:
        mark = _MARKS.validate_json((folder / _MARK).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    return mark if mark.keys == _stamp(folder / _KEYS) else None


def _forget(folder: Path) -> None:
    """Remove what a step left, the mark first: the rest is nothing without it."""
    (folder / _MARK).unlink(missing_ok=True)
    remove_folder(folder)


def _age(folder: Path) -> int:
    """Tell folders apart by their age: the last that was worked in comes first."""
    return -folder.stat().st_mtime_ns


def _take_up(folder: Path, digest: str, at: StepContext, recall: Recall) -> StageCount | None:
    """Put what a finished step added back into its tables; None where it is another step, or part of it is gone."""
    mark = _mark(folder)
    if mark is None or mark.digest != digest:
        return None
    root = at.staging.root
    lies_in = {
        name: next((lies for lies in (folder, root) if part.is_at(lies / name)), None)
        for name, part in mark.added.items()
    }
    if None in lies_in.values():
        return None
    try:
        for name, counts in mark.answered:
            recall(at.models[name], AnsweredBefore(counts, mark.segments, folder / _KEYS))
    except AnswersGone:
        return None
    for name, place in lies_in.items():
        if place == folder:
            (root / name).parent.mkdir(exist_ok=True)
            (folder / name).rename(root / name)
    for name in mark.removed:
        (root / name).unlink(missing_ok=True)
    n_reused = sum(counts.use.n_requests for _, counts in mark.answered)
    return mark.count.model_copy(update={"n_reused": n_reused, "seconds": 0.0})


class _Noting:
    """Has requests answered, and notes what became of them."""

    def __init__(self, at: StepContext, keys: Path) -> None:
        self._at, self._keys = at, keys
        self.answered: list[_Answered] = []
        self.segments: frozenset[str] = frozenset()
        self.is_whole = True
        """Whether the same would come of it again: nothing failed that may succeed when it is asked anew."""

    def __call__(
        self,
        requests: RequestFolder,
        *,
        model: ModelRef,
        asking: str = "",
        stored_only: bool = False,
    ) -> AnsweredRequests:
        """Have requests answered."""
        answered = self._at.answer(requests, model=model, asking=asking, stored_only=stored_only)
        counts = answered.counts
        self.is_whole &= not (counts.n_failed or counts.n_missing)
        self.answered.append(_Answered(model.name, counts))
        self.segments = frozenset().union(*map(segments_of, answered.stores))
        with self._keys.open("ab") as file:
            for shard in requests.shards():
                file.write(keys_of(ids_of(shard)).tobytes())
        return answered


def _digest(step: Step, at: StepContext, parts: Mapping[str, _Stamp]) -> str:
    """Hash all that the rows of a step depend on."""
    steps = [[one.name, one.version, one.model_dump(mode="json")] for one in (*at.before, step)]
    models = {name: model.model_dump(mode="json") for name, model in at.models.items()}
    chosen = None if at.chosen is None else content_id(at.chosen.to_pylist())
    read = {name: _hash(at.staging.root / name) for name in parts}
    return content_id([at.run_id, at.stage, steps, own_code(step), models, chosen, read])


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _parts(root: Path) -> dict[str, _Stamp]:
    """List the parts of all tables."""
    files = sorted(file for file in root.glob("*/*.parquet") if file.parent.name[0] != ".")
    return {str(f.relative_to(root)): stamp for f in files if (stamp := _stamp(f))}


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns
