"""The section on people: how far they agree with each other, with gold and with themselves."""

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from winnow.reports.intervals import Share, share_of
from winnow.reports.release.people_words import alpha_sentence, lead, standouts
from winnow.reports.release.queries import figure_sql
from winnow.schemas.agreement import AgreementFigures, AlphaFigures, PersonFigures, Seconds

if TYPE_CHECKING:
    from winnow.reports.release.data import ReportData

_QUERIES = ("people_alphas", "people_pairs", "people")
_LOWEST = -0.25
_MOST_IN_MATRIX = 12
_WIDTH, _HEIGHT, _EDGE = 150, 44, 5


class Scale(NamedTuple):
    """One alpha on a scale from just below chance to perfect, places in percent of its width."""

    figures: AlphaFigures
    dot: float
    left: float
    width: float


class Mark(NamedTuple):
    """One week in the plot of a person, places in the plot's own units."""

    x: float
    y: float
    top: float
    bottom: float
    text: str


class PersonRow(NamedTuple):
    """One person, with the counts behind each share."""

    name: str
    n_verdicts: int
    gold: Share | None
    repeats: Share | None
    first: Share | None
    seconds: Seconds | None
    weeks: list[Mark]


class PeopleSection(NamedTuple):
    """What the section shows."""

    figures: AgreementFigures
    lead: str
    said: str | None
    """What the alpha of people tells; None where there is none."""

    scales: list[Scale]
    names: list[str]
    """People in the matrix."""

    cells: dict[tuple[str, str], Share]
    """Agreement by (one, other), both ways round."""

    rows: list[PersonRow]
    weeks: str | None
    """First and last week of the plots; None where there is but one."""

    standouts: list[str]
    sql: dict[str, str]


def people_section(data: "ReportData") -> PeopleSection | None:
    """Return the section; None where nobody measured the annotators, or there is nothing to tell of them."""
    figures, release = data.provenance.agreement, data.provenance.release
    if figures is None or not (figures.people or figures.alphas):
        return None
    weeks = sorted({w.week for person in figures.people for w in person.weeks})
    rows = [_row(person, weeks) for person in figures.people]
    return PeopleSection(
        figures=figures,
        lead=lead(figures),
        said=alpha_sentence(figures.alphas),
        scales=[_scale(alpha) for alpha in figures.alphas if alpha.value is not None],
        names=[person.annotator for person in figures.people[:_MOST_IN_MATRIX]],
        cells=_cells(figures),
        rows=rows,
        weeks=_span(weeks),
        standouts=standouts(figures.people, figures.pairs),
        sql={
            name: figure_sql(name, release=release.release, run_id=release.run_id)
            for name in _QUERIES
        },
    )


def _span(weeks: list[str]) -> str | None:
    if len(weeks) < 2:
        return None
    first, last = date.fromisoformat(weeks[0]), date.fromisoformat(weeks[-1])
    return f"{first:%-d %b} to {last:%-d %b %Y}"


def _scale(alpha: AlphaFigures) -> Scale:
    dot, low, high = (_place(value) for value in (alpha.value, alpha.low, alpha.high))
    return Scale(alpha, dot, low, high - low)


def _place(alpha: float | None) -> float:
    inside = max(_LOWEST, _LOWEST if alpha is None else alpha)
    return 100 * (inside - _LOWEST) / (1 - _LOWEST)


def _cells(figures: AgreementFigures) -> dict[tuple[str, str], Share]:
    cells: dict[tuple[str, str], Share] = {}
    for pair in figures.pairs:
        found = share_of(pair)
        if found:
            cells[pair.annotator, pair.other] = cells[pair.other, pair.annotator] = found
    return cells


def _row(person: PersonFigures, weeks: list[str]) -> PersonRow:
    return PersonRow(
        name=person.annotator,
        n_verdicts=person.n_verdicts,
        gold=share_of(person.gold),
        repeats=share_of(person.repeats),
        first=share_of(person.position),
        seconds=person.seconds,
        weeks=_marks(person, weeks),
    )


def _marks(person: PersonFigures, weeks: list[str]) -> list[Mark]:
    """Place each week of a person by the calendar, from the first week of anyone to the last."""
    if not person.weeks:
        return []
    first, last = date.fromisoformat(weeks[0]), date.fromisoformat(weeks[-1])
    span = max((last - first).days, 1)
    marks = []
    for week in person.weeks:
        found, monday = share_of(week), date.fromisoformat(week.week)
        if found is None:
            continue
        x = _EDGE + (_WIDTH - 2 * _EDGE) * (monday - first).days / span
        text = f"week of {monday:%-d %B %Y}: {found}"
        marks.append(Mark(round(x, 1), _y(found.value), _y(found.high), _y(found.low), text))
    return marks


def _y(value: float) -> float:
    return round(_EDGE + (_HEIGHT - 2 * _EDGE) * (1 - value), 1)
