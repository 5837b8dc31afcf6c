"""Every judge and verifier that is registered runs through an evaluation, whatever it asks and measures."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from tests.pipelines.toy import BEAM, TOY, StoredModel, completion, rubric
from winnow.annotation.evaluation import evaluate
from winnow.annotation.judge import JUDGES
from winnow.annotation.rubrics.standing import RubricChoice, in_force
from winnow.annotation.verifier import VERIFIERS
from winnow.pipelines.evaluating.labelled import Labelled
from winnow.pipelines.evaluating.read_files import read_files
from winnow.pipelines.evaluating.running import RubricsByTrust, run_judges
from winnow.pipelines.inference.requests import ChatRequest, Completion
from winnow.pipelines.labelling.settings import AnnotatorSettings, JudgeSettings, VerifierSettings
from winnow.schemas.rubrics import Criterion, Rubric

RUN = Path(__file__).parents[3] / "docs" / "every-key" / "run.yaml"


def label_lists(value: Any) -> Iterator[list[Any]]:
    """Find every list under a key `label` of the settings that show every key."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "label" and isinstance(inner, list):
                yield inner
            else:
                yield from label_lists(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from label_lists(inner)


def entries() -> list[JudgeSettings | VerifierSettings]:
    documents = yaml.safe_load_all(RUN.read_text("utf-8"))
    adapter: TypeAdapter[Any] = TypeAdapter(AnnotatorSettings)
    found: dict[str, Any] = {}
    for document in documents:
        for entry in (one for label in label_lists(document) for one in label):
            # Which comparisons are shown depends on a run's own.
            read = adapter.validate_python({k: v for k, v in entry.items() if k != "exemplar_ids"})
            found.setdefault(read.annotator_id, read)
    shown = {getattr(one, "judge", getattr(one, "verifier", "")) for one in found.values()}
    missing = [
        {"judge": name, "model": "judge"} for name in sorted(set(JUDGES) - shown)
    ] + [{"verifier": name} for name in sorted(set(VERIFIERS) - shown)]  # fmt: skip
    for settings in missing:
        read = adapter.validate_python(settings)
        found.setdefault(read.annotator_id, read)
    return list(found.values())


def made_of(schema: dict[str, Any]) -> Any:
    """Write the first value that a JSON schema allows."""
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        return {name: made_of(inner) for name, inner in schema.get("properties", {}).items()}
    if kind == "array":
        return [made_of(schema.get("items", {}))] * schema.get("minItems", 1)
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    return True if kind == "boolean" else "four"


def reply(request: ChatRequest) -> Completion:
    """Answer as a model does that says the first thing it may; rewards grow with the length of what is scored."""
    if request.task == "reward":
        score = float(len(str(request.messages[-1].content)))
        return completion(request, "").model_copy(update={"score": score})
    text = json.dumps(made_of(json.loads(request.json_schema))) if request.json_schema else "four"
    return completion(request, text)


def bench(folder: Path) -> Labelled:
    rows = [
        {
            "prompt": f"What is {k} + {k}? Answer in one word.",
            "reference": f"{2 * k}",
            "chosen": f"{2 * k}",
            "rejected": f"It is {2 * k + 1}, and \ufffd.",
            "id": k,
        }
        for k in range(4)
    ]
    path = folder / "bench.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return read_files(path, None, None, keep_views=True)


@pytest.mark.parametrize("entry", entries(), ids=lambda one: one.annotator_id)
def test_it_is_asked_everywhere_and_what_it_says_is_measured(
    tmp_path: Path, entry: JudgeSettings | VerifierSettings
) -> None:
    labelled, model = bench(tmp_path), StoredModel(tmp_path / "store", reply)
    records = rubric("all", "It is a number.")
    choice = RubricChoice.among(
        in_force(
            [one for one in records if isinstance(one, Rubric)],
            [one for one in records if isinstance(one, Criterion)],
        )
    )
    names = entry.model_names.values() if isinstance(entry, JudgeSettings) else ()
    ran = run_judges(
        labelled,
        [entry],
        models=dict.fromkeys(names, TOY),
        answer=model.answer,
        store=model.store,
        beam=BEAM,
        rubrics=RubricsByTrust(choice, choice),
    )
    said = set(ran.judgments["item_id"].to_pylist())
    left = {view.comparison_id for view in labelled.views} - said
    # What nobody could say is named, each with its reason.
    assert not left or ran.rejects
    assert (
        not left
        or isinstance(entry, JudgeSettings)
        or {r.reason for r in ran.rejects} == {entry.build().needs}
    )
    verdicts = [v for v in ran.judgments["verdict"].to_pylist() if v != "invalid"]
    if not verdicts:
        return
    (found,) = evaluate(ran.judgments, labelled.gold, labelled.items, layout="rewardbench").judges
    assert found.annotator == entry.annotator_id and found.accuracy and found.ties_lose
    n_unread = ran.judgments.num_rows - len(verdicts)
    assert found.invalid and found.invalid.value == pytest.approx(n_unread / ran.judgments.num_rows)
