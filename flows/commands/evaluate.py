"""The command that scores judges: evaluate."""

from pathlib import Path
from typing import Annotated

import typer

from winnow.flows.commands.options import EncodingOption, WarehouseOption
from winnow.reports.terminal.console import Terminal, say
from winnow.schemas.outputs import ending_of


def mount(app: typer.Typer) -> None:
    """Put the command into the `winnow` app."""
    app.command()(evaluate)


def evaluate(
    data: Annotated[
        str,
        typer.Argument(
            help="Folder with pairs, judgments and gold; a file of pairs, judgments or RewardBench rows; "
            "or a release such as preferences@3."
        ),
    ],
    judgments: Annotated[
        Path | None, typer.Option(help="Recorded judgments: item_id, annotator, verdict.")
    ] = None,
    gold: Annotated[
        Path | None, typer.Option(help="Verdicts known to be right: item_id, verdict.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(help="YAML with models and label as in a run: the judges to run now."),
    ] = None,
    judge: Annotated[
        list[str] | None, typer.Option(help="Judge to run now, such as pairwise.")
    ] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="Model it asks: smollm2, or one of --config.")
    ] = None,
    people: Annotated[
        bool,
        typer.Option(
            "--people",
            help="Score people as well; left out otherwise, since gold often comes from them.",
        ),
    ] = False,
    critiques: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Have this model hold the reasons of judges against those of people, of a release.",
        ),
    ] = None,
    out: Annotated[
        list[Path] | None,
        typer.Option(
            help="Write a page (.html) or the figures (.json, .parquet, .csv, .tsv, .jsonl)."
        ),
    ] = None,
    encoding: EncodingOption = None,
    warehouse: WarehouseOption = None,
) -> None:
    """Score judges on comparisons whose better response is known, side by side.

    Accuracy by subset and language with intervals, consistency between the two orders, position and length bias,
    calibration, and cost and time of 1,000 comparisons. Killed and started again, no answered request is asked twice.

    Example: `winnow evaluate reward-bench.parquet --judge pairwise --model smollm2 --out report.html`
    """
    from winnow.flows.evaluation.evaluate import (
        ENDINGS,
        count_reasons,
        evaluate_judges,
        write_outcome,
    )
    from winnow.flows.output_checks import check_beside
    from winnow.flows.settings.evaluation import load_evaluation
    from winnow.flows.terminal.progress import RunProgress
    from winnow.pipelines.evaluating.sources import evaluated_files
    from winnow.reports.terminal.evaluation import evaluation_view

    for path in out or ():
        ending_of(path, ENDINGS)
    settings = load_evaluation(config, judge or (), model or (), warehouse)
    read = {"--judgments": judgments, "--gold": gold, "--config": config}
    for path in out or ():
        check_beside(path, settings.warehouse, {**evaluated_files(Path(data)), **read})
    console = Terminal()
    with RunProgress(console) as progress:
        outcome = evaluate_judges(
            data,
            settings,
            judgments=judgments,
            gold=gold,
            with_people=people,
            critiques=critiques,
            encoding=encoding,
            progress=progress,
        )
    console.print(evaluation_view(outcome.evaluation))
    if outcome.rejects:
        first = outcome.rejects[0]
        say(f"left out: {count_reasons(outcome.rejects)}; first {first.record_id}: {first.detail}")
    for path in out or ():
        write_outcome(outcome, path)
        say(f"written: {path}")
