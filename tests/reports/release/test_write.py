import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from statistics import median

import pytest

from tests import toy
from tests.warehouse.export.spoken import publish_cases
from winnow.reports.release import write_report
from winnow.reports.release.data import read_report
from winnow.reports.release.page import render
from winnow.reports.release.words import summary
from winnow.schemas.errors import UnknownName
from winnow.schemas.judgments import Gold
from winnow.schemas.responses import Response
from winnow.warehouse.audit import audit
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.publish import publish
from winnow.warehouse.staging import Staging


class Page(HTMLParser):
    """Tags, attributes and words of a page, as a browser would read them."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.code: list[str] = []
        self._is_code = False
        self._words: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))
        self.text = re.sub(r"\s+", " ", "".join(self._words))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag == "code":
            self.code.append("")
            self._is_code = True

    def handle_endtag(self, tag: str) -> None:
        self._is_code = self._is_code and tag != "code"
        if tag in {"td", "th", "p", "li"}:
            self._words.append(" ")

    def handle_data(self, data: str) -> None:
        self._words.append(data)
        if self._is_code:
            self.code[-1] += data


@pytest.fixture(scope="module")
def report(orchard_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report") / "new" / "orchard.html"
    return write_report(orchard_warehouse, "preferences", out)


def test_the_page_says_what_came_out_of_what(report: Path) -> None:
    text = Page(report).text
    assert "42 preferences came out; the filters kept 70 % of 60 labels; 19 rejects" in text
    assert "keep labels 60 42 18 low_margin 18" in text
    assert "sample requests 90 90 0 none 60 41.2 s" in text


def test_costs_stand_beside_the_tokens_where_a_price_is_set(
    orchard_warehouse: Warehouse, report: Path, tmp_path: Path
) -> None:
    assert "cost" not in Page(report).text.lower()
    data = read_report(orchard_warehouse, "preferences")
    settings = {"models": {"strong": {"price": {"read": 2, "generated": 10}}}}
    run = data.provenance.run.model_copy(update={"settings": json.dumps(settings)})
    page = tmp_path / "priced.html"
    page.write_text(render(data._replace(provenance=data.provenance._replace(run=run))), "utf-8")
    text = Page(page).text
    assert "tokens generated cost" in text
    assert "41,000 9,100 0.173" in text
    assert "52,000 15,000 unknown" in text
    assert "all 330 93,000 24,100 at least 0.173" in text


def test_a_judge_that_answers_by_place_is_named_as_worthless(report: Path) -> None:
    text = Page(report).text
    assert (
        "The verdicts of the stand-in judge pairwise@1:tiny flip with the order in 69 % of pairs: "
        "its weight is 0.0, they decide nothing."
    ) in text
    assert "The response shown first wins 76 % (91 of 119; 95 % interval 68 to 83 %)" in text


def test_a_judge_that_tells_places_is_named_though_it_has_weight(
    orchard_warehouse: Warehouse,
) -> None:
    data = read_report(orchard_warehouse, "preferences")
    (judge,) = [a for a in data.annotators if a.record.annotator_id == "pairwise@1:tiny"]
    record = judge.record.model_copy(update={"weight": 0.3, "order_consistency": 0.1})
    said = " ".join(summary(data._replace(annotators=[judge._replace(record=record)])))
    assert (
        "The verdicts of the stand-in judge pairwise@1:tiny flip with the order in 69 % of pairs: most of them tell a "
        "place, not a response; its weight is 0.3."
    ) in said.replace("\N{NO-BREAK SPACE}", " ")


def test_small_numbers_come_with_their_interval(report: Path) -> None:
    text = Page(report).text
    assert "12 of 12 labels agree with gold (95 % interval 76 to 100 %)" in text
    assert "Agrees with gold in 64 % (7 of 11; 95 % interval 35 to 85 %)." in text


def test_annotators_are_compared_with_each_other(report: Path) -> None:
    assert "1 human:ada 92 %40 75 %20 55 %40" in Page(report).text


def test_length_bias_is_told(report: Path) -> None:
    assert "Length bias: the longer response was chosen in 100 % (38 of 38;" in Page(report).text


def test_a_length_is_that_of_all_that_was_said_in_a_response(tmp_path: Path) -> None:
    with publish_cases(tmp_path / "warehouse") as warehouse:
        ids = warehouse.query("SELECT chosen_id, rejected_id FROM preferences WHERE NOT is_tied")
        said = Response.from_table(warehouse.query("FROM responses"))
        bias = read_report(warehouse, "preferences").rows["length_bias"][0]
    n = {one.response_id: len(one.words()) for one in said}
    assert any(one.words() != one.text for one in said)
    sides = [[n[i] for i in ids[name].to_pylist()] for name in ("chosen_id", "rejected_id")]
    longer = sum(chosen > rejected for chosen, rejected in zip(*sides, strict=True))
    assert [bias["median_chosen"], bias["median_rejected"]] == list(map(median, sides))
    assert bias["n_longer_chosen"] == longer


def test_every_reject_reason_has_an_instance(report: Path) -> None:
    found = "read malformed 1 'messages' is a string, wanted a list of {role, content}"
    assert f"{found} line orchard.jsonl:41" in Page(report).text


def test_what_the_filters_do_to_coverage_and_accuracy_is_told(report: Path) -> None:
    page = report.read_text("utf-8")
    assert "What the filters do" in page
    assert '<tr><th>margin</th><td class="r">0.1</td>' in page
    assert "all together" in page


def test_an_example_shows_prompt_responses_tool_calls_and_votes(report: Path) -> None:
    text = Page(report).text
    assert 'calls weather({"city":"Fujiville"})' in text
    assert re.search(r"pairwise@1:strong (a chosen b|b chosen a) \w+ reads better", text)


def test_the_page_loads_nothing_and_runs_nothing(report: Path) -> None:
    page = Page(report)
    assert page.tags & {"script", "link", "iframe", "img", "object", "base", "form"} == set()
    addresses = [v for name, v in page.attributes if name in {"src", "href", "xlink:href"} and v]
    assert [a for a in addresses if not a.startswith("#")] == []
    assert [name for name, _ in page.attributes if name.startswith("on")] == []
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    assert ("content", policy) in page.attributes


def test_markup_in_a_response_stays_text(report: Path) -> None:
    assert "<script>document.title = 'owned'</script> Trees are trees" in Page(report).text


def test_no_id_occurs_twice_though_several_plots_share_the_page(report: Path) -> None:
    ids = [value for name, value in Page(report).attributes if name == "id"]
    assert len(ids) == len(set(ids)) > 50


def test_the_sql_on_the_page_gives_the_figure_beside_it(
    report: Path, orchard_warehouse: Warehouse
) -> None:
    sql = next(code for code in Page(report).code if "How many labels" in code)
    rows = orchard_warehouse.query(sql, at="preferences@1").to_pylist()
    assert [list(row.values()) for row in rows] == [[12, 12, 8, 8, 0]]


def test_the_same_release_gives_the_same_page(
    report: Path, orchard_warehouse: Warehouse, tmp_path: Path
) -> None:
    again = write_report(orchard_warehouse, "preferences@1", tmp_path)
    assert again == tmp_path / "preferences@1.html"
    assert again.read_bytes() == report.read_bytes()
    assert [p.name for p in tmp_path.iterdir()] == ["preferences@1.html"]


def test_a_release_without_gold_says_that_nothing_anchors_it(
    warehouse: Warehouse, staging: Staging, tmp_path: Path
) -> None:
    staging.write(Gold, [])
    publish(warehouse, staging, toy.run(), "preferences", audit(staging, warehouse))
    text = Page(write_report(warehouse, "preferences@1", tmp_path / "toy.html")).text
    assert "There was no gold: these probabilities rest on agreement among annotators alone" in text


def test_an_unknown_release_is_named(orchard_warehouse: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="no release preferences@7: the newest is preferences@1"):
        write_report(orchard_warehouse, "preferences@7", tmp_path)


def test_a_browser_shows_the_page_as_it_was_written(report: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        pytest.skip("no chromium: apt-get install -y --no-install-recommends chromium")
    # Script is left on: the page alone must see to it that none runs.
    shown = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", report.as_uri()],
        capture_output=True, text=True, check=True, timeout=120,
    ).stdout  # fmt: skip
    assert "<title>preferences@1 · Winnow report</title>" in shown
    assert "&lt;script&gt;document.title = 'owned'&lt;/script&gt;" in shown
    assert shown.count("<svg") == 3


def test_the_page_shows_documents_tools_and_every_turn_of_a_response(tmp_path: Path) -> None:
    wanted = ("documents", "a response of several turns", "tools that may be called")
    with publish_cases(tmp_path / "warehouse", only=wanted) as warehouse:
        text = Page(write_report(warehouse, "preferences", tmp_path / "page.html")).text
    assert "Invoice 4471 was paid." in text
    assert "set_level" in text
    assert text.index("Which one?") < text.index("The left one.") < text.index("Yes.")
