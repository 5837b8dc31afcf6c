import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.orchard import publish_orchard
from tests.reports.release.test_write import Page
from winnow.reports.release import write_report
from winnow.schemas.agreement import (
    AgreementFigures,
    AlphaFigures,
    HitCount,
    PairFigures,
    PersonFigures,
    Week,
)

ALPHAS = tuple(
    AlphaFigures(
        among="people", level=level, value=value, low=value - 0.1, high=value + 0.1, n_annotators=2, n_items=40, n_values=80
    )
    for level, value in (("nominal", 0.5), ("ordinal", 0.6))
)  # fmt: skip
ADA = PersonFigures(
    annotator="human:ada",
    n_verdicts=60,
    gold=HitCount(hits=9, n=10),
    position=HitCount(hits=20, n=40),
    weeks=(Week(week="2026-03-02", hits=9, n=10), Week(week="2026-03-16", hits=8, n=10)),
)
BEN = PersonFigures(annotator="human:ben", n_verdicts=50)
PAIR = PairFigures(annotator="human:ada", other="human:ben", hits=30, n=40)
FIGURES = AgreementFigures(n_items=70, n_people=2, alphas=ALPHAS, people=(ADA, BEN), pairs=(PAIR,))


@pytest.fixture
def page(tmp_path: Path) -> Callable[[AgreementFigures | None], Page]:
    def written(figures: AgreementFigures | None) -> Page:
        with publish_orchard(tmp_path / "warehouse", agreement=figures) as warehouse:
            return Page(write_report(warehouse, "preferences@1", tmp_path / "page.html"))

    return written


def test_the_page_says_how_far_people_agree(
    page: Callable[[AgreementFigures | None], Page],
) -> None:
    text = page(FIGURES).text
    assert "70 comparisons were judged by 2 people, 40 of them by two or more." in text
    assert "People agree at an ordinal alpha of 0.60 (95 % interval 0.50 to 0.70)" in text
    assert "people, nominal 0.50 0.40 to 0.60 · 2 of them, 40 items" in text
    assert "1 human:ada 75 %60 to 86 · 40 2 human:ben 75 %60 to 86 · 40" in text
    assert "human:ada60 verdicts 90 % 9 of 10 – 50 % 20 of 40 – week of 2 March 2026: 90 %" in text
    assert "human:ben50 verdicts – – – – –" in text


def test_a_week_is_placed_by_the_calendar_and_named(
    page: Callable[[AgreementFigures | None], Page],
) -> None:
    shown = page(FIGURES)
    labels = [v or "" for name, v in shown.attributes if name == "aria-label"]
    assert [re.sub(r"\s", " ", label) for label in labels if "week of" in label] == [
        "week of 2 March 2026: 90 % (9 of 10; 95 % interval 60 to 98 %); "
        "week of 16 March 2026: 80 % (8 of 10; 95 % interval 49 to 94 %)"
    ]
    assert [v for name, v in shown.attributes if name == "cx"] == ["5.0", "145.0"]


def test_the_sql_on_the_page_gives_the_figures_beside_it(tmp_path: Path) -> None:
    with publish_orchard(tmp_path / "warehouse", agreement=FIGURES) as warehouse:
        shown = Page(write_report(warehouse, "preferences@1", tmp_path / "page.html"))
        sql = {
            name: next(c for c in shown.code if f"FROM release_{name}" in c)
            for name in ("alphas", "people", "pairs")
        }
        alphas, people, pairs = (
            warehouse.query(text, at="preferences@1").to_pylist() for text in sql.values()
        )
    assert alphas == [alpha.model_dump() for alpha in ALPHAS]
    assert [(p["annotator"], p["gold_hits"], p["gold_n"]) for p in people] == [
        ("human:ada", 9, 10),
        ("human:ben", None, None),
    ]
    assert pairs == [{**PAIR.model_dump(exclude_none=True), "share": 0.75}]


def test_people_left_out_of_the_page_are_counted(
    page: Callable[[AgreementFigures | None], Page],
) -> None:
    text = page(FIGURES.model_copy(update={"n_people": 60})).text
    assert "58 people with fewer verdicts are left out here" in text


def test_without_people_the_page_shows_how_far_the_others_agree(
    page: Callable[[AgreementFigures | None], Page],
) -> None:
    judges = tuple(alpha.model_copy(update={"among": "judges"}) for alpha in ALPHAS)
    shown = page(AgreementFigures(n_items=0, n_people=0, alphas=judges, people=(), pairs=()))
    assert "How far annotators agree No person labelled anything here" in shown.text
    assert "judges, ordinal 0.60" in shown.text


@pytest.mark.parametrize(
    "figures", [None, AgreementFigures(n_items=0, n_people=0, alphas=(), people=(), pairs=())]
)
def test_a_release_of_which_nothing_is_known_has_no_such_section(
    page: Callable[[AgreementFigures | None], Page], figures: AgreementFigures | None
) -> None:
    shown = page(figures)
    assert ("href", "#people") not in shown.attributes and ("id", "people") not in shown.attributes
