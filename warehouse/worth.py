"""When a release is worth nothing to whoever trains on it: the one place that says so."""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from winnow.schemas.labels import Annotator, decides_nothing
from winnow.schemas.measures.shares import wilson
from winnow.schemas.plurals import agreeing, counted

_COIN, _USEFUL = 0.5, 0.8


class Alarm(NamedTuple):
    """One thing that makes a release worthless."""

    what: str
    """What was found, with counts, as a sentence."""

    way_out: str
    """What to do about it, as a sentence."""

    def __str__(self) -> str:
        return f"{self.what} {self.way_out}"


def lacks_preference(n: int, n_tied: int) -> Literal["empty", "ties_only"] | None:
    """Say whether so many preferences prefer nothing: there are none, or each is a tie.

    Args:
        n: Preferences.
        n_tied: Of those, ties.
    """
    if not n:
        return "empty"
    return "ties_only" if n == n_tied else None


def alarms(
    n: int,
    n_tied: int,
    annotators: Sequence[Annotator],
    n_gold_right: int,
    n_gold: int,
    n_without_text: int = 0,
) -> Iterator[Alarm]:
    """Say what makes a release worthless; nothing where it is worth something.

    Args:
        n: Preferences of the release.
        n_tied: Of those, ties.
        annotators: Whoever labelled it.
        n_gold_right: Published labels that name the gold verdict, each made without that verdict.
        n_gold: Published labels of which gold knows the verdict.
        n_without_text: Labels of comparisons of which nobody knows the texts.
    """
    lack = lacks_preference(n, n_tied)
    if lack == "empty" and n_without_text:
        yield Alarm(
            f"This release holds 0 preferences: of {counted(n_without_text, 'labelled comparison')} only the models are known.",
            "Use its labels and standings, or run it on comparisons with texts.",
        )
    elif lack == "empty":
        yield Alarm(
            "This release is empty: it holds 0 preferences.",
            "Look which stage lost them and why, put that right, and run again.",
        )
    if lack == "ties_only":
        yield Alarm(
            f"{agreeing(n, 'The only preference is a tie', f'All {n:,} preferences are ties')}: nothing is preferred to anything.",
            "Let a better judge or people label, or compare responses that differ more.",
        )
    if annotators and all(map(decides_nothing, annotators)):
        yield Alarm(
            "The labels rest on nothing: every annotator has weight 0.0.",
            "Let a better judge or people label.",
        )
    if n_gold and is_chance(n_gold_right, n_gold):
        yield Alarm(
            f"Of {counted(n_gold, 'published label')} that gold can check, {n_gold_right:,} {agreeing(n_gold_right, 'is', 'are')} right: no better than chance.",
            "Let a better judge or people label, and do not train on this.",
        )


def is_chance(n_right: int, n: int) -> bool:
    """Say whether labels are no better than chance as far as gold tells, and so many that they cannot be good ones."""
    found = wilson(n_right / n, n)
    return found.low <= _COIN and found.high < _USEFUL
