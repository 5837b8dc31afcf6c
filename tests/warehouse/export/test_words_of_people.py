"""What people wrote of responses comes out as rows of principles that a response fulfils or not."""

import json
from pathlib import Path

import datasets
import pytest

from tests import toy
from tests.pipelines.toy import RUN, TOY, StoredModel, completion
from winnow.pipelines.rubrics.deriving import DeriveSettings
from winnow.pipelines.steps import DeriveStep, StepContext
from winnow.schemas.judgments import Judgment
from winnow.warehouse.audit import audit
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.export import export
from winnow.warehouse.publish import publish
from winnow.warehouse.settings import WarehouseSettings

BEST, MIDDLE, *_ = toy.responses()
WORDS = {"ada": (BEST, "It names the moon, good."), "ben": (MIDDLE, "It never names the moon!")}


@pytest.mark.parametrize("form", ["principles", "criterion_verdicts"])
def test_what_people_wrote_of_responses_is_exported_as_what_each_fulfils(
    tmp_path: Path, form: str
) -> None:
    def reply(page: str) -> str:
        is_met = "never" not in page
        quote = "names the moon" if is_met else "never names the moon"
        said = {"quote": quote, "criterion": "Names the moon.", "answer": "yes" if is_met else "no"}
        return json.dumps({"principles": [said]})

    staging = toy.stage(tmp_path / "staging")
    people = [
        Judgment(
            subject_kind="response", subject_id=response.response_id, annotator_id=who,
            kind="human", rationale=words,
        )
        for who, (response, words) in WORDS.items()
    ]  # fmt: skip
    staging.write(Judgment, people, part="people")
    model = StoredModel(tmp_path / "store", lambda r: completion(r, reply(r.messages[-1].text())))
    step = DeriveStep(settings=DeriveSettings(by="feedback", model="toy"))
    step.work(StepContext(staging, RUN, "derive", models={"toy": TOY}, answer=model.answer))
    derived = {j.judgment_id for j in Judgment.from_table(staging.read_part(Judgment, "derive"))}
    with Warehouse.open(WarehouseSettings(path=tmp_path / "warehouse")) as warehouse:
        publish(warehouse, staging, toy.run(), "preferences", audit(staging, warehouse))
        export(warehouse, "preferences@1", form, tmp_path / "out", splits={"train": 1.0})
    loaded = datasets.load_dataset(
        str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"), split="train"
    )
    rows = [dict(row) for row in loaded]
    if form == "principles":
        rows = [row for row in rows if set(row["judgment_ids"]) & derived]
        found = {
            row["response_id"]: (row["principle"], row["fulfilment"], row["evidence"])
            for row in rows
        }
        assert found == {
            BEST.response_id: ("Names the moon.", "Yes", ["names the moon"]),
            MIDDLE.response_id: ("Names the moon.", "No", ["never names the moon"]),
        }
        assert all(row["annotator_ids"] == ["feedback@1:toy"] for row in rows)
    else:
        rows = [row for row in rows if row["judgment_id"] in derived]
        assert {(row["response_id"], row["verdict"], row["annotator_kind"]) for row in rows} == {
            (BEST.response_id, "yes", "llm"),
            (MIDDLE.response_id, "no", "llm"),
        }
