import pytest

from winnow.reports.release.people_words import alpha_sentence, least_agreeing, standouts
from winnow.schemas.agreement import (
    AlphaFigures,
    HitCount,
    PairFigures,
    PersonFigures,
    Seconds,
    Week,
)


def alpha(value: float | None, low: float | None, high: float | None) -> AlphaFigures:
    return AlphaFigures(
        among="people", level="ordinal", value=value, low=low, high=high, n_annotators=2, n_items=9, n_values=18
    )  # fmt: skip


def person(name: str, **figures: object) -> PersonFigures:
    return PersonFigures.model_validate({"annotator": name, "n_verdicts": 100, **figures})


def named(people: list[PersonFigures]) -> list[str]:
    return [said.replace("\N{NO-BREAK SPACE}", " ") for said in standouts(people)]


def weeks(*hits: int) -> tuple[Week, ...]:
    return tuple(Week(week=f"2026-03-{2 + 7 * i:02}", hits=h, n=20) for i, h in enumerate(hits))


@pytest.mark.parametrize(
    ("low", "high", "reading"),
    [
        (0.82, 0.9, "their verdicts can be relied on."),
        (0.7, 0.9, "enough for tentative conclusions."),
        (0.3, 0.5, "too little to take one person's verdict for the truth."),
        (0.5, 0.7, "more shared items would tell"),
        (-0.1, 0.2, "it cannot be told from chance."),
        (-0.5, -0.2, "less than chance would give."),
    ],
)
def test_the_interval_and_not_the_value_decides_what_alpha_means(
    low: float, high: float, reading: str
) -> None:
    said = alpha_sentence([alpha((low + high) / 2, low, high)])
    assert said is not None and reading in said


def test_one_and_the_same_verdict_throughout_tells_nothing() -> None:
    said = alpha_sentence([alpha(None, None, None)])
    assert said is not None and said.startswith("Everyone gave the same verdict")


def test_someone_who_takes_the_first_shown_is_named() -> None:
    people = [
        person("ann", position=HitCount(hits=50, n=100)),
        person("bob", position=HitCount(hits=70, n=100)),
    ]
    assert named(people) == [
        "bob has a position bias towards the first: the response shown first is chosen in 70 % (70 of 100; 95 % interval 60 to 78 %) of the "
        "decisive verdicts."
    ]  # fmt: skip


def test_someone_who_misses_gold_more_than_the_others_is_named() -> None:
    people = [
        person(name, gold=HitCount(hits=hits, n=40)) for name, hits in (("ann", 38), ("bob", 20))
    ]
    assert any(said.startswith("bob names the gold verdict in 50 %") for said in named(people))


def test_a_difference_that_chance_makes_is_not_told() -> None:
    people = [
        person(name, gold=HitCount(hits=hits, n=8)) for name, hits in (("ann", 7), ("bob", 6))
    ]
    assert named(people) == []


@pytest.mark.parametrize(("course", "word"), [((19, 18, 8, 7), "fell"), ((7, 8, 19, 18), "rose")])
def test_someone_who_changes_over_the_weeks_is_named(course: tuple[int, ...], word: str) -> None:
    (said,) = named([person("cem", weeks=weeks(*course))])
    assert said.startswith(f"cem's agreement with the others {word} over the weeks, from ")


def test_someone_twice_as_fast_as_the_others_is_named() -> None:
    times = {"ann": 60.0, "bob": 62.0, "dora": 25.0}
    people = [
        person(name, seconds=Seconds(n=12, low=t - 5, median=t, high=t + 5))
        for name, t in times.items()
    ]
    assert named(people) == ["dora takes 25 s an item (the median), the others 61 s."]


def test_of_few_answers_nothing_is_told() -> None:
    people = [
        person(
            "ann", position=HitCount(hits=4, n=4), gold=HitCount(hits=40, n=40), seconds=times(3, 5)
        ),
        person("bob", gold=HitCount(hits=0, n=3), seconds=times(40, 60)),
        person("cem", gold=HitCount(hits=36, n=36, n_answers=6), weeks=weeks(0, 20)[:1]),
    ]
    assert named(people) == []


def test_a_ranking_is_one_answer_however_many_pairs_it_gives() -> None:
    by_pairs = person("ann", position=HitCount(hits=50, n=72))
    by_rankings = person("ann", position=HitCount(hits=50, n=72, n_answers=12))
    assert "ann has a position bias towards the first" in named([by_pairs])[0]
    assert named([by_rankings]) == []


def test_others_of_whom_little_is_known_are_nothing_to_be_held_against() -> None:
    people = [
        person("ann", gold=HitCount(hits=20, n=20)),
        person("bob", gold=HitCount(hits=0, n=1)),
    ]
    assert named(people) == []


def test_a_pair_is_named_where_its_interval_lies_below_the_others() -> None:
    pairs = [pair("ann", "bob", 90, 100), pair("ann", "cem", 40, 100), pair("bob", "cem", 0, 2)]
    assert [said.replace("\N{NO-BREAK SPACE}", " ") for said in standouts([], pairs)] == [
        "ann and cem say the same in 40 % (40 of 100; 95 % interval 31 to 50 %), the other pairs in 88 %."
    ]


def test_pairs_that_share_little_do_not_lead_those_that_surely_differ() -> None:
    pairs = [pair("ann", "bob", 0, 1), pair("ann", "cem", 30, 100), pair("bob", "cem", 80, 100)]
    assert [p.n for p in least_agreeing(pairs)] == [100, 1, 100]
    assert least_agreeing(pairs)[0].other == "cem"


def pair(one: str, other: str, hits: int, n: int) -> PairFigures:
    return PairFigures(annotator=one, other=other, hits=hits, n=n)


def times(n: int, median: float) -> Seconds:
    return Seconds(n=n, low=median - 1, median=median, high=median + 1)
