"""Commands for the person who decides which labels to trust: aggregate, recompute, filters."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from winnow.flows.commands.options import EncodingOption, ReleaseArgument, WarehouseOption
from winnow.reports.terminal.console import Terminal, say
from winnow.schemas.outputs import ending_of
from winnow.schemas.plurals import agreeing, counted

if TYPE_CHECKING:
    import pyarrow as pa

    from winnow.annotation.aggregation.gold_agreement import GoldAgreement
    from winnow.annotation.aggregation.target import Target
    from winnow.annotation.aggregation.targeted import Kept
    from winnow.pipelines.plain_tables.leaving_out import LeftOut
    from winnow.schemas.judgments import Verdict


def mount(app: typer.Typer) -> None:
    """Put the commands into the `winnow` app."""
    app.command()(aggregate)
    app.command()(filters)
    app.command()(recompute)


def aggregate(
    judgments: Annotated[
        Path,
        typer.Argument(
            help="Table, such as .parquet, .csv or .jsonl: item_id, annotator, verdict; kind, order, subset, and id or "
            "created_at if known. Or a folder with judgments and gold, as evaluate takes it."
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            help="Table of labels to write, .parquet, .csv, .tsv, .jsonl or .json, of text also .gz or .zst; "
            "annotators go beside it."
        ),
    ],
    gold: Annotated[
        Path | None,
        typer.Option(help="Table of verdicts known to be right: item_id, verdict."),
    ] = None,
    method: Annotated[
        str, typer.Option(help="winnow, votes, majority, dawid_skene or mace.")
    ] = "winnow",
    target: Annotated[
        str | None,
        typer.Option(
            help="Accuracy that the kept labels must have, such as 'accuracy 0.95', shown on gold "
            "that was drawn at random."
        ),
    ] = None,
    encoding: EncodingOption = None,
    verdicts: Annotated[
        list[str] | None,
        typer.Option(
            help="Meaning of the file's own word for a verdict, such as left=a; may be repeated."
        ),
    ] = None,
    leave_out: Annotated[
        list[str] | None,
        typer.Option(help="Annotator whose judgments are left out; may be repeated."),
    ] = None,
) -> None:
    """Turn a table of judgments into one label for each item; needs no warehouse.

    Verdicts are a, b, tie or invalid, or words that --verdicts maps to these. The labels hold item_id, p_a, p_b,
    p_tie and more; docs/aggregate.md lists all columns. A table that names model_a and model_b, as logs of battles do, needs
    no texts: the models are ranked, and the table of them goes beside the labels. With a target they hold is_kept as well; where gold does not show that
    enough labels are right, the reason is printed and the exit status is 1.

    Example: `winnow aggregate judgments.parquet --gold gold.parquet --out labels.parquet`

    Example: `winnow aggregate votes.csv --verdicts left=a --verdicts right=b --leave-out bot --out labels.csv`
    """
    from winnow.pipelines.plain_tables import label_table_files

    wanted = _read_target(target) if target else None
    done = label_table_files(
        judgments,
        gold,
        out,
        method=method,
        target=wanted,
        encoding=encoding,
        verdicts=_read_words(verdicts or []),
        leave_out=leave_out or [],
    )
    say(
        f"{counted(done.n_judgments, 'judgment')} of {counted(done.n_annotators, 'annotator')} on {counted(done.n_items, 'item')}"
    )
    if done.left_out is not None:
        say(_left_out(done.left_out))
    if done.agreement is not None:
        say(_agreement(done.agreement))
    for note in done.notes:
        say(f"note: {note}")
    if done.models is not None:
        _show_models(done.models)
    models = f", models in {done.standings}" if done.standings else ""
    say(f"labels in {done.labels}, annotators in {done.annotators}{models}")
    if done.kept is not None and wanted is not None:
        _say_kept(done.kept, wanted)


def _show_models(models: "pa.Table") -> None:
    """Show how the models stand, as a run does."""
    from winnow.reports.terminal.standings import standing_view
    from winnow.schemas.strengths import Standing

    rows = [Standing.model_validate(row | {"run_id": "-"}) for row in models.to_pylist()]
    Terminal().print(standing_view(rows))


def _left_out(found: "LeftOut") -> str:
    """Say whose judgments were left out of labels and figures."""
    alone = (
        f"; {counted(found.n_items, 'item')} that nobody else judged {agreeing(found.n_items, 'has', 'have')} no label"
        if found.n_items
        else ""
    )
    return (
        f"left out: {', '.join(found.annotators)} ({counted(found.n_judgments, 'judgment')}){alone}"
    )


def _read_words(given: list[str]) -> "dict[str, Verdict]":
    """Read "left=a" as the settings of a run have it: {left: a}."""
    from pydantic import TypeAdapter, ValidationError

    from winnow.schemas.errors import InvalidSettings
    from winnow.schemas.judgments import Verdict

    words = {}
    for text in given:
        word, _, verdict = text.rpartition("=")
        try:
            words[word] = TypeAdapter(Verdict).validate_python(verdict)
        except ValidationError:
            word = ""
        if not word:
            raise InvalidSettings(
                f"--verdicts is {text!r}, wanted WORD=VERDICT with one of a, b, tie, invalid, such as left=a"
            )
    return words


def _agreement(found: "GoldAgreement") -> str:
    """Say how far labels agree with gold, and on how many items that rests."""
    n_unread = found.n_gold - found.n_ties - found.n_readable
    left_out = [
        *([counted(found.n_ties, "tie")] if found.n_ties else []),
        *([f"{n_unread:,} without a readable judgment"] if n_unread else []),
    ]
    base = f"of {counted(found.n_gold, 'judged gold item')}, {' and '.join(left_out)} {agreeing(found.n_gold - found.n_readable, 'is', 'are')} not counted"
    if found.share is None:
        return (
            f"agreement with gold is unknown: {base if found.n_gold else 'no gold item was judged'}"
        )
    return (
        f"labels agree with {found.n_right:,g} of {counted(found.n_readable, 'gold item')} ({found.share:.1%}), "
        f"each labelled without its own gold verdict{f'; {base}' if left_out else ''}"
    )


def _read_target(text: str) -> "Target":
    from winnow.annotation.aggregation.target import Target
    from winnow.schemas.errors import InvalidSettings

    try:
        return Target.parse(text)
    except ValueError as error:
        raise InvalidSettings(f"--target: {error}") from None


def _say_kept(kept: "Kept", target: "Target") -> None:
    from winnow.schemas.errors import TargetRefused

    found = kept.decision
    if kept.threshold is None:
        raise TargetRefused(
            f"{target} is refused: {found.reason}; is_kept is false throughout; ask for less, or add gold or better annotators",
            reason=found.reason,
        )
    say(
        f"kept {kept.is_kept.mean():.1%} of the labels, those whose verdict has a probability of {kept.threshold:g} or "
        f"more: {found.n_right} of {counted(found.n_kept, 'gold label')} among them are right, which shows an accuracy of "
        f"{found.accuracy_low:.3f} with confidence {target.confidence:g}"
    )


def recompute(
    release: ReleaseArgument,
    settings: Annotated[
        Path | None,
        typer.Option(
            help="Settings whose keys aggregate, keep and assemble hold in place of the run's own."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Table of the preferences as they come out, .parquet, .csv, .tsv, .jsonl or .json."
        ),
    ] = None,
    warehouse: WarehouseOption = None,
) -> None:
    """Compute labels and preferences of a release again from the judgments behind it; calls no model and changes nothing.

    Says whether they come out as they were published, and which do not (exit status 1). With --settings it says what other
    rules, filters or splits would have made of the same judgments.

    Example: `winnow recompute preferences@1`

    Example: `winnow recompute preferences@1 --settings stricter.yaml --out stricter.parquet`
    """
    from winnow.flows.curation.recompute import recompute_release
    from winnow.flows.output_checks import check_beside
    from winnow.flows.settings.environment import load_warehouse
    from winnow.flows.settings.rounds import load_any_settings
    from winnow.warehouse.catalog import Warehouse
    from winnow.warehouse.files import ENDINGS, write_rows

    place = load_warehouse(warehouse)
    if out is not None:
        ending_of(out, ENDINGS)
        check_beside(out, place, {"--settings": settings})
    wanted = load_any_settings(settings, warehouse) if settings else None
    with Warehouse.open(place, read_only=True) as opened:
        found = recompute_release(opened, release, wanted)
    for line in found.lines:
        say(line)
    if out is not None:
        write_rows(found.preferences, out)
        say(f"{counted(found.preferences.num_rows, 'preference')} in {out}")
    if wanted is None and not found.is_same:
        raise typer.Exit(1)


def filters(
    release: ReleaseArgument,
    check: Annotated[
        list[str] | None,
        typer.Option(
            help="Check such as margin=0.3, order_consistent or 'margin=accuracy 0.95'; "
            "else those of the release's run."
        ),
    ] = None,
    sweep: Annotated[
        str | None,
        typer.Option(
            help="Name of one check: try its thresholds, and say which target accuracies gold supports; "
            "with --check, on what those checks keep."
        ),
    ] = None,
    warehouse: WarehouseOption = None,
) -> None:
    """Show what each check does, alone and together, to coverage and to accuracy on gold; calls no model.

    Example: `winnow filters preferences@1 --check margin=0.3 --check agreement=0.8`

    Example: `winnow filters preferences@1 --sweep posterior`
    """
    from winnow.flows.curation.recompute import never_asked
    from winnow.flows.evaluation.filter_table import measure_release, sweep_release
    from winnow.flows.settings.environment import load_warehouse
    from winnow.pipelines.stored import stored_aside
    from winnow.reports.terminal.filters import effects_view, sweep_view
    from winnow.warehouse.catalog import Warehouse

    with Warehouse.open(load_warehouse(warehouse), read_only=True) as opened:
        if sweep:
            view = sweep_view(*sweep_release(opened, release, sweep, check or []))
        else:
            view = effects_view(measure_release(opened, release, check or []))
        n_aside = stored_aside(opened, release).num_rows
    Terminal().print(view)
    if n_aside:
        say(never_asked(n_aside))
