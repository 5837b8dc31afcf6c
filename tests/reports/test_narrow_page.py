"""Pages on a phone and on a desk, in a real browser."""

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from tests import orchard
from tests.annotation.queues.browsing import launch, needs_chromium
from tests.flows.every_table import evaluation
from winnow.reports.evaluation.page import render
from winnow.reports.release import write_report

playwright = pytest.importorskip("playwright.sync_api", reason="needs pip install playwright")
pytestmark = needs_chromium

BOXES = """[...document.querySelectorAll(".wide")].filter(box => box.checkVisibility()).map(box => ({
    scrolls: box.scrollWidth > box.clientWidth,
    fits: box.getBoundingClientRect().right <= innerWidth,
    right: getComputedStyle(box).getPropertyValue("--right-edge"),
    shadows: getComputedStyle(box).backgroundImage.split("linear-gradient").length - 1,
}))"""
LAST = """() => { const box = [...document.querySelectorAll(".wide")].find(b => b.scrollWidth > b.clientWidth);
    box.scrollLeft = box.scrollWidth;
    return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
        const style = getComputedStyle(box);
        done([style.getPropertyValue("--left-edge"), style.getPropertyValue("--right-edge")]); }))); }"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("narrow")
    long = {"GOOD": "pairwise@1:a_laboratory_with_a_long_name/a_large_model_70b_instruct"}
    with (
        patch.multiple(orchard, **long),
        orchard.publish_orchard(folder / "warehouse") as warehouse,
    ):
        report = write_report(warehouse, "preferences", folder / "report.html")
    (folder / "evaluation.html").write_text(render(evaluation(), title="made up", facts={}))
    return {"report": report, "evaluation": folder / "evaluation.html"}


@pytest.fixture(scope="module")
def browser() -> Iterator["playwright.Browser"]:
    with playwright.sync_playwright() as engine:
        opened = launch(engine)
        yield opened
        opened.close()


@pytest.mark.parametrize("name", ["report", "evaluation"])
@pytest.mark.parametrize("width", [390, 1280])
def test_wide_tables_scroll_in_their_own_box_and_show_it(
    browser: "playwright.Browser", pages: dict[str, Path], name: str, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844})
    page.goto(pages[name].as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = page.evaluate(BOXES)
    assert all(box["fits"] for box in boxes)
    assert any(box["scrolls"] for box in boxes) is (width == 390)
    assert {box["right"] for box in boxes if box["scrolls"]} <= {"44px"}
    assert {box["right"] for box in boxes if not box["scrolls"]} <= {"0px"}
    assert {box["shadows"] for box in boxes} == {4}  # for a browser without scroll timelines
    if width == 390:
        assert page.evaluate(LAST) == ["44px", "0px"]


@pytest.mark.parametrize("width", [390, 1280])
def test_histograms_are_as_wide_and_as_high_as_each_other(
    browser: "playwright.Browser", pages: dict[str, Path], width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 844})
    page.goto(pages["report"].as_uri())
    plots = page.locator(".plots > figure > svg").all()
    sizes = [(box["width"], box["height"]) for plot in plots if (box := plot.bounding_box())]
    assert len(sizes) == 3
    assert len({(round(wide), round(high)) for wide, high in sizes}) == 1
