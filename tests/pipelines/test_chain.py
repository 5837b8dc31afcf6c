from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

import pytest

from tests.pipelines.toy import (
    BEAM,
    RUN,
    TOY,
    answer,
    answered_files,
    ask,
    asked_of_pairs,
    sampled,
    stage,
)
from winnow.pipelines.inference.requests import ChatRequest
from winnow.pipelines.labelling.settings import JudgeSettings, VerifierSettings
from winnow.pipelines.labelling.views import read_views
from winnow.pipelines.steps.aggregate import AggregateSettings, aggregate_judgments
from winnow.pipelines.steps.assemble import AssembleSettings, assemble
from winnow.pipelines.steps.compare import CompareSettings, compare
from winnow.pipelines.steps.keep import FilterSettings, keep
from winnow.pipelines.steps.label import label
from winnow.pipelines.steps.sample import SampleSettings, sample
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Judgment
from winnow.schemas.labels import Annotator, Label
from winnow.schemas.preferences import Preference
from winnow.schemas.rejects import Reject
from winnow.schemas.responses import Response
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging

PROMPTS = [
    ask(
        f"Question {i}: what is {i} times {i + 3}?",
        f"The product of {i} and {i + 3} is {i * (i + 3)}.",
    )
    for i in range(12)
]
READY = [
    answer(p, p.reference or "" if good else "Nobody can say such a thing.", f"author-{good}")
    for p in PROMPTS
    for good in (True, False)
]
SAMPLE = [SampleSettings(model="toy", n=1, max_tokens=64)]
JUDGE = JudgeSettings(judge="pairwise", model="toy")
LABEL = [JUDGE, VerifierSettings(verifier="reference_overlap"), VerifierSettings(verifier="form")]
KEEP = [
    FilterSettings.model_validate(f)
    for f in ("order_consistent", {"agreement": 0.7}, {"margin": 0.1})
]
PLACES = ("first", "second", "first", "tie", "second", "second", "first")


def samples(requests: Sequence[ChatRequest]) -> list[tuple[ChatRequest, str]]:
    return [(request, "\ufffd zxq \ufffd") for request in requests]


def random_verdicts(requests: Sequence[ChatRequest]) -> list[tuple[ChatRequest, str]]:
    texts = (f'{{"critique": "?", "verdict": "{place}"}}' for place in cycle(PLACES))
    return list(zip(requests, texts, strict=False))


def run_chain(root: Path) -> tuple[Staging, list[StageCount]]:
    staging = stage(root / "run", *PROMPTS, *READY)
    answer = answered_files(root / "samples", samples(sampled(PROMPTS, SAMPLE)))
    models = {"toy": TOY}
    counts = [
        sample(staging, SAMPLE, RUN, models=models, answer=answer, beam=BEAM),
        compare(staging, CompareSettings(), RUN, beam=BEAM),
    ]
    posed = [p.request for p in asked_of_pairs(read_views(staging), JUDGE)]
    answers = answered_files(root / "verdicts", random_verdicts(posed))
    counts += [
        label(staging, LABEL, RUN, models=models, answer=answers, beam=BEAM),
        aggregate_judgments(staging, AggregateSettings(), RUN),
        keep(staging, KEEP, RUN),
        assemble(staging, AssembleSettings(), RUN, release="preferences"),
    ]
    return staging, counts


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Staging, list[StageCount]]:
    return run_chain(tmp_path_factory.mktemp("chain"))


def test_every_stage_accounts_for_what_went_in(chain: tuple[Staging, list[StageCount]]) -> None:
    assert [(c.stage, c.n_in, c.n_out + sum(r.n for r in c.rejects)) for c in chain[1]] == [
        ("sample", 12, 12),
        ("compare", 36, 36),
        ("label", 144, 144),
        ("aggregate", 36, 36),
        ("keep", 36, 36),
        ("assemble", chain[1][4].n_out, chain[1][4].n_out),
    ]


def test_a_judge_that_answers_at_random_neither_labels_nor_vetoes(
    chain: tuple[Staging, list[StageCount]],
) -> None:
    staging, counts = chain
    weights = {a.annotator_id: a.weight for a in Annotator.from_table(staging.read(Annotator))}
    assert weights["pairwise@1:toy"] < 0.2 * weights["reference_overlap@1"]
    assert counts[4].n_out >= 24
    responses = {r.response_id: r for r in Response.from_table(staging.read(Response))}
    chosen = [
        responses[p.chosen_id] for p in decided(staging) if "author-True" in authors(p, responses)
    ]
    assert len(chosen) == 24
    assert {r.model for r in chosen} == {"author-True"}


def test_annotators_say_their_model_and_version(chain: tuple[Staging, list[StageCount]]) -> None:
    found = Annotator.from_table(chain[0].read(Annotator))
    known = {a.annotator_id: (a.model, a.annotator_version) for a in found}
    assert known["pairwise@1:toy"] == ("toy", 1)
    assert known["reference_overlap@1"] == (None, 1)
    form = next(name for name in known if name.startswith("form@"))
    assert known[form] == (None, int(form.removeprefix("form@")))


def test_every_preference_names_readable_evidence(
    chain: tuple[Staging, list[StageCount]],
) -> None:
    judgments = {j.judgment_id: j for j in Judgment.from_table(chain[0].read(Judgment))}
    for preference in Preference.from_table(chain[0].read(Preference)):
        about = {judgments[i].comparison_id for i in preference.evidence}
        assert about == {preference.comparison_id}


def test_the_chain_gives_the_same_tables_again(
    chain: tuple[Staging, list[StageCount]], tmp_path: Path
) -> None:
    again = run_chain(tmp_path)[0]
    for record in (Response, Comparison, Judgment, Label, Annotator, Preference, Reject):
        assert again.read(record).equals(chain[0].read(record))


def decided(staging: Staging) -> list[Preference]:
    return [p for p in Preference.from_table(staging.read(Preference)) if not p.is_tied]


def authors(preference: Preference, responses: dict[str, Response]) -> set[str]:
    return {responses[i].model for i in (preference.chosen_id, preference.rejected_id)}
