import json

import pyarrow as pa
import pytest
from rich.console import Console, RenderableType

from tests import orchard
from winnow.reports.terminal.console import console_of_data
from winnow.reports.terminal.query import query_table
from winnow.reports.terminal.releases import (
    annotator_table,
    compare_view,
    cost_line,
    release_view,
    releases_table,
    stage_table,
)
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.provenance import provenance_of
from winnow.warehouse.releases import ReleaseDifference, compare, releases

ID = "0123456789abcdef" * 4


def lines(view: RenderableType, width: int = 100) -> list[str]:
    console = Console(width=width, no_color=True)
    with console.capture() as said:
        console.print(view)
    return [" ".join(line.split()) for line in said.get().splitlines()]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return orchard.publish_orchard(tmp_path_factory.mktemp("render") / "warehouse")


def test_releases_are_listed_with_their_rows(warehouse: Warehouse) -> None:
    header, row = lines(releases_table(releases(warehouse)))
    assert header == "release preferences published (UTC) run content"
    assert row.startswith("preferences@1 42 ")


def test_costs_are_shown_in_all_and_by_model_where_a_price_is_set(warehouse: Warehouse) -> None:
    run = orchard.run()
    assert cost_line(run) == ""
    settings = {"models": {"strong": {"price": {"read": 2, "generated": 10}}}}
    strong, _ = run.models
    priced = run.model_copy(update={"settings": json.dumps(settings)})
    assert cost_line(priced) == "at least 0.173: strong 0.173, tiny unknown"
    alone = priced.model_copy(update={"models": (strong,)})
    assert cost_line(alone) == "0.173"
    shown = release_view(provenance_of(warehouse, "preferences@1")._replace(run=alone))
    assert "cost 0.173" in lines(shown)


def test_the_time_of_all_tries_is_shown(warehouse: Warehouse) -> None:
    found = provenance_of(warehouse, "preferences@1")
    again = found.run.model_copy(update={"n_starts": 3, "seconds": 600.0})
    assert "worked 10 min in 3 tries" in lines(release_view(found._replace(run=again)))
    assert not [line for line in lines(release_view(found)) if line.startswith("worked")]


def test_stages_show_why_records_were_rejected() -> None:
    shown = lines(stage_table(orchard.run().counts))
    assert "keep labels 60 42 18 low_margin 18 0.2 s" in shown
    assert "sample requests 90 90 60 41.2 s" in shown


def test_a_worthless_judge_is_called_so() -> None:
    shown = lines(annotator_table(orchard.annotators()))
    assert "pairwise@1:tiny 120 1 61% 80% 55% of 11 0.0 stand-in, decides nothing" in shown
    assert "human:ada 21 – – 100% of 4 2.9" in shown


def test_a_judge_whose_verdicts_mostly_flip_is_called_so_though_it_has_weight() -> None:
    judge = orchard.annotators()[0].model_copy(update={"weight": 0.3, "order_consistency": 0.1})
    assert "0.3 flips with the order" in lines(annotator_table([judge]))[1]
    few = judge.model_copy(update={"n_judgments": 4})
    assert "flips with" not in lines(annotator_table([few]))[1]


def test_an_annotator_of_negative_weight_is_said_to_count_the_other_way() -> None:
    contrary = orchard.annotators()[0].model_copy(update={"weight": -0.7})
    assert lines(annotator_table([contrary]))[1].endswith("-0.7 counts the other way")


def test_an_annotator_of_whom_nothing_could_be_read_is_called_unread() -> None:
    mute = orchard.annotators()[0].model_copy(update={"n_invalid": 120, "weight": 0.0})
    assert lines(annotator_table([mute]))[1].endswith("0.0 unread")


def test_the_name_of_an_annotator_is_never_cut_off() -> None:
    shown = lines(annotator_table(orchard.annotators()), width=60)
    assert any("reference_overlap@1" in line for line in shown)


def test_a_release_is_shown_with_its_whole_run_id_and_its_audit(warehouse: Warehouse) -> None:
    shown = lines(release_view(provenance_of(warehouse, "preferences")))
    assert f"run {orchard.RUN_ID} (orchard)" in shown
    assert any(
        line.startswith("audit all ") and line.endswith("expectations held") for line in shown
    )


def test_equal_releases_have_nothing_to_compare(warehouse: Warehouse) -> None:
    assert lines(compare_view(compare(warehouse, "preferences@1", "preferences@1"))) == [
        "preferences@1 → preferences@1 42 the same",
        "Nothing was added, dropped or flipped.",
    ]


def test_changes_between_releases_are_counted_by_reason() -> None:
    row = {
        "change": "dropped",
        "reason": "low_margin",
        "comparison_id": ID,
        "detail": "margin 0.02",
    }
    changes = pa.Table.from_pylist([row] * 25)
    shown = lines(compare_view(ReleaseDifference("p@1", "p@2", 3, changes)), width=140)
    assert "dropped low_margin 25" in shown
    assert f"dropped low_margin {ID} margin 0.02" in shown
    assert shown[-1] == "and 5 more changes"


def test_a_long_text_is_cut_between_words_and_ids_stay_whole() -> None:
    row = {"preference_id": ID, "chosen": "word " * 100, "margin": 0.123456789}
    first, *text, margin, told = lines(query_table(pa.Table.from_pylist([row])))
    assert first == f"preference_id {ID}"
    assert " ".join(text) == f"chosen {'word ' * 80}…"
    assert (margin, told) == ("margin 0.123457", "1 row")


def test_in_a_pipe_all_rows_and_whole_texts_are_shown_a_line_each(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = pa.table({"n": range(300), "text": ["a \n" * 300 + "end"] * 300})
    console_of_data().print(query_table(rows))
    _, *shown, told = capsys.readouterr().out.splitlines()
    assert len(shown) == 300
    assert all(line.endswith(" a a end") for line in shown)
    assert told == "300 rows"


def test_tokens_that_a_server_did_not_count_are_said_to_be_unknown(warehouse: Warehouse) -> None:
    found = provenance_of(warehouse, "preferences@1")
    strong, tiny = found.run.models
    uses = (
        strong.model_copy(update={"n_uncounted": 2}),
        tiny.model_copy(update={"n_tokens": None, "n_uncounted": tiny.n_requests}),
    )
    odd = found._replace(run=found.run.model_copy(update={"models": uses}))
    shown = " ".join(lines(release_view(odd), width=400))
    assert "requests, at least 9,100 tokens: 2 answers came without a count" in shown
    assert "requests, unknown tokens" in shown


def test_the_share_of_tokens_from_the_cache_is_shown_where_it_is_known(
    warehouse: Warehouse,
) -> None:
    found = provenance_of(warehouse, "preferences@1")
    strong, tiny = found.run.models
    assert "cached" not in " ".join(lines(release_view(found), width=400))
    uses = (strong.model_copy(update={"n_cached_tokens": strong.n_prompt_tokens // 4}), tiny)
    run = found.run.model_copy(update={"models": uses})
    shown = " ".join(lines(release_view(found._replace(run=run)), width=400))
    assert shown.count("cached") == 1
    assert f"{strong.n_tokens:,} tokens, 25% of the tokens read cached" in shown


def test_rows_with_more_ids_than_fit_are_shown_one_column_a_line() -> None:
    row = {"preference_id": ID, "comparison_id": ID[::-1], "margin": 0.5}
    assert lines(query_table(pa.Table.from_pylist([row])), width=90) == [
        f"preference_id {ID}",
        f"comparison_id {ID[::-1]}",
        "margin 0.5",
        "1 row",
    ]


def test_full_shows_all_rows_and_all_text() -> None:
    rows = pa.table({"n": range(300), "text": ["a " * 100 + "end"] * 300})
    assert lines(query_table(rows))[-1] == "300 rows, the first 200 shown; --full shows all"
    full = lines(query_table(rows, full=True))
    assert full[-1] == "300 rows"
    assert sum(line.endswith("end") for line in full) == 300


def test_markup_in_a_text_is_shown_as_it_is() -> None:
    assert "[bold]not bold[/]" in lines(query_table(pa.table({"chosen": ["[bold]not bold[/]"]})))


def test_an_empty_result_says_so() -> None:
    assert lines(query_table(pa.table({"n": pa.array([], pa.int64())})))[-1] == "0 rows"
