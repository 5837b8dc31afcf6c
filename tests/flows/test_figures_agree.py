"""What the terminal, the page and the tables show of one release is the same."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.contest import JUDGE, PERSON, RUN_ID, publish_contest
from winnow.flows.commands.cli import app
from winnow.reports.intervals import percent
from winnow.warehouse.catalog import Warehouse

RELEASE = "contest@1"


class Shown:
    """One release, as each way of looking shows it."""

    def __init__(self, warehouse: Warehouse, folder: Path) -> None:
        self._warehouse, self._folder = warehouse, folder
        self.page = _text_of(
            self.command("report", RELEASE, "--out", str(folder / "page.html")), folder
        )
        self.show = self.command("show", RELEASE)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """Give the rows of a query as of the release."""
        return self._warehouse.query(sql, at=RELEASE).to_pylist()

    def command(self, *arguments: str) -> str:
        """Give what a command prints, a space for each run of blanks, the lines kept."""
        options = ["--warehouse", str(self._folder / "house")]
        done = CliRunner().invoke(
            app, [*arguments, *options], env={"COLUMNS": "240", "NO_COLOR": "1"}
        )
        assert done.exit_code == 0, done.output
        return "\n".join(" ".join(line.split()) for line in done.output.splitlines())


def _text_of(_: str, folder: Path) -> str:
    html = (folder / "page.html").read_text("utf-8")
    body = re.sub(
        r"<details><summary>SQL.*?</details>|<style>.*?</style>", " ", html, flags=re.DOTALL
    )
    return " ".join(re.sub(r"<[^>]+>", " ", body).replace("\N{NO-BREAK SPACE}", " ").split())


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    folder = tmp_path_factory.mktemp("agree")
    with publish_contest(folder / "house"):
        pass  # the commands open it themselves
    from winnow.warehouse.settings import WarehouseSettings

    with Warehouse.open(WarehouseSettings(path=folder / "house"), read_only=True) as warehouse:
        yield Shown(warehouse, folder)


def whole(share: float) -> str:
    return percent(share).replace("\N{NO-BREAK SPACE}", " ")


def test_preferences_and_ties_are_as_many_everywhere(shown: Shown) -> None:
    (row,) = shown.rows(
        f"SELECT count(*) AS n, count(*) FILTER (is_tied) AS tied FROM preferences WHERE release = '{RELEASE}'"
    )
    assert row["n"] > 50
    assert f"{RELEASE} {row['n']} preferences" in shown.show
    assert f"{row['n']} preferences {row['tied'] or 'none'} of them" in shown.page
    assert f"{row['n']} preferences came out" in shown.page


def test_stages_and_their_rejects_are_as_many_everywhere(shown: Shown) -> None:
    counted = {
        (r["stage"], r["reason"]): r["n"]
        for r in shown.rows("SELECT stage, reason, count(*) AS n FROM rejects GROUP BY ALL")
    }
    assert len(counted) > 1
    stages = shown.rows("SELECT unnest(counts, recursive := true) FROM runs")
    for (stage, reason), n in counted.items():
        (of_stage,) = [s for s in stages if s["stage"] == stage]
        assert {"reason": reason, "n": n} in of_stage["rejects"]
        assert f"{stage} {reason} {n} " in shown.page
    for s in stages:
        n_lost = s["n_in"] - s["n_out"]
        lost = f" {n_lost}" if n_lost else ""
        assert f"{s['stage']} {s['unit']} {s['n_in']} {s['n_out']}{lost}" in shown.show
        assert f"{s['stage']} {s['unit']} {s['n_in']} {s['n_out']} {n_lost}" in shown.page


def test_models_stand_as_their_verdicts_count(shown: Shown) -> None:
    counted = shown.rows(
        """
        WITH said AS (
            SELECT a.model AS one, b.model AS other, j.verdict
            FROM judgments AS j JOIN comparisons AS c USING (comparison_id)
            JOIN responses AS a ON a.response_id = c.response_ids[1]
            JOIN responses AS b ON b.response_id = c.response_ids[2]
            WHERE j.verdict <> 'invalid' AND c.comparison_id IN (SELECT comparison_id FROM labels)
        ),
        sides AS (
            SELECT one AS model, verdict = 'a' AS won, verdict = 'tie' AS tied FROM said
            UNION ALL SELECT other, verdict = 'b', verdict = 'tie' FROM said
        )
        SELECT model, count(*) FILTER (won) AS won, count(*) FILTER (tied) AS tied,
            count(*) FILTER (NOT won AND NOT tied) AS lost
        FROM sides GROUP BY model
        """
    )
    table = {row["model"]: row for row in shown.rows("SELECT * FROM standings")}
    assert set(table) == {"large", "middle", "small"}
    for row in counted:
        one = table[row["model"]]
        counts = (row["won"], row["tied"], row["lost"])
        assert counts == (one["n_won"], one["n_tied"], one["n_lost"])
        assert one["win_rate"] == pytest.approx((row["won"] + row["tied"] / 2) / sum(counts))
        low, high = one["win_rate_low"], one["win_rate_high"]
        printed = f"{one['win_rate']:.0%} ({100 * low:.0f} to {100 * high:.0f})"
        assert f"{row['model']} {'/'.join(map(str, counts))} {printed}" in shown.show
        told = f"{whole(one['win_rate'])} {whole(low)} to {whole(high)}"
        assert (
            f"{row['model']} {one['n_prompts']} {' '.join(map(str, counts))} {told}" in shown.page
        )


def test_what_filters_do_is_the_same_in_the_table_the_page_and_the_command(shown: Shown) -> None:
    effects = shown.rows(
        f"SELECT * FROM filter_effects WHERE run_id = '{RUN_ID}' ORDER BY position"
    )
    printed = shown.command("filters", RELEASE)
    assert [one["filter"] for one in effects] == ["order_consistent", "margin"]
    for one in effects:
        right = one["n_right_passed"] / one["n_gold_passed"]
        line = next(row for row in printed.splitlines() if row.startswith(one["filter"]))
        assert f"{one['n_passed'] / one['n_labels']:.1%} {right:.1%} " in line
        assert f" {one['n_gold_passed']} " in line
        row = re.search(
            rf"{one['filter']} {one['threshold']:g} (\d+) \d+ (\d+) ([^%]*%)", shown.page
        )
        assert row and row.groups() == (
            str(one["n_passed"]),
            str(one["n_gold_passed"]),
            whole(right),
        )
    (keep,) = shown.rows(
        "SELECT n_in, n_out FROM (SELECT unnest(counts, recursive := true) FROM runs) WHERE stage = 'keep'"
    )
    assert effects[-1]["n_kept"] == keep["n_out"]


def test_labels_on_gold_are_counted_alike(shown: Shown) -> None:
    (row,) = shown.rows(
        """
        SELECT count(*) AS n, count(*) FILTER (
            g.verdict = CASE WHEN p_tie >= greatest(p_a, p_b) THEN 'tie' WHEN p_a > p_b THEN 'a' ELSE 'b' END
        ) AS n_right
        FROM labels JOIN gold AS g USING (comparison_id)
        """
    )
    assert row["n"] == 90
    assert f"{row['n_right']} of {row['n']} labels right on gold" in shown.page
    assert f"{row['n_right']} of {row['n']} labels agree with gold" in shown.page
    assert (
        f"likeliest verdict agrees with gold in {whole(row['n_right'] / row['n'])} ({row['n_right']} of {row['n']};"
        in shown.page
    )


def test_an_annotator_is_as_right_on_gold_and_as_steady_wherever_it_is_told(shown: Shown) -> None:
    (view,) = shown.rows(f"SELECT * FROM annotator_gold WHERE annotator = '{PERSON}'")
    printed = f"{view['share']:.0%} of {view['n']}"
    assert printed in next(row for row in shown.show.splitlines() if row.startswith(PERSON))
    assert (
        f"Agrees with gold in {whole(view['share'])} ({view['hits']} of {view['n']};" in shown.page
    )
    evaluated = shown.command("evaluate", RELEASE, "--people")
    assert any(row.startswith(f"{PERSON} {view['share']:.1%} ") for row in evaluated.splitlines())
    (first,) = shown.rows(f"SELECT * FROM annotator_position WHERE annotator = '{JUDGE}'")
    assert f" {first['share']:.0%} " in next(
        r for r in shown.show.splitlines() if r.startswith(JUDGE)
    )
    assert f"wins {whole(first['share'])} ({first['hits']} of {first['n']};" in shown.page
    # An evaluation is of comparisons with gold alone, so its share is of fewer.
    (known,) = shown.rows(
        f"""
        SELECT avg((verdict = left("order", 1))::INT) AS share
        FROM judgments SEMI JOIN gold USING (comparison_id)
        WHERE annotator_id = '{JUDGE}' AND verdict IN ('a', 'b')
        """
    )
    judged = next(row for row in evaluated.splitlines() if row.startswith(JUDGE))
    assert judged.endswith(f" {known['share']:.1%}")


def test_annotators_agree_as_often_on_the_page_as_their_verdicts_do(shown: Shown) -> None:
    (row,) = shown.rows(
        f"""
        SELECT count(*) AS n, count(*) FILTER (one.verdict = other.verdict) AS same
        FROM judgments AS one JOIN judgments AS other USING (comparison_id)
        WHERE one.annotator_id = '{PERSON}' AND other.annotator_id = '{JUDGE}'
            AND one.verdict <> 'invalid' AND other.verdict <> 'invalid'
        """
    )
    assert f"{whole(row['same'] / row['n'])} {row['n']} " in shown.page
    (alpha,) = shown.rows("SELECT * FROM release_alphas WHERE level = 'ordinal' AND among = 'all'")
    ends = f"({alpha['low']:.2f} to {alpha['high']:.2f})"
    assert f"{alpha['value']:.2f} {ends}" in shown.show


def test_shortcuts_are_told_by_one_figure_and_one_finding(shown: Shown) -> None:
    (length,) = shown.rows("SELECT * FROM shortcuts WHERE shortcut = 'length'")
    share, ends = length["accuracy"], (length["low"], length["high"])
    guess = "longer"
    if share < 0.5:
        share, ends, guess = 1 - share, (1 - ends[1], 1 - ends[0]), "shorter"
    printed = f"length {share:.0%} {ends[0]:.0%} to {ends[1]:.0%}"
    assert printed in shown.show
    sentence = f"Choosing the {guess} response agrees with {whole(share)} of {length['n']} labels"
    assert f"Does length explain the choice? {sentence}" in shown.page
    assert "Length bias" not in shown.page
    assert "was chosen in" not in shown.page.replace("Who wrote what was chosen", "")
