"""What a release remembers of how far its annotators agree."""

from typing import Literal, Self

from winnow.schemas.base import Value
from winnow.schemas.ids import canonical_json

Level = Literal["nominal", "ordinal", "interval"]
Among = Literal["people", "judges", "all"]


class AlphaFigures(Value):
    """Krippendorff's alpha with its interval."""

    among: Among
    """Whose verdicts: those of people, of judges (models), or of all annotators, verifiers too."""

    level: Level
    """Scale of the verdicts: nominal, any two differ alike; ordinal, a tie lies between a and b."""

    value: float | None
    """1 for perfect agreement, 0 for chance; None where no item has two verdicts, or all verdicts are the same."""

    low: float | None
    """Lower end of the 95 % bootstrap interval; None without a value."""

    high: float | None
    """Upper end of the 95 % bootstrap interval; None without a value."""

    n_annotators: int
    """Annotators with a verdict on those items."""

    n_items: int
    """Items with at least two verdicts."""

    n_values: int
    """Verdicts on those items, one of each annotator."""


class HitCount(Value):
    """How often something held."""

    hits: int
    """Cases in which it held."""

    n: int
    """Cases."""

    n_answers: int | None = None
    """Answers they came of: the pairs of one ranking are one. None where each case is an answer of its own."""


class Week(HitCount):
    """How often a person's verdict was that of the others, in one week."""

    week: str
    """Monday of the week, such as "2026-03-02"."""


class Seconds(Value):
    """Time per item, in seconds."""

    n: int
    """Answers whose time is known."""

    low: float
    """A quarter took less."""

    median: float
    """Half took less."""

    high: float
    """A quarter took more."""


class PersonFigures(Value):
    """How one person did."""

    annotator: str
    """Name or pseudonym, with "human:" before it where it comes from a queue."""

    n_verdicts: int
    """Answers with a verdict, repeats included; a ranking is one."""

    gold: HitCount | None = None
    """Verdicts on gold items that were the known ones, ties included; None where there were none."""

    repeats: HitCount | None = None
    """Repeated items on which the first verdict was given again; None where there were none."""

    position: HitCount | None = None
    """Decisive verdicts for the response shown first; None where there were none."""

    seconds: Seconds | None = None
    """Time per item; None where it is not known."""

    weeks: tuple[Week, ...] = ()
    """Agreement with the others by week, where they have one most frequent verdict."""


class PairFigures(HitCount):
    """How often two people gave the same verdict on an item that both judged."""

    annotator: str
    """One of them."""

    other: str
    """The other; its name comes later in the alphabet."""


class AgreementFigures(Value):
    """Agreement among the annotators of one release, and how each person did."""

    n_items: int
    """Items that people gave a verdict on."""

    n_people: int
    """People who gave one."""

    alphas: tuple[AlphaFigures, ...]
    """Alpha among people, judges and all, by level; a group of fewer than two has none, nor has "all" where it adds nobody."""

    people: tuple[PersonFigures, ...]
    """The fifty people with the most verdicts, most first; the views have all."""

    pairs: tuple[PairFigures, ...]
    """Pairs of those people that share an item."""

    def to_json(self) -> str:
        """Write it as canonical JSON."""
        return canonical_json(self.model_dump(mode="json"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote, such as the column `agreement` of a release."""
        return cls.model_validate_json(text)
