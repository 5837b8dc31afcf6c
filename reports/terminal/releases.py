"""What the terminal shows: tables made of records and rows, nothing read and nothing printed."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.text import Text

from winnow.reports.release.words import follows_places, is_stand_in, is_unread
from winnow.reports.terminal.people import alpha_table, people_view
from winnow.reports.terminal.query import query_table
from winnow.reports.terminal.tables import RowTable, facts_table, number, prose
from winnow.schemas.durations import rough_duration
from winnow.schemas.labels import Annotator, decides_nothing
from winnow.schemas.plurals import counted
from winnow.schemas.prices import in_words, spent_by, total_in_words
from winnow.schemas.runs import ModelUse, Release, Run, StageCount, cached_share, count_in_words
from winnow.warehouse.audit import AuditResult
from winnow.warehouse.provenance import Provenance
from winnow.warehouse.releases import ReleaseDifference

_SHOWN_CHANGES = 20
_SHORT_ID = 12


def releases_table(releases: Iterable[Release]) -> RowTable:
    """List releases, the newest last."""
    table = RowTable("release", number("preferences"), "published (UTC)", "run", "content")
    for release in releases:
        table.add_row(
            Text(release.release, style="bold"),
            f"{release.n_preferences:,}",
            _minute(release.created_at),
            release.run_id[:_SHORT_ID],
            release.content_hash[:_SHORT_ID],
        )
    return table


def release_view(
    provenance: Provenance,
    findings: Iterable[RenderableType] = (),
    alarms: Iterable[RenderableType] = (),
) -> RenderableType:
    """Show one release: what it holds, how it was labelled, where it comes from and whether the audit held.

    Args:
        provenance: What stands behind it.
        findings: What belongs below the annotators.
        alarms: What makes the release worthless.
    """
    release, run = provenance.release, provenance.run
    title = Text.assemble(
        (release.release, "bold"), f"  {counted(release.n_preferences, 'preference')}, published {_minute(release.created_at)} UTC"
    )  # fmt: skip
    return Group(
        title,
        *alarms,
        "",
        stage_table(run.counts),
        "",
        annotator_table(provenance.annotators),
        "",
        *(part for found in findings for part in (found, "")),
        *_agreement(provenance),
        _lineage(provenance),
    )


def _agreement(provenance: Provenance) -> list[RenderableType]:
    figures = provenance.agreement
    if figures is None or not (figures.alphas or figures.people):
        return []
    return [people_view(figures) if figures.people else alpha_table(figures.alphas), ""]


def stage_table(counts: Sequence[StageCount]) -> RowTable:
    """Show what went into each stage, what came out and why the rest did not."""
    counted = map(number, ("in", "out", "rejected"))
    table = RowTable("stage", "unit", *counted, prose("why"), number("reused"), number("time"))
    for count in counts:
        reasons = [f"{reject.reason} {reject.n:,}" for reject in count.rejected]
        words = count.not_asked_for_words
        not_drawn = [f"{words}: {reject.reason} {reject.n:,}" for reject in count.not_asked_for]
        table.add_row(
            Text(count.stage, style="bold"),
            Text(count.unit, style="dim"),
            f"{count.n_in:,}",
            f"{count.n_out:,}",
            f"{count.n_rejected:,}" if count.n_rejected else "",
            ", ".join([*reasons, *not_drawn]),
            f"{count.n_reused:,}" if count.n_reused else "",
            Text(f"{count.seconds:.1f} s", style="dim"),
        )
    return table


def annotator_table(annotators: Iterable[Annotator]) -> RowTable:
    """Show how far each annotator can be trusted; one whose weight is nothing is dimmed and called so.

    Columns: pairs whose verdict flips with the order, decisive verdicts for the response shown first, gold verdicts
    named rightly, and what one more decisive verdict adds to the log-odds of a label, given what the others say.
    """
    shown = list(annotators)
    some_invalid = any(annotator.n_invalid for annotator in shown)
    names = ["judgments", "invalid", "flips", "first", "gold", "weight"]
    figures = [number(name) for name in names if some_invalid or name != "invalid"]
    table = RowTable("annotator", *figures, prose(""))
    for annotator in shown:
        consistency, bias = annotator.order_consistency, annotator.position_bias
        is_mute, n_gold = decides_nothing(annotator), annotator.n_gold
        invalid = [f"{annotator.n_invalid:,}" if annotator.n_invalid else ""]
        table.add_row(
            annotator.annotator_id,
            f"{annotator.n_judgments:,}",
            *(invalid if some_invalid else ()),
            _share(None if consistency is None else 1 - consistency),
            _share(None if bias is None else 0.5 + bias),
            f"{_share(annotator.gold_accuracy)} of {n_gold:,}" if n_gold else "–",
            "0.0" if is_mute else f"{annotator.weight:.1f}",
            _standing(annotator),
            style="dim" if is_mute else "",
        )
    return table


def compare_view(difference: ReleaseDifference) -> RenderableType:
    """Show what changed between two releases: counts by reason, then the first changes."""
    title = Text.assemble(
        (f"{difference.old} → {difference.new}", "bold"), f"  {difference.n_same:,} the same"
    )
    counts = difference.counts()
    if not counts:
        return Group(title, "Nothing was added, dropped or flipped.")
    table = RowTable("change", "reason", number("comparisons"))
    for (change, reason), n in counts.items():
        table.add_row(change, reason or "", f"{n:,}")
    first = difference.changes.slice(0, _SHOWN_CHANGES)
    shown = query_table(first.select(["change", "reason", "comparison_id", "detail"]))
    n_more = difference.changes.num_rows - first.num_rows
    return Group(
        title,
        "",
        table,
        "",
        shown,
        *([Text(f"and {n_more:,} more changes", style="dim")] if n_more else []),
    )


def _lineage(provenance: Provenance) -> RowTable:
    release, run = provenance.release, provenance.run
    checks = AuditResult.model_validate_json(release.audit)
    n_broken = len(checks.failures)
    held = (
        f"all {len(checks.checks)} expectations held"
        if not n_broken
        else f"{n_broken} expectations broken"
    )
    models = ", ".join(f"{use.model} ({_use(use)})" for use in run.models)
    facts = {
        "run": f"{run.run_id} ({run.name})",
        "started": f"{_minute(run.started_at)} UTC",
        **({} if run.seconds is None else {"worked": worked(run.seconds, run.n_starts)}),
        "snapshot": str(provenance.snapshot),
        "content": release.content_hash,
        "settings": provenance.settings_hash,
        "code": f"winnow {run.code_version}",
        "models": models or "none called",
        **({"cost": cost} if (cost := cost_line(run)) else {}),
        "audit": held,
    }
    return facts_table(facts)


def _standing(annotator: Annotator) -> str:
    said = ["stand-in"] if is_stand_in(annotator) else []
    if is_unread(annotator):
        said.append("unread")
    elif decides_nothing(annotator):
        said.append("decides nothing")
    elif annotator.weight < 0:
        said.append("counts the other way")
    elif follows_places(annotator):
        said.append("flips with the order")
    return ", ".join(said)


def cost_line(run: Run) -> str:
    """Say what a run cost in all and by model, in the currency of its settings; empty where these set no price."""
    spent = spent_by(run)
    whole = total_in_words(spent)
    parts = [f"{one.use.name} {in_words(one.cost, is_whole=one.is_whole)}" for one in spent]
    return f"{whole}: {', '.join(parts)}" if whole and len(parts) > 1 else whole


def worked(seconds: float, n_starts: int) -> str:
    """Say how long a run was worked on, in all tries of it."""
    return rough_duration(seconds) + (f" in {n_starts:,} tries" if n_starts > 1 else "")


def _use(use: ModelUse) -> str:
    said = f"{counted(use.n_requests, 'request')}, {count_in_words(use.n_tokens, use.n_uncounted)} tokens"
    if (share := cached_share([use])) is not None:
        said += f", {_share(share)} of the tokens read cached"
    return (
        f"{said}: {counted(use.n_uncounted, 'answer')} came without a count"
        if use.n_uncounted
        else said
    )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _minute(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M}"
