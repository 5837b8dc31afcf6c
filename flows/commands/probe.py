"""The command that probes judges for biases: probe."""

from pathlib import Path
from typing import Annotated

import typer

from winnow.flows.commands.options import EncodingOption, WarehouseOption
from winnow.reports.terminal.console import Terminal, say
from winnow.schemas.outputs import ending_of


def mount(app: typer.Typer) -> None:
    """Put the command into the `winnow` app."""
    app.command()(probe)


def probe(
    data: Annotated[
        str,
        typer.Argument(
            help="Comparisons: what `winnow evaluate` reads, with gold or without; or a release such as preferences@3."
        ),
    ],
    config: Annotated[
        Path | None,
        typer.Option(help="YAML with models and label as in a run: the judges to probe."),
    ] = None,
    judge: Annotated[list[str] | None, typer.Option(help="Judge, such as pairwise.")] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="Model it asks: smollm2, or one of --config.")
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--probe", help="Probe, such as length; all of them where none is named."),
    ] = None,
    most: Annotated[
        int | None,
        typer.Option(min=1, help="Comparisons at most, drawn by their ids; all where left out."),
    ] = None,
    out: Annotated[
        list[Path] | None,
        typer.Option(
            help="Write a page (.html) or the effects (.json, .parquet, .csv, .tsv, .jsonl)."
        ),
    ] = None,
    encoding: EncodingOption = None,
    warehouse: WarehouseOption = None,
) -> None:
    """Probe judges: alter comparisons in ways that make no response better, and see which verdicts change.

    Length, position, self-preference, authority, sycophancy, formatting and instructions within a response, each with
    its interval. Killed and started again, no answered request is asked twice.

    Example: `winnow probe reward-bench.parquet --judge pairwise --model smollm2 --most 100 --out probes.html`
    """
    from winnow.flows.evaluation.evaluate import ENDINGS
    from winnow.flows.evaluation.probe import probe_annotators, probes_named, write_probes
    from winnow.flows.output_checks import check_beside
    from winnow.flows.settings.evaluation import load_evaluation
    from winnow.flows.terminal.progress import RunProgress
    from winnow.pipelines.evaluating.sources import evaluated_files
    from winnow.reports.terminal.probes import probes_view

    for path in out or ():
        ending_of(path, ENDINGS)
    probes = probes_named(only or ())
    settings = load_evaluation(config, judge or (), model or (), warehouse)
    for path in out or ():
        read = {**evaluated_files(Path(data)), "--config": config}
        check_beside(path, settings.warehouse, read)
    console = Terminal()
    with RunProgress(console) as progress:
        outcome = probe_annotators(
            data, settings, probes, most=most, encoding=encoding, progress=progress
        )
    console.print(probes_view(outcome.effects))
    for path in out or ():
        write_probes(outcome, path)
        say(f"written: {path}")
