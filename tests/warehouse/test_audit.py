import json

import pytest

from tests import toy
from winnow.schemas.contracts import CONTRACTS
from winnow.schemas.errors import AuditFailed
from winnow.schemas.judgments import Judgment
from winnow.schemas.preferences import Preference
from winnow.schemas.runs import Release
from winnow.warehouse.audit import AuditResult, audit
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.publish import publish
from winnow.warehouse.staging import Staging

PREFERENCES = [c for c in CONTRACTS if c.record is Preference]


def break_a_margin(staging: Staging) -> Preference:
    bad, good = toy.preferences()
    staging.write(Preference, [bad.model_copy(update={"margin": 2.0}), good])
    return bad


def test_a_failure_names_contract_expectation_count_and_ids(staging):
    bad = break_a_margin(staging)
    with pytest.raises(AuditFailed) as error:
        audit(staging, contracts=PREFERENCES).raise_for_failures()
    assert str(error.value) == (
        "nothing was published: contract preferences: expect_column_values_to_be_between on margin "
        f"(a margin lies in 0..1) fails for 1 of 2 rows, first {bad.preference_id}"
    )


def test_further_failures_are_counted_and_named(staging):
    rows = [p.model_copy(update={"margin": 2.0, "evidence": ()}) for p in toy.preferences()]
    staging.write(Preference, rows)
    with pytest.raises(AuditFailed, match=r"\(and 1 more: preferences: a margin lies in 0..1\)"):
        audit(staging, contracts=PREFERENCES).raise_for_failures()


def test_a_staging_that_fails_is_not_published(staging, warehouse):
    break_a_margin(staging)
    with pytest.raises(AuditFailed):
        publish(warehouse, staging, toy.run(), "preferences", audit(staging, warehouse))
    assert warehouse.query("FROM releases").num_rows == 0


def test_a_reference_to_a_row_of_the_warehouse_resolves(staging, warehouse, tmp_path):
    publish(warehouse, staging, toy.run(), "preferences", audit(staging, warehouse))
    later = Staging(tmp_path / "later")
    later.write(Judgment, toy.judgments()[:1])
    later.write(Preference, toy.preferences())
    assert audit(later, warehouse).failures == []
    assert "the comparison of a judgment exists" in [
        check.description for check in audit(later).failures
    ]


def test_the_result_survives_json(staging):
    result = audit(staging, contracts=PREFERENCES)
    assert AuditResult.from_json(result.to_json()) == result
    assert json.loads(result.to_json())["checks"][0]["description"] == "no preference comes twice"


def test_auditing_leaves_the_warehouse_as_it_was(staging, settings):
    with Warehouse.open(settings, read_only=False) as warehouse:
        audit(staging, warehouse, contracts=PREFERENCES)
        audit(staging, warehouse, contracts=PREFERENCES)
        assert warehouse.query("FROM preferences").num_rows == 0
        assert Release.from_table(warehouse.query("FROM releases")) == []


def test_tables_without_rows_are_named_with_every_expectation_but_not_handed_over(
    tmp_path, monkeypatch
):
    import great_expectations as gx

    made = []
    monkeypatch.setattr(
        gx, "get_context", lambda get=gx.get_context, **how: made.append(1) or get(**how)
    )
    staging = Staging(tmp_path / "staging")
    staging.write(Preference, [])
    checks = audit(staging, contracts=PREFERENCES).checks
    (contract,) = PREFERENCES
    assert [check.description for check in checks] == [
        e.description for e in contract.expectations()
    ]
    assert {(check.n_rows, check.n_failed) for check in checks} == {(0, 0)} and not made


def test_all_tables_are_audited_with_one_context(staging, monkeypatch):
    import great_expectations as gx

    made = []
    monkeypatch.setattr(
        gx, "get_context", lambda get=gx.get_context, **how: made.append(1) or get(**how)
    )
    n_tables = len({check.contract for check in audit(staging).checks if check.n_rows})
    assert n_tables > 1 and len(made) == 1


def test_great_expectations_sees_the_rows_that_decide_and_the_broken_column_of_all(
    staging, monkeypatch
):
    from great_expectations.datasource.fluent.pandas_datasource import DataFrameAsset

    seen = []
    build = DataFrameAsset.add_batch_definition_whole_dataframe

    def noted(asset, name):
        found = build(asset, name)
        get = found.get_batch
        object.__setattr__(
            found, "get_batch", lambda given: seen.append(given["dataframe"]) or get(given)
        )
        return found

    monkeypatch.setattr(DataFrameAsset, "add_batch_definition_whole_dataframe", noted)
    row = toy.preferences()[0]
    margins = [0.5] * 500 + [2.0]
    rows = [
        row.model_copy(update={"preference_id": f"p{i}", "margin": margin})
        for i, margin in enumerate(margins)
    ]
    staging.write(Preference, rows)
    failed = audit(staging, contracts=PREFERENCES).failures
    (margin,) = [check for check in failed if check.column == "margin"]
    assert (margin.n_rows, margin.n_failed, margin.examples) == (501, 1, ("p500",))
    few, every = seen
    assert len(few) < 10 and len(every) == 501
    assert set(every.columns) == {"id"} | {check.column for check in failed}
