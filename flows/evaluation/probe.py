"""Judges probed for biases: read comparisons, have them judged as they are and altered, measure, write."""

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from winnow.annotation.evaluation.probing import ProbeEffect
from winnow.annotation.probe import Probe
from winnow.annotation.probes import PROBES
from winnow.flows.evaluation.evaluate import ENDINGS, read_labelled
from winnow.flows.evaluation.judging import judges_ready
from winnow.flows.settings.evaluation import EvaluationSettings
from winnow.flows.terminal.progress import RunProgress
from winnow.pipelines.evaluating.labelled import Labelled
from winnow.pipelines.evaluating.probing import ProbeExample, probe_judges
from winnow.reports.evaluation.probe_rows import effect_table
from winnow.reports.files import write_page
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.ids import content_id
from winnow.schemas.outputs import ending_of
from winnow.schemas.plurals import counted
from winnow.schemas.proxies import spare_loopback
from winnow.warehouse import files


class ProbeResult(NamedTuple):
    """What probes found, and what it rests on."""

    title: str
    """What was probed on."""

    effects: list[ProbeEffect]
    """One of each annotator and probe."""

    examples: list[ProbeExample]
    """Comparisons whose verdict moved to the altered side."""

    facts: dict[str, str]
    """Where the figures come from, by name."""


def probes_named(names: Sequence[str]) -> list[Probe]:
    """Return probes by name, all of them where none is named.

    Raises:
        UnknownName: There is no such probe.
    """
    return [PROBES.find(name)() for name in names or PROBES]


def probe_annotators(
    data: str,
    settings: EvaluationSettings,
    probes: Sequence[Probe],
    *,
    most: int | None = None,
    encoding: str | None = None,
    progress: RunProgress,
) -> ProbeResult:
    """Probe the annotators of settings on comparisons; what is right of these need not be known.

    Args:
        data: A folder or file of comparisons, or a release such as "preferences@3".
        settings: The annotators, and the warehouse.
        probes: The probes.
        most: Comparisons at most, drawn by their ids; None for all.
        encoding: Of text files that are not UTF-8 and have no byte-order mark.
        progress: Where progress is shown.

    Raises:
        CurationError: The input cannot be used, or a model is not there.
    """
    spare_loopback()
    if not settings.label:
        raise InvalidSettings(
            "nobody is named that could be probed; name judges with --judge pairwise --model smollm2, or with "
            "--config judges.yaml"
        )
    labelled = _some(read_labelled(data, settings, None, None, encoding, wants_gold=False), most)
    with judges_ready(settings, progress) as judges:
        found = probe_judges(labelled, settings.label, probes, models=judges.models, run=judges.run)
    facts = {
        "data": data,
        "comparisons": f"{len(labelled.views):,}",
        "probes": ", ".join(f"{probe.name}@{probe.version}" for probe in probes),
        "asked": f"{counted(found.n_asked, 'judgment')}, {found.n_reused:,} of the answers already paid for",
    }
    if found.n_rejects:
        facts["not given"] = counted(found.n_rejects, "judgment")
    facts["code"] = f"Winnow {version('winnow')}"
    title = Path(data).name if Path(data).exists() else data
    return ProbeResult(title, found.effects, found.examples, facts)


def write_probes(outcome: ProbeResult, path: Path) -> None:
    """Write a page (.html), the effects as a table (.parquet, .csv, .tsv, .jsonl), or all of it as JSON.

    Raises:
        UnknownName: The ending is none of these.
    """
    ending = ending_of(path, ENDINGS)
    if ending == ".html":
        from winnow.reports.evaluation.probe_page import render_probes

        page = render_probes(
            outcome.effects, outcome.examples, title=outcome.title, facts=outcome.facts
        )
        write_page(page, path)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    table = effect_table(outcome.effects)
    if ending == ".json":
        whole = {"data": outcome.title, "facts": outcome.facts, "effects": table.to_pylist()}
        write_page(json.dumps(whole, indent=1, ensure_ascii=False), path)
    else:
        files.write_rows(table, path)


def _some(labelled: Labelled, most: int | None) -> Labelled:
    if most is None or len(labelled.views) <= most:
        return labelled
    drawn = sorted(labelled.views, key=lambda view: content_id(["probe", view.comparison_id]))
    return labelled._replace(views=drawn[:most])
