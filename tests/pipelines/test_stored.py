from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import toy
from tests.pipelines.judged import compute, judged_run, recompute_from
from winnow.pipelines.preferences.published import published_prompts
from winnow.pipelines.stored import stored_tables
from winnow.schemas.comparisons import Comparison
from winnow.schemas.errors import UnknownName
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.labels import Annotator, KnownAnnotator, Label, Membership
from winnow.schemas.last_word import last_judgments
from winnow.schemas.preferences import Preference
from winnow.warehouse.audit import AuditResult, audit
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.publish import publish
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.staging import Staging


def publish_run(warehouse: Warehouse, folder: Path, name: str, n_prompts: int) -> str:
    run_id = content_id(name)
    staging = judged_run(folder / name, n_prompts)
    compute(staging, run_id, published_prompts(warehouse))
    result = audit(staging, warehouse)
    result.raise_for_failures()
    return publish(warehouse, staging, toy.run(run_id), "preferences", result).release


def test_a_published_release_is_recomputed_row_for_row_from_its_judgments(tmp_path: Path) -> None:
    with Warehouse.open(WarehouseSettings(path=tmp_path / "warehouse")) as warehouse:
        small = publish_run(warehouse, tmp_path, "small", 5)
        large = publish_run(warehouse, tmp_path, "large", 9)
        for name, run, n_rows in ((small, "small", 5), (large, "large", 9)):
            again, before = Staging(tmp_path / name), published_prompts(warehouse, before=name)
            recompute_from(stored_tables(warehouse, name), again, content_id(run), name, before)
            published = warehouse.query(f"from preferences where release = '{name}'")
            rows = again.read(Preference)
            assert rows.num_rows == n_rows
            assert rows.to_pylist() == published.sort_by("preference_id").to_pylist()


def test_what_was_known_of_the_annotators_is_known_again(tmp_path: Path) -> None:
    staging, again = judged_run(tmp_path / "run", 5), Staging(tmp_path / "again")
    who = staging.read(Judgment)["annotator_id"][0].as_py()
    known = KnownAnnotator(annotator_id=who, model="small", annotator_version=3)
    staging.write(KnownAnnotator, [known])
    staging.write(Membership, [Membership(annotator_id=who, group="nurses")])
    run_id = content_id("run")
    compute(staging, run_id)
    with Warehouse.open(WarehouseSettings(path=tmp_path / "warehouse")) as warehouse:
        publish(warehouse, staging, toy.run(run_id), "preferences", audit(staging, warehouse))
        recompute_from(stored_tables(warehouse, "preferences@1"), again, run_id, "preferences@1")
    before, after = (Annotator.from_table(folder.read(Annotator)) for folder in (staging, again))
    assert before == after
    (one,) = (annotator for annotator in after if annotator.annotator_id == who)
    assert (one.model, one.annotator_version, one.groups) == ("small", 3, ("nurses",))


def test_the_split_of_a_published_prompt_is_what_its_newest_release_says(tmp_path: Path) -> None:
    with Warehouse.open(WarehouseSettings(path=tmp_path / "warehouse")) as warehouse:
        assert published_prompts(warehouse).splits == {}
        small = publish_run(warehouse, tmp_path, "small", 5)
        warehouse.con.execute("update preferences set split = 'validation'")
        found, before = published_prompts(warehouse), published_prompts(warehouse, before=small)
    assert set(found.splits.values()) == {"validation"}
    assert set(found.prompts["prompt_id"].to_pylist()) == found.splits.keys()
    assert (before.splits, before.prompts.num_rows) == ({}, 0)


def test_a_later_release_moves_no_prompt_of_an_earlier_one(tmp_path: Path) -> None:
    with Warehouse.open(WarehouseSettings(path=tmp_path / "warehouse")) as warehouse:
        publish_run(warehouse, tmp_path, "small", 5)
        warehouse.con.execute("update preferences set split = 'validation'")
        publish_run(warehouse, tmp_path, "large", 9)
        moved = warehouse.query(
            "select prompt_id from preferences group by 1 having count(distinct split) > 1"
        )
        splits = warehouse.query("select count(*) as n from preferences where split = 'validation'")
    assert moved.num_rows == 0
    assert splits["n"].to_pylist()[0] >= 10


def test_responses_from_before_there_were_turns_are_read(tmp_path: Path) -> None:
    settings = WarehouseSettings(path=tmp_path / "warehouse")
    with Warehouse.open(settings) as warehouse:
        small = publish_run(warehouse, tmp_path, "small", 5)
        warehouse.con.execute("DROP VIEW preference_texts")
        warehouse.con.execute("ALTER TABLE responses DROP COLUMN turns")
    with Warehouse.open(settings) as warehouse:
        again = Staging(tmp_path / "again")
        recompute_from(stored_tables(warehouse, small), again, content_id("small"), small)
    assert again.read(Preference).num_rows == 5


def test_a_release_that_is_not_there_is_named(tmp_path: Path) -> None:
    with (
        Warehouse.open(WarehouseSettings(path=tmp_path / "warehouse")) as warehouse,
        pytest.raises(UnknownName, match="preferences@1"),
    ):
        stored_tables(warehouse, "preferences@1")


ANSWERS = st.lists(st.sampled_from(["a", "b", "tie", "put aside"]), max_size=4)
HISTORIES = st.lists(st.tuples(ANSWERS, st.integers(0, 4)), min_size=3, max_size=3)
ON_TWO_DAYS = st.lists(st.tuples(*[st.sampled_from(["a", "b", None])] * 2), min_size=3, max_size=3)


def answers_of(comparison_id: str, verdicts: Sequence[str]) -> list[Judgment]:
    """Give what one person said of a comparison, each answer in place of the one before."""
    said: list[Judgment] = []
    for minute, verdict in enumerate(verdicts):
        aside = verdict == "put aside"
        fields = {
            "comparison_id": comparison_id,
            "annotator_id": "human:ann",
            "kind": "human",
            "verdict": "invalid" if aside else verdict,
            "is_discarded": aside,
            "request_id": f"item {comparison_id}",
            "created_at": datetime(2026, 5, 1, 9, minute, tzinfo=UTC),
            "supersedes": said[-1].judgment_id if said else None,
        }
        said.append(Judgment.model_validate(fields))
    return said


def said_by(comparison_id: str, annotator: str, verdict: str) -> Judgment:
    fields = {"comparison_id": comparison_id, "annotator_id": annotator, "kind": "human"}
    return Judgment.model_validate({**fields, "verdict": verdict})


@settings(max_examples=8, deadline=None, derandomize=True, database=None)
@given(HISTORIES, ON_TWO_DAYS, ON_TWO_DAYS)
def test_labels_recomputed_are_those_published_though_answers_changed_or_were_withdrawn(
    histories: list[tuple[list[str], int]],
    votes: list[tuple[str | None, str | None]],
    golds: list[tuple[str | None, str | None]],
) -> None:
    with (
        TemporaryDirectory() as folder,
        Warehouse.open(WarehouseSettings(path=Path(folder) / "wh")) as warehouse,
    ):
        for day in (0, 1):
            staging = judged_run(Path(folder) / f"day {day}", 3)
            ids = sorted(staging.read(Comparison)["comparison_id"].to_pylist())
            told = [
                answers_of(i, said if day else said[:n])
                for i, (said, n) in zip(ids, histories, strict=True)
            ]
            cast = zip(ids, votes, strict=True)
            filed = [said_by(i, "human:bob", v[day] or "") for i, v in cast if v[day]]
            people = [judgment for answers in told for judgment in last_judgments(answers)]
            staging.write(Judgment, [*people, *filed], part="people")
            known = [(i, v[day]) for i, v in zip(ids, golds, strict=True) if v[day]]
            staging.write(
                Gold,
                [Gold(comparison_id=i, verdict=v, basis="exam") for i, v in known if v],
            )
            run_id = content_id(f"day {day}")
            compute(staging, run_id)
            publish(warehouse, staging, toy.run(run_id), f"day{day}", AuditResult(checks=()))
        for day in (0, 1):
            again, run_id = Staging(Path(folder) / f"again {day}"), content_id(f"day {day}")
            name = f"day{day}@1"
            recompute_from(stored_tables(warehouse, name), again, run_id, name)
            for record in (Label, Annotator):
                sql = f"from {record.table} where run_id = '{run_id}' order by {record.key[1]}"
                assert again.read(record).to_pylist() == warehouse.query(sql).to_pylist()
