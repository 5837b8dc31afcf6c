"""The section on rubrics: each criterion with its proof, where it came from, and responses that meet it or do not."""

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from winnow.reports.release.queries import figure_sql
from winnow.reports.release.rubrics_words import (
    Change,
    changed,
    lead,
    outcome,
    refusal,
    rubric_line,
)

if TYPE_CHECKING:
    from winnow.warehouse.catalog import Warehouse

_DETAILS = ("rubric_criteria", "rubric_sources", "rubric_examples", "rubric_versions")  # fmt: skip
_MOST_RUBRICS, _MOST_CRITERIA = 12, 40
_EXCERPT = 220
_Row = dict[str, Any]


class Whisker(NamedTuple):
    """A figure with its interval on a scale, places in percent of its width."""

    label: str
    value: str
    interval: str
    n: int
    dot: float
    left: float
    width: float
    threshold: float | None
    """Where chance, or no effect, lies; None where the scale has no such place."""

    is_passed: bool | None
    """Whether the whole interval lies above that place; None where nothing is asked of it."""


class Excerpt(NamedTuple):
    """A response, cut around the words that show whether it meets a criterion."""

    before: str
    evidence: str
    after: str
    model: str
    n: int
    """Responses of which the same was said."""


class CriterionCard(NamedTuple):
    """One criterion as the page shows it."""

    row: _Row
    outcome: str
    """"kept", "refused", "merged" or "unproven"."""

    why: str
    """The reason in plain words; empty where it may be used."""

    whiskers: list[Whisker]
    more: list[Whisker]
    sources: list[_Row]
    n_sources: int
    meets: Excerpt | None
    does_not: Excerpt | None


class SizeRow(NamedTuple):
    """What so many criteria are worth, as a row of texts."""

    n_criteria: int
    best: str
    random: str
    over_random: str
    flipped: str
    ties: str


class ControlsCard(NamedTuple):
    """What the criteria of a rubric are worth by their number, and beside controls."""

    sizes: list[SizeRow]
    whiskers: list[Whisker]
    n_flipped: int | None
    """Criteria from exchanged labels; None where there are none."""

    flipped_overlap: float | None


class RubricCard(NamedTuple):
    """One rubric as the page shows it."""

    row: _Row
    line: str
    outcome: str
    why: str
    whiskers: list[Whisker]
    criteria: list[CriterionCard]
    n_more: int
    """Criteria that the page has no room for."""

    changes: list[Change]
    controls: ControlsCard | None


class RubricsSection(NamedTuple):
    """What the section shows."""

    lead: str
    cards: list[RubricCard]
    n_more: int
    """Rubrics that the page has no room for."""

    refused: list[_Row]
    sql: dict[str, str]


def rubrics_section(warehouse: "Warehouse", release: str, run_id: str) -> RubricsSection | None:
    """Read what the section shows; None where neither the run nor a response of the release has to do with a rubric."""
    sql = {
        name: figure_sql(name, release=release, run_id=run_id)
        for name in ("rubrics", "rubrics_refused")
    }
    found = warehouse.query(sql["rubrics"], at=release).to_pylist()
    rejected = warehouse.query(sql["rubrics_refused"], at=release).to_pylist()
    refused = [row | {"words": words} for row in rejected if (words := refusal(row["reason"]))]
    if not found and not refused:
        return None
    # Of one whose criteria were all merged or refused the others tell.
    standing = [row for row in found if row["is_proven"] or row["n_merged"] < row["n_criteria"]]
    ids = [row["rubric_id"] for row in standing[:_MOST_RUBRICS]]
    sql |= {n: figure_sql(n, release=release, run_id=run_id, rubrics=ids) for n in _DETAILS}
    rows = {name: warehouse.query(sql[name], at=release).to_pylist() for name in _DETAILS}
    return RubricsSection(
        lead=lead(found),
        cards=[_rubric(row, rows) for row in standing[:_MOST_RUBRICS]],
        n_more=max(0, len(standing) - _MOST_RUBRICS),
        refused=refused,
        sql=sql,
    )


def _rubric(row: _Row, rows: dict[str, list[_Row]]) -> RubricCard:
    criteria = [c for c in rows["rubric_criteria"] if c["rubric_id"] == row["rubric_id"]]
    sources, examples = (
        _by(rows[name], "criterion_id") for name in ("rubric_sources", "rubric_examples")
    )
    cards = [
        _criterion(c, sources[c["criterion_id"]], examples[c["criterion_id"]])
        for c in criteria[:_MOST_CRITERIA]
    ]
    state, why = outcome(row)
    versions = [r for r in rows["rubric_versions"] if r["rubric_id"] == row["rubric_id"]]
    return RubricCard(
        row=row,
        line=rubric_line(row),
        outcome=state,
        why=why,
        whiskers=_some(
            _whisker("right on labels", row["accuracy"], 0, 1, 0.5),
            _whisker("gain over no rubric", row["gain"], -0.5, 0.5, 0, signed=True),
            _whisker("same in both orders", row["both_orders"], 0, 1),
            _whisker("decides", row["separates"], 0, 1),
            _whisker("judges agree", row["judge_agreement"], -1, 1, 0, signed=True),
            _whisker("agrees with people", row["people_agreement"], 0, 1),
        ),
        criteria=cards,
        n_more=max(0, len(criteria) - _MOST_CRITERIA),
        changes=[changed(version) for version in versions],
        controls=_controls(row.get("controls")),
    )


def _controls(found: _Row | None) -> ControlsCard | None:
    if found is None:
        return None
    return ControlsCard(
        sizes=[
            SizeRow(
                one["n_criteria"],
                _written(one["best"]),
                _written(one["random"]),
                _written(one["over_random"], "+.2f"),
                _written(one["flipped"]),
                "" if one["ties"] is None else f"{one['ties']:.2f}",
            )
            for one in found["sizes"]
        ],
        whiskers=_some(
            _whisker("right by all", found["sizes"][-1]["random"], 0, 1, 0.5),
            _whisker("right by length", found["length"], 0, 1, 0.5, asks=False),
            _whisker("all over length", found["over_length"], -0.5, 0.5, 0, signed=True),
            _whisker("lengths matched", found["matched"], 0, 1, 0.5),
        ),
        n_flipped=found["n_flipped"],
        flipped_overlap=found["flipped_overlap"],
    )


def _written(found: _Row | None, form: str = ".2f") -> str:
    if found is None:
        return ""
    value = f"{found['value']:{form}}"
    if found["low"] is None or found["high"] is None:
        return value
    return f"{value} ({found['low']:{form}} to {found['high']:{form}})"


def _criterion(row: _Row, sources: list[_Row], examples: list[_Row]) -> CriterionCard:
    state, why = outcome(row)
    by_verdict = {e["verdict"]: _excerpt(e) for e in examples}
    return CriterionCard(
        row=row,
        outcome=state,
        why=why,
        whiskers=_some(
            _whisker("right on labels", row["accuracy"], 0, 1, 0.5),
            _whisker("tells two apart", row["separates"], 0, 1),
            _whisker("adds to the others", row["left_out"], -0.5, 0.5, 0, signed=True, asks=False),
        ),
        more=_some(
            _whisker("applies", row["applies"], 0, 1),
            _whisker(
                "goes with length", row["length_correlation"], -1, 1, 0, signed=True, asks=False
            ),
            _whisker("judges agree", row["judge_agreement"], -1, 1, 0, signed=True),
            _whisker("agrees with people", row["people_agreement"], 0, 1),
            _whisker("same in both orders", row["both_orders"], 0, 1),
        ),
        sources=sources,
        n_sources=sources[0]["n_sources"] if sources else 0,
        meets=by_verdict.get("yes"),
        does_not=by_verdict.get("no"),
    )


def _whisker(
    label: str,
    measured: _Row | None,
    lowest: float,
    highest: float,
    threshold: float | None = None,
    *,
    signed: bool = False,
    asks: bool = True,
) -> Whisker | None:
    """Place a figure on a scale; `asks` says whether it has to lie above the threshold."""
    if measured is None:
        return None

    def place(value: float) -> float:
        return 100 * (min(max(value, lowest), highest) - lowest) / (highest - lowest)

    value, low, high = measured["value"], measured["low"], measured["high"]
    write = "{:+.2f}".format if signed else "{:.2f}".format
    left, right = (place(value if end is None else end) for end in (low, high))
    is_known = low is not None and high is not None
    return Whisker(
        label=label,
        value=write(value),
        interval=f"{write(low)} to {write(high)}" if is_known else "no interval",
        n=measured["n"],
        dot=place(value),
        left=left,
        width=max(0.0, right - left),
        threshold=None if threshold is None else place(threshold),
        is_passed=low > threshold if asks and threshold is not None and low is not None else None,
    )


def _some(*found: Whisker | None) -> list[Whisker]:
    return [one for one in found if one is not None]


def _excerpt(row: _Row) -> Excerpt:
    """Cut a response around its evidence, or to its beginning where that does not stand in it as it is."""
    text, evidence = row["text"] or "", row["evidence"] or ""
    at = text.find(evidence) if evidence else -1
    if at < 0:
        return Excerpt(_end_cut(text), "", "", row["model"], row["n"])
    before, after = text[:at], text[at + len(evidence) :]
    room = max(0, _EXCERPT - len(evidence))
    ahead = min(len(before), room // 2)
    return Excerpt(
        before if ahead == len(before) else f"… {before[len(before) - ahead :]}",
        evidence,
        _end_cut(after, room - ahead),
        row["model"],
        row["n"],
    )


def _end_cut(text: str, most: int = _EXCERPT) -> str:
    return text if len(text) <= most else f"{text[:most]} …"


def _by(rows: Iterable[_Row], key: str) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        found[row[key]].append(row)
    return found
