"""What a person should know when a run is over."""

from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.text import Text

from flows.render import annotator_table, standing_table
from flows.shortcut_views import warning_lines
from flows.split_views import split_lines
from schemas.judgments import VERIFIED
from schemas.strengths import Standing
from warehouse.catalog import Warehouse
from warehouse.provenance import Provenance, provenance_of
from warehouse.report.queries import figure_sql
from warehouse.report.shortcuts import read_shortcuts
from warehouse.report.words import cycles_sentence
from warehouse.sql import quote

_GOLD = f"""
    SELECT count(*) AS n, count(*) FILTER (
        g.verdict = CASE WHEN p.is_tied THEN 'tie' WHEN p.chosen_id = c.response_ids[1] THEN 'a' ELSE 'b' END
    ) AS n_met
    FROM gold AS g JOIN comparisons AS c USING (comparison_id)
    JOIN preferences AS p USING (comparison_id)
    WHERE p.release = ? AND g.basis <> {quote(VERIFIED)}
"""
_VERIFIED = f"""
    SELECT count(*) FROM gold AS g JOIN preferences AS p USING (comparison_id)
    WHERE p.release = ? AND g.basis = {quote(VERIFIED)}
"""


def print_summary(warehouse: Warehouse, release: str, console: Console) -> None:
    """Print how reliable each annotator proved, how the labels stand against gold, and what they say together.

    Args:
        warehouse: Where the release lies.
        release: Name and number.
        console: Where to.
    """
    provenance = provenance_of(warehouse, release)
    console.print(annotator_table(provenance.annotators))
    n_gold, n_met = warehouse.con.execute(_GOLD, [release]).fetchone() or (0, 0)
    if n_gold:
        console.print(
            f"published labels agree with {n_met} of {n_gold} gold comparisons, "
            "each labelled without its own gold verdict",
            highlight=False,
            soft_wrap=True,
        )
    (n_verified,) = warehouse.con.execute(_VERIFIED, [release]).fetchone() or (0,)
    if n_verified:
        console.print(f"people verified {n_verified:,} of the published labels", highlight=False)
    for found in findings(warehouse, provenance):
        console.print(found)


def findings(warehouse: Warehouse, provenance: Provenance) -> Iterator[RenderableType]:
    """Give what the labels together say: how the models stand, whether labels contradict each other, what predicts them.

    None of it where there is nothing to say: no two models were compared, no prompt has three decided labels, no
    shortcut warns, no split is empty.
    """
    of = {"release": provenance.release.release, "run_id": provenance.run.run_id}
    rows = {
        name: warehouse.query(figure_sql(name, **of), at=of["release"]).to_pylist()
        for name in ("standings", "cycles")
    }
    if rows["standings"]:
        run_id = {"run_id": of["run_id"]}
        yield standing_table(Standing.model_validate(row | run_id) for row in rows["standings"])
    if said := cycles_sentence(rows["cycles"][0]):
        yield Text(said)
    if warnings := list(warning_lines(read_shortcuts(warehouse, **of))):
        yield Group(*warnings)
    yield from split_lines(warehouse, provenance)
