"""What the page shows, as plain values: read from the warehouse as it was when the release was published."""

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from winnow.reports.intervals import Share, share
from winnow.reports.release.queries import figure_sql
from winnow.reports.release.rubrics import RubricsSection, rubrics_section
from winnow.reports.release.shortcuts import read_shortcuts
from winnow.schemas.labels import Annotator
from winnow.schemas.shortcuts import Shortcut
from winnow.warehouse.provenance import Provenance, provenance_of

if TYPE_CHECKING:
    from winnow.warehouse.catalog import Warehouse

_FIGURES = (
    "label_gold", "orders", "agreement", "confidence", "margins", "lengths", "length_bias", "models",
    "splits", "sampled", "rejects", "filters", "cycles", "standings", "examples", "without_text",
)  # fmt: skip
_MOST_IN_MATRIX = 12


class AnnotatorFigures(NamedTuple):
    """One annotator, with the counts behind each share."""

    record: Annotator
    """What the run measured."""

    flips: Share | None
    """Pairs judged in both orders whose verdicts differ; None where there were none."""

    first: Share | None
    """Decisive verdicts for the response shown first; None where there were none."""

    gold: Share | None
    """Decisive gold comparisons judged rightly; None where there were none."""


class Matrix(NamedTuple):
    """How often annotators agree with each other."""

    names: list[str]
    """Annotators, heaviest first, the first twelve of them."""

    cells: dict[tuple[str, str], Share]
    """Agreement by (one, other), both ways round; pairs that share no comparison are absent."""

    n_more: int
    """Annotators that the matrix has no room for."""


class Example(NamedTuple):
    """One preference with the votes behind it."""

    preference: dict[str, Any]
    """Row of preference_texts, with `chosen_id` and `response_ids`."""

    votes: list[dict[str, Any]]
    """annotator_id, kind, shown, verdict, rationale and `turns`, those of `panel_turns` or None; `names`, the side it names, "tie" or "invalid"; `first`, the
    response that it was shown first, None where there was no order."""

    chosen_is: Literal["a", "b"]
    """Which response of the comparison the chosen one is."""

    rejected_is: Literal["a", "b"]
    """Which one the rejected one is."""


class ReportData(NamedTuple):
    """Everything on the page."""

    provenance: Provenance
    rows: dict[str, list[dict[str, Any]]]
    """Result of each figure's SQL."""

    sql: dict[str, str]
    """The SQL of each figure."""

    annotators: list[AnnotatorFigures]
    gold: Share | None
    """Labels of the run that name the verdict that gold names; None without gold."""

    longer_chosen: Share | None
    """Decided preferences of unequal length whose chosen response is the longer one."""

    matrix: Matrix
    shortcuts: list[Shortcut]
    rubrics: RubricsSection | None
    """None where the release has nothing to do with rubrics."""

    examples: list[Example]


def read_report(warehouse: "Warehouse", release: str) -> ReportData:
    """Read all that the page shows.

    Raises:
        UnknownName: There is no such release.
    """
    provenance = provenance_of(warehouse, release)
    name, run_id = provenance.release.release, provenance.run.run_id
    sql = {figure: figure_sql(figure, release=name, run_id=run_id) for figure in _FIGURES}
    rows = {figure: warehouse.query(text, at=name).to_pylist() for figure, text in sql.items()}
    ids = [row["preference_id"] for row in rows["examples"]]
    sql["votes"] = figure_sql("votes", release=name, run_id=run_id, preferences=ids)
    votes = warehouse.query(sql["votes"], at=name).to_pylist()
    sql["shortcuts"] = figure_sql("shortcuts", release=name, run_id=run_id)
    gold, longer = rows["label_gold"][0], rows["length_bias"][0]
    return ReportData(
        provenance=provenance,
        rows=rows,
        sql=sql,
        annotators=_annotators(provenance.annotators, rows["orders"]),
        gold=share(gold["n_right"], gold["n"]),
        longer_chosen=share(longer["n_longer_chosen"], longer["n"]),
        matrix=_matrix(provenance.annotators, rows["agreement"]),
        shortcuts=read_shortcuts(warehouse, name, run_id),
        rubrics=rubrics_section(warehouse, name, run_id),
        examples=[_example(row, votes) for row in rows["examples"]],
    )


def _annotators(records: list[Annotator], orders: list[dict[str, Any]]) -> list[AnnotatorFigures]:
    by_id = {row["annotator_id"]: row for row in orders}
    found = []
    for record in records:
        order = by_id.get(record.annotator_id)
        gold = None
        if record.gold_accuracy is not None:
            gold = share(round(record.gold_accuracy * record.n_gold), record.n_gold)
        found.append(
            AnnotatorFigures(
                record=record,
                flips=share(order["n_both"] - order["n_same"], order["n_both"]) if order else None,
                first=share(order["n_first"], order["n_decisive"]) if order else None,
                gold=gold,
            )
        )
    return found


def _matrix(records: list[Annotator], agreement: list[dict[str, Any]]) -> Matrix:
    cells: dict[tuple[str, str], Share] = {}
    for row in agreement:
        found = share(row["n_same"], row["n"])
        if found:
            cells[row["one"], row["other"]] = cells[row["other"], row["one"]] = found
    names = [record.annotator_id for record in records]
    return Matrix(names[:_MOST_IN_MATRIX], cells, max(0, len(names) - _MOST_IN_MATRIX))


def _example(row: dict[str, Any], votes: list[dict[str, Any]]) -> Example:
    chosen_is, rejected_is = _letters(row)
    sides = {chosen_is: "chosen", rejected_is: "rejected", "tie": "tie", "invalid": "invalid"}
    mine = [v for v in votes if v["preference_id"] == row["preference_id"]]
    first = {"ab": "a", "ba": "b"}
    named = [
        vote | {"names": sides[vote["verdict"]], "first": first.get(vote["shown"])} for vote in mine
    ]
    return Example(row, named, chosen_is, rejected_is)


def _letters(row: dict[str, Any]) -> tuple[Literal["a", "b"], Literal["a", "b"]]:
    """Name the chosen and the rejected response as annotators' verdicts do."""
    return ("a", "b") if row["response_ids"][0] == row["chosen_id"] else ("b", "a")
