"""One evaluation of judges: read what is labelled, run judges where some are named, measure, write."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from winnow.annotation.evaluation import Evaluation, evaluate, figure_table
from winnow.flows.evaluation.critiques import compare_with_people, with_critiques
from winnow.flows.evaluation.judging import judges_ready
from winnow.flows.settings.evaluation import EvaluationSettings
from winnow.flows.terminal.progress import RunProgress
from winnow.pipelines.evaluating.labelled import Labelled
from winnow.pipelines.evaluating.read_files import read_files
from winnow.pipelines.evaluating.read_release import read_release
from winnow.pipelines.evaluating.running import Ran
from winnow.pipelines.labelling.settings import judges_in
from winnow.reports.files import write_page
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.outputs import ending_of
from winnow.schemas.plurals import counted
from winnow.schemas.proxies import spare_loopback
from winnow.schemas.rejects import Reject
from winnow.warehouse import files
from winnow.warehouse.catalog import Warehouse

_RELEASE = re.compile(r"[a-z][a-z0-9_-]*(@([0-9]+|latest))?")
ENDINGS = (".html", *files.ENDINGS)
"""Endings of the files that an evaluation can be written to."""


class EvaluationResult(NamedTuple):
    """An evaluation and what it rests on."""

    title: str
    """What was evaluated on."""

    evaluation: Evaluation
    facts: dict[str, str]
    """Where the figures come from, by name."""

    rejects: list[Reject]
    """Lines that could not be used, and judgments that were asked for and not given."""


def evaluate_judges(
    data: str,
    settings: EvaluationSettings,
    *,
    judgments: Path | None = None,
    gold: Path | None = None,
    with_people: bool = False,
    critiques: str | None = None,
    encoding: str | None = None,
    progress: RunProgress,
) -> EvaluationResult:
    """Score recorded and running judges on labelled comparisons.

    Args:
        data: A folder or file of labelled comparisons, or a release such as "preferences@3".
        settings: The judges to run, and the warehouse.
        judgments: File of recorded judgments, where `data` does not hold them.
        gold: File of gold verdicts, where `data` does not hold them.
        with_people: Whether people are scored as well; gold often comes from them.
        critiques: Model that holds the recorded critiques of judges against those of people; None compares none.
        encoding: Of text files that are not UTF-8 and have no byte-order mark.
        progress: Where progress is shown.

    Raises:
        CurationError: The input cannot be used, a model is not there, or a variable of a proxy cannot be read.
    """
    spare_loopback()
    labelled = read_labelled(data, settings, judgments, gold, encoding)
    if critiques and labelled.said is None:
        raise InvalidSettings(
            f"--critiques: {data} holds no reasons; name a release whose judges and people wrote down theirs"
        )
    ran = _run(labelled, settings, progress) if settings.label else None
    everyone = pa.concat_tables([labelled.judgments, *([ran.judgments] if ran else [])])
    is_person = pc.equal(pc.fill_null(everyone["kind"], ""), "human")
    said = everyone if with_people else everyone.filter(pc.invert(is_person))
    n_people = everyone.num_rows - said.num_rows
    if not said.num_rows:
        raise InvalidSettings(
            f"{data} holds no judgment of a judge"
            + (f", {n_people:,} of people; --people scores them" if n_people else "")
            + "; run judges with --judge pairwise --model smollm2, or with --config judges.yaml"
        )
    evaluation = evaluate(said, labelled.gold, labelled.items, layout=labelled.layout)
    compared = compare_with_people(labelled, settings, critiques, progress) if critiques else None
    if compared:
        evaluation = with_critiques(evaluation, labelled, compared)
    return EvaluationResult(
        title=Path(data).name if Path(data).exists() else data,
        evaluation=evaluation,
        facts=_facts(data, labelled, ran, n_people),
        rejects=[
            *labelled.rejects,
            *(ran.rejects if ran else []),
            *(compared.rejects if compared else []),
        ],
    )


def write_outcome(outcome: EvaluationResult, path: Path) -> None:
    """Write a page (.html), the figures as a table (.parquet, .csv, .tsv, .jsonl), or all of it as JSON.

    Raises:
        UnknownName: The ending is none of these.
    """
    ending = ending_of(path, ENDINGS)
    if ending == ".html":
        from winnow.reports.evaluation.page import render

        write_page(render(outcome.evaluation, title=outcome.title, facts=outcome.facts), path)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    figures = figure_table(outcome.evaluation)
    if ending == ".json":
        whole = {
            "data": outcome.title,
            "facts": outcome.facts,
            "best": outcome.evaluation.best,
            "notes": outcome.evaluation.notes,
            "figures": figures.to_pylist(),
        }
        write_page(json.dumps(whole, indent=1, ensure_ascii=False), path)
    else:
        files.write_rows(figures, path)


def read_labelled(
    data: str,
    settings: EvaluationSettings,
    judgments: Path | None,
    gold: Path | None,
    encoding: str | None,
    *,
    wants_gold: bool = True,
) -> Labelled:
    """Read labelled comparisons from files, or from a release of the warehouse.

    Raises:
        CurationError: They cannot be read, or a judge shows exemplars and no gold is known to take them from.
    """
    found = _read(data, settings, judgments, gold, encoding, wants_gold=wants_gold)
    for i, entry in judges_in(settings.label):
        if entry.needs_gold and not found.gold.num_rows:
            raise InvalidSettings(
                f"label[{i}].exemplars: exemplars are taken from gold, and {data} has none; name comparisons with gold, or leave "
                "exemplars out"
            )
    return found


def _read(
    data: str,
    settings: EvaluationSettings,
    judgments: Path | None,
    gold: Path | None,
    encoding: str | None,
    *,
    wants_gold: bool,
) -> Labelled:
    path, keep_views = Path(data), bool(settings.label)
    if path.exists() or not _RELEASE.fullmatch(data):
        if not path.exists():
            raise InvalidSettings(
                f"no file or folder {data}; name labelled comparisons, or a release such as preferences@1"
            )
        return read_files(
            path,
            judgments,
            gold,
            keep_views=keep_views,
            encoding=encoding,
            wants_gold=wants_gold,
        )
    if judgments or gold:
        raise InvalidSettings(
            f"{data} is a release, which has judgments and gold of its own; leave --judgments and --gold out"
        )
    with Warehouse.open(settings.warehouse, read_only=True) as warehouse:
        return read_release(warehouse, data, keep_views=keep_views, wants_gold=wants_gold)


def _run(labelled: Labelled, settings: EvaluationSettings, progress: RunProgress) -> Ran:
    with judges_ready(settings, progress) as judges:
        ran = judges.run(labelled, settings.label)
    reused = f", {ran.n_reused:,} already paid for" if ran.n_reused else ""
    progress.say(
        f"  judged {counted(ran.n_asked, 'time')}, {counted(ran.judgments.num_rows, 'judgment')}{reused}"
    )
    return ran


def _facts(data: str, labelled: Labelled, ran: Ran | None, n_people: int) -> dict[str, str]:
    read = ", ".join(f"{n:,} {unit}" for unit, n in labelled.n_in.items())
    facts = {"data": data, "read": read or "nothing"}
    if n_people:
        facts["left out"] = (
            f"{counted(n_people, 'judgment')} of people, since gold often comes from them"
        )
    if labelled.rejects:
        facts["rejected"] = count_reasons(labelled.rejects)
    if ran:
        facts["asked now"] = (
            f"{counted(ran.n_asked, 'judgment')}, {ran.n_reused:,} of them already paid for"
        )
    if ran and ran.rejects:
        facts["not given"] = count_reasons(ran.rejects)
    return {**facts, "code": f"Winnow {version('winnow')}"}


def count_reasons(rejects: Sequence[Reject]) -> str:
    """List reasons with their counts, the commonest first."""
    counts = Counter(reject.reason for reject in rejects)
    return ", ".join(f"{reason} {n:,}" for reason, n in counts.most_common())
