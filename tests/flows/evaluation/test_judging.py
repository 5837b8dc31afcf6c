import json
from pathlib import Path

from tests.pipelines.toy import ask
from winnow.flows.evaluation.judging import _rubrics
from winnow.flows.settings.evaluation import EvaluationSettings


def test_what_a_file_of_rubrics_holds_is_taken_derived_or_not(tmp_path: Path) -> None:
    path = tmp_path / "rubrics.json"
    criterion = {"kind": "checklist", "text": "It says why."}
    path.write_text(json.dumps({"name": "drawn", "derived_from": "run-1", "criteria": [criterion]}))
    settings = EvaluationSettings.model_validate({"rubrics": {"path": str(path)}})
    found = _rubrics(settings)
    assert found is not None
    for choice in (found.proven, found.every):
        ruled = choice.of(ask("Why?"))
        assert ruled is not None and ruled.rubric.derived_from == "run-1"
