"""What the figures of people tell, in plain words."""

from collections.abc import Callable, Sequence
from statistics import median

from schemas.agreement import AgreementFigures, AlphaFigures, Hits, PersonFigures
from warehouse.report.intervals import Share, percent, share

_RELIABLE, _TENTATIVE = 0.8, 0.667


def lead(figures: AgreementFigures) -> str:
    """Say who was asked how much."""
    if not figures.n_people:
        return "No person labelled anything here; this is how far the annotators agree with each other."
    people = "one person" if figures.n_people == 1 else f"{figures.n_people:,} people"
    items = "1 comparison was" if figures.n_items == 1 else f"{figures.n_items:,} comparisons were"
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


def standouts(people: Sequence[PersonFigures]) -> list[str]:
    """Name those who differ by more than chance: from the others, from one half, or from their own beginning.

    A share differs where its 95 % interval leaves out what it is held against.
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
    return said


def _place(person: PersonFigures) -> str | None:
    found = _share(person.position)
    if found is None or found.low <= 0.5 <= found.high:
        return None
    side = "first" if found.low > 0.5 else "second"
    return f"{person.annotator} has a position bias towards the {side}: the response shown first is chosen in {found} of the decisive verdicts."


def _against(
    person: PersonFigures,
    others: Sequence[PersonFigures],
    measure: Callable[[PersonFigures], Hits | None],
    what: str,
) -> str | None:
    found, rest = _share(measure(person)), _pooled([measure(other) for other in others])
    if found is None or rest is None or found.low <= rest.value <= found.high:
        return None
    return f"{person.annotator} {what} in {found}, the others in {percent(rest.value)}."


def _drift(person: PersonFigures) -> str | None:
    """Hold the second half of someone's weeks against the first."""
    half = len(person.weeks) // 2
    early, late = _pooled(person.weeks[:half]), _pooled(person.weeks[half:])
    if early is None or late is None or not (late.high < early.low or late.low > early.high):
        return None
    course = "fell" if late.value < early.value else "rose"
    return (
        f"{person.annotator}'s agreement with the others {course} over the weeks, "
        f"from {early} to {late}."
    )


def _time(person: PersonFigures, others: Sequence[PersonFigures]) -> str | None:
    times = [other.seconds.median for other in others if other.seconds]
    if person.seconds is None or not times:
        return None
    mine, theirs = person.seconds.median, median(times)
    if theirs / 2 <= mine <= theirs * 2:
        return None
    return f"{person.annotator} takes {mine:.0f} s an item (the median), the others {theirs:.0f} s."


def _share(hits: Hits | None) -> Share | None:
    return share(hits.hits, hits.n) if hits else None


def _pooled(hits: Sequence[Hits | None]) -> Share | None:
    known = [h for h in hits if h]
    return share(sum(h.hits for h in known), sum(h.n for h in known))
