import json
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.inference.fault_server import Reply, said, serving
from winnow.flows.curation.curation import Curation
from winnow.flows.curation.flow import read_stage
from winnow.flows.settings.run import CurationSettings
from winnow.flows.terminal.progress import RunProgress
from winnow.pipelines.fitting import Fitting
from winnow.pipelines.guard import Doubt
from winnow.pipelines.inference.contexts import listed_context, listed_names, local_context
from winnow.pipelines.inference.models import STAND_INS, ModelRef, OpenAIModel, VllmModel, identify
from winnow.pipelines.question_sizes import asks_of
from winnow.schemas.errors import Unpublishable
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.responses import Response
from winnow.schemas.rubrics import Criterion, Rubric
from winnow.warehouse.staging import Staging

PROMPTS = [
    Prompt(messages=(Message(role="user", content=text),), source="x")
    for text in ("Which sack is it?", "Why?", "wheat " * 300)
]


def settings(**more: Any) -> CurationSettings:
    judge = {"judge": "pairwise", "model": "small", **more.pop("judge", {})}
    whole: dict[str, Any] = {
        "name": "toy",
        "prompts": {"path": "prompts.jsonl"},
        "models": {"small": {"engine": "vllm", "model": "tiny"}},
        "sample": [{"model": "small", "n": 2, "max_tokens": 24}],
        "label": [judge],
    }
    return CurationSettings.model_validate(whole | more)


@pytest.fixture
def staging(tmp_path: Path) -> Staging:
    filled = Staging(tmp_path / "staging")
    filled.write(Prompt, PROMPTS)
    return filled


def small(models_dir: Path, **fields: Any) -> ModelRef:
    return identify(STAND_INS["tiny"].model_copy(update=fields), models_dir, name="small")


def measure(
    staging: Staging, run: CurationSettings, model: ModelRef, context: int | None = None
) -> tuple[list[Doubt], list[str]]:
    asks = asks_of(staging, run.sequence)
    fitting = Fitting({"small": model}, {"small": context or local_context(model)})
    return list(fitting.doubts(asks)), list(fitting.warnings(asks))


def test_a_judge_whose_answer_alone_is_longer_than_the_context_is_told(
    staging: Staging, models_dir: Path
) -> None:
    (doubt,), _ = measure(staging, settings(), small(models_dir, max_model_len=1024))
    assert doubt.reason == "refused"
    assert doubt.what.startswith(
        "label[0]: no question has room: models.small has a context of 1,024 tokens"
    )
    assert "its answer up to 1,664; lower label[0].max_critique_chars, or give" in doubt.what


def test_the_tokenizer_says_whether_the_shortest_question_has_room(
    staging: Staging, models_dir: Path
) -> None:
    run = settings(judge={"max_critique_chars": 40}, sample=[{"model": "small", "max_tokens": 24}])
    (doubt,), _ = measure(staging, run, small(models_dir, max_model_len=500))
    assert "the shortest question is " in doubt.what and "about" not in doubt.what
    n_read = int(doubt.what.partition("question is ")[2].partition(", its")[0].replace(",", ""))
    fits = small(models_dir, max_model_len=n_read + 1)
    assert measure(staging, run, fits)[0] == []


def test_a_judge_that_goes_by_rubrics_is_measured_by_the_longest_there_is(
    staging: Staging, models_dir: Path
) -> None:
    run, model = settings(judge={"judge": "rubric"}), small(models_dir, max_model_len=4096)
    assert measure(staging, run, model) == ([], [])
    for name, n_criteria in (("short", 1), ("long", 40)):
        rubric = Rubric(rubric_id=name, name=name, source="x")
        staging.write(Rubric, [rubric], part=name)
        criteria = [
            Criterion(
                criterion_id=f"{name}-{n}", rubric_id=name, kind="checklist", text="Says why", source="x"
            )
            for n in range(n_criteria)
        ]  # fmt: skip
        staging.write(Criterion, criteria, part=name)
    doubts, (warning,) = measure(staging, run, model)
    assert doubts == []
    assert "its answer up to 4,400" in warning and "lower label[0].criteria_at_once" in warning
    fewer = settings(judge={"judge": "rubric", "criteria_at_once": 2})
    assert measure(staging, fewer, model) == ([], [])


def test_one_that_has_no_room_among_many_is_a_warning(staging: Staging, models_dir: Path) -> None:
    run = settings(judge={"max_critique_chars": 40})
    doubts, warnings = measure(staging, run, small(models_dir, max_model_len=2000))
    assert doubts == []
    (warning,) = (w for w in warnings if w.startswith("label[0]"))
    assert (
        "the context of models.small is 2,000: its answer may be cut off, or it is refused"
        in warning
    )
    assert measure(staging, run, small(models_dir, max_model_len=100_000)) == ([], [])


def test_a_conversation_that_the_template_does_not_take_is_estimated(
    staging: Staging, models_dir: Path, tmp_path: Path
) -> None:
    template = tmp_path / "template.jinja"
    template.write_text("{{ raise_exception('never') }}")
    run = settings(judge={"max_critique_chars": 40})
    model = small(models_dir, max_model_len=300, chat_template=template)
    _, warnings = measure(staging, run, model)
    assert "the longest question is about" in warnings[0]


def test_an_estimate_refuses_only_what_is_far_too_long(staging: Staging) -> None:
    far = OpenAIModel(model="m", urls=("http://h/v1",))
    model = ModelRef(name="small", model="m", revision=None, path="m", settings=far)
    run = settings(judge={"max_critique_chars": 40})
    asks = asks_of(staging, run.sequence)
    n_read = asks[1].shortest.n_tokens(lambda turns: sum(len(t.text()) for t in turns)) // 4
    assert measure(staging, run, model, n_read)[0] == []
    assert measure(staging, run, model, n_read // 2 - 10)[0] != []


def test_the_longest_question_holds_what_is_ready_or_what_is_still_to_come(
    staging: Staging,
) -> None:
    run = settings()
    (_, sampled) = asks_of(staging, run.sequence)
    assert (sampled.longest.n_more, sampled.longest.texts) == (48, ())
    ready = "grain " * 400
    prompt_id = PROMPTS[0].prompt_id
    staging.write(Response, [Response(prompt_id=prompt_id, text=ready, model="x")])
    (_, judged) = asks_of(staging, run.sequence)
    assert (judged.longest.n_more, judged.longest.texts) == (0, (ready, ready))
    assert "wheat wheat" in judged.longest.messages[1].text()
    assert "Why?" in judged.shortest.messages[1].text()


@pytest.mark.parametrize(
    ("config", "wanted"),
    [
        ({"max_position_embeddings": 2048}, 2048),
        ({"max_position_embeddings": 2048, "n_positions": 512}, 512),
        ({"text_config": {"max_position_embeddings": 1024}}, 1024),
        ({"max_position_embeddings": 2048, "rope_scaling": {"factor": 4.0}}, None),
        ({"max_position_embeddings": "many"}, None),
        ([], None),
    ],
)  # fmt: skip
def test_a_context_is_the_configurations_where_it_is_plain(
    tmp_path: Path, config: object, wanted: int | None
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config))

    def context(**fields: Any) -> int | None:
        chosen = VllmModel(model=str(tmp_path), **fields)
        model = ModelRef(name="m", model="m", revision="", path=str(tmp_path), settings=chosen)
        return local_context(model)

    assert context() == wanted
    assert context(max_model_len=77) == 77
    assert context(engine_args={"max_model_len": 55}) == 55
    assert context(engine_args={"hf_overrides": {"n_positions": 9}}) is None
    (tmp_path / "tokenizer_config.json").write_text('{"model_max_length": 300}')
    assert context() == (wanted and 300)


@pytest.mark.parametrize(
    "listing",
    [None, [], "models", {"data": None}, {"data": ["m"]}, {"data": [{"id": "m"}, 3]},
     {"data": [{"id": "m", "max_model_len": "4096"}]}, {"data": [{"id": ["m"], "max_model_len": 4096}]}],
    ids=str,
)  # fmt: skip
def test_an_odd_list_of_models_tells_no_context(listing: object) -> None:
    assert listed_context(listing, "m") is None
    assert set(listed_names(listing)) <= {"m"}


def test_a_run_stops_before_it_pays_where_no_question_has_room(tmp_path: Path) -> None:
    (tmp_path / "prompts.jsonl").write_text(json.dumps({"prompt": "Why?"}))
    with serving(lambda n, body: said("grain")) as server:
        server.models = Reply(body={"data": [{"id": "m", "max_model_len": 1024}]})
        run = settings(
            prompts={"path": str(tmp_path / "prompts.jsonl")},
            warehouse={"path": str(tmp_path / "house")},
            models={"small": {"engine": "openai", "model": "m", "urls": [server.url]}},
        )
        curation = Curation(run, RunProgress.current())
        with curation.held(), pytest.raises(Unpublishable, match=r"label\[0\]: no question has"):
            read_stage.fn(curation)
        assert server.calls == []
        allowed = Curation(run.model_copy(update={"allow": ("refused",)}), RunProgress.current())
        with allowed.held():
            read_stage.fn(allowed)
