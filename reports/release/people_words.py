"""What the figures of people tell, in plain words."""

from collections.abc import Callable, Sequence
from statistics import median

from winnow.reports.intervals import Share, percent, share_of
from winnow.schemas.agreement import (
    AgreementFigures,
    AlphaFigures,
    HitCount,
    PairFigures,
    PersonFigures,
    Seconds,
)
from winnow.schemas.plurals import agreeing, counted

_RELIABLE, _TENTATIVE = 0.8, 0.667
_ENOUGH = 10
"""Answers on each side before a difference is told: of fewer, an interval of 95 % leaves too much or says too much."""


def lead(figures: AgreementFigures) -> str:
    """Say who was asked how much."""
    if not figures.n_people:
        return "No person labelled anything here; this is how far the annotators agree with each other."
    people = "one person" if figures.n_people == 1 else f"{figures.n_people:,} people"
    items = f"{counted(figures.n_items, 'comparison')} {agreeing(figures.n_items, 'was', 'were')}"
    judged = f"{items} judged by {people}"
    shared = next((a for a in figures.alphas if a.among == "people"), None)
    if shared is None:
        return (
            f"{judged}: no two of them judged the same one, so their agreement cannot be measured."
        )
    n_shared = "all" if shared.n_items == figures.n_items else f"{shared.n_items:,}"
    return f"{judged}, {n_shared} of them by two or more."


def alpha_sentence(alphas: Sequence[AlphaFigures]) -> str | None:
    """Say what the alpha of people comes to; None where people have none.

    The bounds 0.8 and 0.667 are Krippendorff's (2004, "Content Analysis", 2nd ed., chapter 11).
    """
    found = next((a for a in alphas if (a.among, a.level) == ("people", "ordinal")), None)
    if found is None:
        return None
    if found.value is None or found.low is None or found.high is None:
        return "Everyone gave the same verdict throughout, so agreement cannot be told from chance."
    text = f"People agree at an ordinal alpha of {found.value:.2f} (95 % interval {found.low:.2f} to {found.high:.2f})"
    return f"{text}: {_reading(found.low, found.high)}"


def _reading(low: float, high: float) -> str:
    if low >= _RELIABLE:
        return "their verdicts can be relied on."
    if low >= _TENTATIVE:
        return "enough for tentative conclusions."
    if high <= 0:
        return "less than chance would give. Look for a mix-up before using these verdicts."
    if low <= 0:
        return "it cannot be told from chance."
    if high < _TENTATIVE:
        return (
            "more than chance, but too little to take one person's verdict for the truth. "
            "Ask two or three, and sharpen the guidelines where they differ."
        )
    return "more than chance; more shared items would tell whether it is enough to rely on."


def standouts(people: Sequence[PersonFigures], pairs: Sequence[PairFigures] = ()) -> list[str]:
    """Name those who differ by more than chance: from the others, from one half, or from their own beginning.

    A share differs where its 95 % interval leaves out what it is held against: one half, or the interval of the
    others. No figure is given for fewer than ten answers on either side; a ranking is one answer.
    """
    said: list[str] = []
    for person in people:
        others = [other for other in people if other is not person]
        said += [
            text
            for text in (
                _place(person),
                _against(person, others, lambda p: p.gold, "names the gold verdict"),
                _against(person, others, lambda p: p.repeats, "repeats the first verdict"),
                _drift(person),
                _time(person, others),
            )
            if text
        ]
    return [*said, *_apart(pairs)]


def least_agreeing(pairs: Sequence[PairFigures]) -> list[PairFigures]:
    """Put pairs in the order in which they surely agree least: by the upper end of the interval."""
    shares = {id(pair): share_of(pair) for pair in pairs}
    return sorted(pairs, key=lambda pair: found.high if (found := shares[id(pair)]) else 1.0)


def _apart(pairs: Sequence[PairFigures]) -> list[str]:
    """Name the pairs that agree less than the other pairs do."""
    said: list[str] = []
    for pair in least_agreeing(pairs):
        found, rest = _enough([pair]), _enough([other for other in pairs if other is not pair])
        if found and rest and found.high < rest.low:
            said.append(
                f"{pair.annotator} and {pair.other} say the same in {found}, the other pairs in "
                f"{percent(rest.value)}."
            )
    return said


def _place(person: PersonFigures) -> str | None:
    found = _enough([person.position])
    if found is None or found.low <= 0.5 <= found.high:
        return None
    side = "first" if found.low > 0.5 else "second"
    return f"{person.annotator} has a position bias towards the {side}: the response shown first is chosen in {found} of the decisive verdicts."


def _against(
    person: PersonFigures,
    others: Sequence[PersonFigures],
    measure: Callable[[PersonFigures], HitCount | None],
    what: str,
) -> str | None:
    found, rest = _enough([measure(person)]), _enough([measure(other) for other in others])
    if found is None or rest is None or not _differ(found, rest):
        return None
    return f"{person.annotator} {what} in {found}, the others in {percent(rest.value)}."


def _drift(person: PersonFigures) -> str | None:
    """Hold the second half of someone's weeks against the first."""
    half = len(person.weeks) // 2
    early, late = _enough(person.weeks[:half]), _enough(person.weeks[half:])
    if early is None or late is None or not _differ(early, late):
        return None
    course = "fell" if late.value < early.value else "rose"
    return (
        f"{person.annotator}'s agreement with the others {course} over the weeks, "
        f"from {early} to {late}."
    )


def _time(person: PersonFigures, others: Sequence[PersonFigures]) -> str | None:
    mine, theirs = _known([person.seconds]), _known([other.seconds for other in others])
    if not mine or not theirs:
        return None
    own, usual = median(mine), median(theirs)
    if usual / 2 <= own <= usual * 2:
        return None
    return f"{person.annotator} takes {own:.0f} s an item (the median), the others {usual:.0f} s."


def _known(times: Sequence[Seconds | None]) -> list[float]:
    """Return the median of each whose time is known of enough answers."""
    return [time.median for time in times if time and time.n >= _ENOUGH]


def _differ(one: Share, other: Share) -> bool:
    return one.high < other.low or other.high < one.low


def _enough(hits: Sequence[HitCount | None]) -> Share | None:
    """Count all together; None where they come of too few answers to tell anything."""
    known = [h for h in hits if h]
    n, n_answers = sum(h.n for h in known), sum(h.n_answers or h.n for h in known)
    if n_answers < _ENOUGH:
        return None
    hits_of_all = sum(h.hits for h in known)
    return share_of(HitCount(hits=hits_of_all, n=n, n_answers=n_answers if n_answers < n else None))
