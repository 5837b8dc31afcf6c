"""How far people agree, as the terminal shows it."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text

from winnow.reports.intervals import share_of
from winnow.reports.release.people_words import lead, least_agreeing, standouts
from winnow.reports.terminal.tables import RowTable, number
from winnow.schemas.agreement import (
    AgreementFigures,
    AlphaFigures,
    HitCount,
    PairFigures,
    PersonFigures,
)
from winnow.schemas.plurals import agreeing, counted

_BLOCKS = "▁▂▃▄▅▆▇█"
_MOST_PAIRS = 15


def people_view(figures: AgreementFigures) -> RenderableType:
    """Show alpha, each person, what stands out, and the pairs that agree least.

    Columns: verdicts that gold confirms, first verdicts given again on repeats, decisive verdicts for the response
    shown first (half is fair), median time, and agreement with the others from week to week. Alpha has its 95 %
    interval in brackets.
    """
    parts: list[RenderableType] = [Text(lead(figures))]
    if figures.alphas:
        parts += ["", alpha_table(figures.alphas)]
    if figures.people:
        parts += ["", _person_table(figures.people)]
    parts += [Text(f"  {said}") for said in standouts(figures.people, figures.pairs)]
    if figures.pairs:
        parts += ["", _pair_table(figures.pairs)]
    if figures.n_people > len(figures.people):
        n_more = figures.n_people - len(figures.people)
        parts.append(
            Text(
                f"{counted(n_more, 'person', 'people')} with fewer verdicts {agreeing(n_more, 'is', 'are')} in the views annotator_gold and the others"
            )
        )
    return Group(*parts)


def alpha_table(alphas: tuple[AlphaFigures, ...]) -> RowTable:
    """Show Krippendorff's alpha (1 is perfect agreement, 0 is chance) among people, judges and all annotators, with 95 % intervals."""
    figures = ("nominal", "ordinal", "annotators", "items")
    table = RowTable("alpha among", *map(number, figures))
    for among in dict.fromkeys(alpha.among for alpha in alphas):
        of = {alpha.level: alpha for alpha in alphas if alpha.among == among}
        n = of["nominal"]
        table.add_row(
            among, _alpha(n), _alpha(of["ordinal"]), f"{n.n_annotators:,}", f"{n.n_items:,}"
        )
    return table


def _person_table(people: tuple[PersonFigures, ...]) -> RowTable:
    figures = ("verdicts", "gold", "again", "first shown", "time", "weeks")
    table = RowTable("person", *map(number, figures))
    for person in people:
        table.add_row(
            person.annotator,
            f"{person.n_verdicts:,}",
            _part(person.gold),
            _part(person.repeats),
            _part(person.position),
            f"{person.seconds.median:.0f} s" if person.seconds else "–",
            "".join(_blocks(person)),
        )
    return table


def _pair_table(pairs: tuple[PairFigures, ...]) -> RowTable:
    table = RowTable("least agreeing", "", number("same verdict"), number("95 % interval"))
    for pair in least_agreeing(pairs)[:_MOST_PAIRS]:
        found = share_of(pair)
        interval = f"{found.low:.0%} to {found.high:.0%}" if found else "–"
        table.add_row(pair.annotator, pair.other, _part(pair), interval)
    if len(pairs) > _MOST_PAIRS:
        table.add_row(
            f"and {counted(len(pairs) - _MOST_PAIRS, 'more pair')}, in the view annotator_pairs"
        )
    return table


def _blocks(person: PersonFigures) -> Iterator[str]:
    for week in person.weeks:
        yield _BLOCKS[round(week.hits / week.n * (len(_BLOCKS) - 1))]


def _alpha(alpha: AlphaFigures) -> str:
    if alpha.value is None or alpha.low is None or alpha.high is None:
        return "unknown"
    return f"{alpha.value:.2f} ({alpha.low:.2f} to {alpha.high:.2f})"


def _part(hits: HitCount | None) -> str:
    return f"{hits.hits / hits.n:.0%} of {hits.n:,}" if hits else "–"
