"""Each recipe of CONTRIBUTING walked through: a plug-in in one file of its own, at work in the real stage."""

import importlib.util
import json
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests import orchard
from tests.pipelines.toy import (
    BEAM,
    RUN,
    TOY,
    StoredModel,
    answer,
    ask,
    compare_two,
    completion,
    reasons,
    stage,
)
from winnow.annotation.judge import JUDGES
from winnow.annotation.verifier import VERIFIERS
from winnow.flows.settings.run import CurationSettings
from winnow.pipelines.filters.case import FILTERS
from winnow.pipelines.inference.requests import ChatRequest, Completion
from winnow.pipelines.labelling.settings import JudgeSettings, VerifierSettings
from winnow.pipelines.steps import STEPS, StepContext
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.pipelines.steps.keep import FilterSettings, keep
from winnow.pipelines.steps.label import label
from winnow.schemas.judgments import Judgment
from winnow.schemas.responses import Response
from winnow.schemas.rubrics import Criterion, Rubric
from winnow.schemas.token_logprobs import TokenChoice, TokenLogprob
from winnow.warehouse.export import ExportSettings, export
from winnow.warehouse.export.layout import FORMATS
from winnow.warehouse.staging import Staging

HERE = Path(__file__).parent
REGISTRIES = (JUDGES, VERIFIERS, FILTERS, FORMATS, STEPS)
SKY = ask("Why is the sky blue?")
AIR, PAINT = answer(SKY, "Air scatters blue."), answer(SKY, "Paint.")
PAIR = compare_two(AIR, PAINT)
NAMES = dict(zip(PAIR.response_ids, "ab", strict=True))


@pytest.fixture(autouse=True)
def registries(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let what a test enters be gone after it."""
    for registry in REGISTRIES:
        monkeypatch.setattr(registry, "_kinds", dict(registry._kinds))
    yield


def plug_in(name: str) -> None:
    """Import a file of this folder, which enters what it holds."""
    spec = importlib.util.spec_from_file_location(f"plugged_{name}", HERE / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


def labelled(
    folder: Path,
    entry: JudgeSettings | VerifierSettings,
    model: StoredModel,
    criteria: Sequence[Criterion] = (),
) -> tuple[Staging, list[Judgment]]:
    staging = stage(folder / "run", SKY, AIR, PAINT, PAIR)
    staging.write(
        Rubric, [Rubric(rubric_id=i, name=i, source="toy") for i in {c.rubric_id for c in criteria}]
    )
    staging.write(Criterion, criteria)
    label(staging, [entry], RUN, models={"toy": TOY}, answer=model.answer, beam=BEAM)
    said = Judgment.from_table(staging.read(Judgment))
    return staging, [j for j in said if j.comparison_id == PAIR.comparison_id]


def better(words: str) -> str:
    """Say where the response on air stands."""
    return "1" if words.index("Air") < words.index("Paint") else "2"


def test_a_judge_that_reads_log_probabilities_is_one_file(tmp_path: Path) -> None:
    def likelier(request: ChatRequest) -> Completion:
        said = better(str(request.messages[-1].content))
        likely = {said: 0.7, "21"[int(said) - 1]: 0.2}
        top = tuple(TokenChoice(token=t, logprob=math.log(p)) for t, p in likely.items())
        token = TokenLogprob(token=said, logprob=math.log(0.7), top=top)
        return completion(request, said).model_copy(update={"token_logprobs": (token,)})

    plug_in("sure_judge")
    model = StoredModel(tmp_path / "store", likelier)
    _, judgments = labelled(tmp_path, JudgeSettings(judge="sure", model="toy"), model)
    assert {r.sampling.logprobs for r in model.asked} == {5}
    assert {j.order for j in judgments} == {"ab", "ba"}
    assert {j.verdict for j in judgments} == {NAMES[AIR.response_id]}


def test_a_judge_that_asks_two_questions_is_one_file(tmp_path: Path) -> None:
    def two_rounds(request: ChatRequest) -> Completion:
        words = str(request.messages[-1].content)
        if words.startswith("What matters"):
            return completion(request, "Physics matters")
        assert words.startswith("Physics matters. 1: ")
        return completion(request, better(words))

    plug_in("checking_judge")
    model = StoredModel(tmp_path / "store", two_rounds)
    _, judgments = labelled(tmp_path, JudgeSettings(judge="checking", model="toy"), model)
    # The first question is one for both orders, the second one for each.
    assert len(model.asked) == 3
    assert {(j.verdict, j.rationale) for j in judgments} == {
        (NAMES[AIR.response_id], "Physics matters")
    }


def test_a_judge_that_looks_at_one_response_is_one_file(tmp_path: Path) -> None:
    plug_in("brief_judge")
    entry = JudgeSettings(judge="brief", model="toy")
    model = StoredModel(
        tmp_path / "store", lambda request: completion(request, better_brevity(request))
    )
    staging, _ = labelled(tmp_path, entry, model)
    assert len(model.asked) == 2
    aggregate_judgments(staging, AggregateSettings(), RUN)
    said = Judgment.from_table(staging.read(Judgment))
    assert {j.subject_id: [r.score for r in j.ratings] for j in said if not j.comparison_id} == {
        AIR.response_id: [2.0],
        PAINT.response_id: [5.0],
    }
    (judgment,) = (j for j in said if j.comparison_id)
    assert (judgment.verdict, judgment.order) == (NAMES[PAINT.response_id], None)


def test_a_judge_that_goes_by_the_prompts_rubric_is_one_file(tmp_path: Path) -> None:
    def met(request: ChatRequest) -> Completion:
        words = str(request.messages[-1].content)
        assert words.startswith("How many of these are true?\nNames the air\n\n")
        return completion(request, str(int("Air" in words)))

    plug_in("ruled_judge")
    criterion = Criterion(
        criterion_id="air", rubric_id="sky", kind="checklist", text="Names the air", source="toy"
    )
    model = StoredModel(tmp_path / "store", met)
    entry = JudgeSettings(judge="ruled", model="toy")
    staging, _ = labelled(tmp_path, entry, model, [criterion])
    said = Judgment.from_table(staging.read(Judgment))
    assert {(j.subject_id, j.ratings[0].score, j.rubric_id) for j in said} == {
        (AIR.response_id, 1.0, "sky"),
        (PAINT.response_id, 0.0, "sky"),
    }


def better_brevity(request: ChatRequest) -> str:
    return "2" if "Air" in str(request.messages[-1].content) else "5"


def nothing(request: ChatRequest) -> Completion:
    raise AssertionError("no model is asked")


def test_a_verifier_is_one_file(tmp_path: Path) -> None:
    plug_in("short_verifier")
    entry = VerifierSettings(verifier="short")
    _, (judgment,) = labelled(tmp_path, entry, StoredModel(tmp_path / "store", nothing))
    assert (judgment.verdict, judgment.annotator_id) == (NAMES[PAINT.response_id], "short@1")


@pytest.mark.parametrize(
    ("file", "name", "lax", "reason"),
    [
        ("annotators_filter", "enough_annotators", 1, "few_annotators"),
        ("sole_judge_filter", "no_sole_judge", 0, "sole_judge"),
    ],
)
def test_a_filter_is_one_file(tmp_path: Path, file: str, name: str, lax: int, reason: str) -> None:
    plug_in(file)
    plug_in("short_verifier")
    entry = VerifierSettings(verifier="short")
    staging, _ = labelled(tmp_path, entry, StoredModel(tmp_path / "store", nothing))
    aggregate_judgments(staging, AggregateSettings(), RUN)
    for threshold, rejected in ((lax, {}), (lax + 1, {PAIR.comparison_id: reason})):
        settings = FilterSettings.model_validate({name: threshold})
        keep(staging, [settings], RUN)
        assert reasons(staging, "keep") == rejected


def test_a_step_is_one_file(tmp_path: Path) -> None:
    plug_in("cut_step")
    steps = [{"cut": {"n_chars": 4}}, "compare", {"label": [{"verifier": "form"}]}]
    settings = CurationSettings.model_validate(
        {"name": "toy", "prompts": {"path": "p.jsonl"}, "steps": steps}
    )
    cut, compare, *_ = settings.sequence
    staging = stage(tmp_path / "run", SKY, AIR, PAINT)
    for placed in (cut, cut, compare):
        (count,) = placed.step.work(StepContext(staging, RUN, placed.stage))
    made = Response.from_table(staging.read_part(Response, "cut"))
    assert {(r.text, r.parent_id) for r in made} == {
        ("Air ", AIR.response_id),
        ("Pain", PAINT.response_id),
    }
    assert count.n_out == 6
    with pytest.raises(ValueError, match=r"cut\.n_chars is 'few', wanted a whole number"):
        CurationSettings.model_validate(
            settings.effective() | {"steps": [{"cut": {"n_chars": "few"}}]}
        )


def test_an_export_format_is_one_file(tmp_path: Path) -> None:
    plug_in("lines_format")
    settings = ExportSettings.model_validate({"format": "lines", "upper": True})
    with orchard.publish_orchard(tmp_path / "warehouse") as warehouse:
        export(warehouse, "preferences@1", settings.format, tmp_path / "out", **settings.options)
    lines = (tmp_path / "out").rglob("*.jsonl")
    rows = [json.loads(line) for file in lines for line in file.read_text("utf-8").splitlines()]
    assert rows and all(row["better"] == row["better"].upper() for row in rows)
    assert {type(row["longer_by"]) for row in rows} == {int}


def test_each_plug_in_is_about_ten_lines_of_code() -> None:
    for file in sorted(HERE.glob("*.py")):
        if not file.name.startswith("test_"):
            lines = file.read_text("utf-8").split("register(", 1)[1].splitlines()[1:]
            assert len([line for line in lines if line.strip()]) <= 16, file.name


def test_the_recipes_name_every_registry_and_what_a_plug_in_gives() -> None:
    page = (HERE.parents[1] / "CONTRIBUTING.md").read_text("utf-8")
    recipes = page.split("## How to add")[1]
    for word in (
        "JUDGES",
        "VERIFIERS",
        "STRATEGIES",
        "METHODS",
        "FILTERS",
        "FORMATS",
        "TASKS",
        "STEPS",
    ):
        assert f"| `{word}` |" in recipes
    for given in (
        "`ask`",
        "`read`",
        "`examine`",
        "`compare`",
        "`figures`",
        "`rejects`",
        "`why_rejected`",
        "`rows`",
        "`work(at)`",
    ):
        assert given in recipes
