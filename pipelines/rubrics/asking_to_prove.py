"""Judges at work on held-out comparisons: with the rubrics that are tried, without, and with those of other prompts."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import duckdb

from winnow.pipelines.asking.answer import AnswerRequests
from winnow.pipelines.beam import BeamSettings
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.labelling.exemplars import write_exemplars
from winnow.pipelines.labelling.judge_at_work import JudgeAtWork
from winnow.pipelines.labelling.judging import judge
from winnow.pipelines.labelling.portions import StagedPortion, portion_out
from winnow.pipelines.labelling.said_files import SaidFolder
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.rubrics.proving_portions import ProvingPortion, Way, give_rubrics
from winnow.warehouse.places.place import Place
from winnow.warehouse.places.placed_file import on_disk
from winnow.warehouse.staging import Staging

_WORDS: Mapping[Way, str] = {
    "votes": "by rubrics",
    "without": "without a rubric",
    "control": "by rubrics of other prompts",
}
_TRIED = "SELECT DISTINCT comparison_id, rubric_id FROM trials ORDER BY ALL"
_CRITERIA = "SELECT * FROM criteria ORDER BY rubric_id, criterion_id"
_CANDIDATES = "SELECT * FROM candidates ORDER BY rubric_id"


class AskedToProve(NamedTuple):
    """Files of what judges said."""

    asked: list[Path]
    """Judgments with the rubrics, and without."""

    control: list[Path]
    """Judgments with the rubrics of other prompts."""

    n_unanswered: int
    """Judgments that were not given."""

    n_reused: int
    """Answers that were paid for before."""


@dataclass(frozen=True)
class Proving:
    """How judges are asked."""

    models: Mapping[str, ModelRef]
    """Models by their names in the settings."""

    answer: AnswerRequests
    """Has requests answered."""

    beam: BeamSettings
    """Where questions are written and read."""

    samples: int = 1
    """Replies to each question about a rubric."""

    asks_again: bool = False
    """Whether replies that cannot be read are asked for again."""


@contextmanager
def asked_to_prove(
    con: duckdb.DuckDBPyConnection,
    staging: Staging,
    stage: str,
    wanted: Mapping[Way, Sequence[JudgeSettings]],
    proving: Proving,
) -> Iterator[AskedToProve]:
    """Have judges judge what is tried, and lend the files of what they say.

    Args:
        con: As `winnow.pipelines.rubrics.tried_rubrics.tried_on` lends it.
        staging: Holds the comparisons with their texts.
        stage: The step.
        wanted: The judges by the way in which they judge.
        proving: How they are asked.
    """
    trials = con.execute(_TRIED).to_arrow_table()
    rubrics, criteria = (con.execute(sql).to_arrow_table() for sql in (_CANDIDATES, _CRITERIA))
    with staging.shared(stage) as shared, staging.scratch(stage) as scratch:
        chosen = trials["comparison_id"].combine_chunks().unique()
        portions = portion_out(staging, shared.within("portions"), scratch / "spill", chosen=chosen)
        give_rubrics(portions, trials, rubrics, criteria)
        found: dict[bool, list[Path]] = {True: [], False: []}
        n_unanswered = n_reused = 0
        for n, (way, entry, sample) in enumerate(_turns(wanted, proving.samples)):
            said = SaidFolder(shared.within(f"said-{n}"))
            work = _at_work(entry, portions, staging, proving, shared.within(f"exemplars-{n}"))
            judged = judge(
                [ProvingPortion(portion, way) for portion in portions],
                replace(work, sample_index=sample, _frames={}),
                answer=proving.answer,
                asking=f"{entry.title} asks {{}} {_WORDS[way]}{_nth(sample, proving)}".format,
                beam=proving.beam,
                folder=shared.within(f"asked-{n}"),
                said=said,
            )
            n_reused += judged.n_reused
            n_unanswered += sum(file.metadata().num_rows for file in said.rejects())
            found[way == "control"] += on_disk(said.judgments(), scratch / f"said-{n}")
        yield AskedToProve(found[False], found[True], n_unanswered, n_reused)


def _nth(sample: int, proving: Proving) -> str:
    return f", sample {sample + 1} of {proving.samples}" if proving.samples > 1 else ""


def _turns(
    wanted: Mapping[Way, Sequence[JudgeSettings]], samples: int
) -> Iterator[tuple[Way, JudgeSettings, int]]:
    for way, entries in wanted.items():
        for entry in {entry.annotator_id: entry for entry in entries}.values():
            yield from ((way, entry, sample) for sample in range(samples))


def _at_work(
    entry: JudgeSettings,
    portions: Sequence[StagedPortion],
    staging: Staging,
    proving: Proving,
    place: Place,
) -> JudgeAtWork:
    wanted = entry.build().shows
    exemplars = None
    if wanted is not None:
        exemplars = write_exemplars((p.views() for p in portions), wanted, staging, place)
    return JudgeAtWork.of(entry, proving.models, asks_again=proving.asks_again, exemplars=exemplars)
