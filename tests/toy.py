"""A three-comparison toy run: small enough to know by heart, whole enough to publish.

Two prompts, five responses, three comparisons. A judge sees each comparison in both orders and contradicts itself on
the second; a verifier votes on all three. The first and the third become preferences, the second a reject.
"""

from datetime import UTC, datetime
from pathlib import Path

from winnow.schemas.combined import CombinedVerdict
from winnow.schemas.comparisons import Comparison
from winnow.schemas.cycles import Cycle
from winnow.schemas.effects import FilterEffect
from winnow.schemas.heard import Anchor, Heard
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.labels import Annotator, Label
from winnow.schemas.panel_turns import PanelTurn
from winnow.schemas.preferences import Preference
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.rejects import Reject
from winnow.schemas.responses import Response
from winnow.schemas.rubrics import Criterion, CriterionSource, MeasuredFigure, Proof, Rubric
from winnow.schemas.runs import ModelUse, ReasonCount, Run, StageCount
from winnow.schemas.sampled import Sampled
from winnow.schemas.selections import Selection
from winnow.schemas.shortcuts import Shortcut
from winnow.schemas.strengths import Standing, Strength
from winnow.warehouse.staging import Staging

JUDGE = "pairwise@1:tiny"
VERIFIER = "reference_overlap@1"
RUN_ID = content_id("toy run")


def prompts() -> list[Prompt]:
    """Give a question of fact and a conversation of three turns."""
    tides = Prompt(
        messages=(Message(role="user", content="What causes the tides?"),),
        reference="The pull of the moon and the sun.",
        domain="facts",
        language="en",
        source="toy.jsonl:1",
    )
    bread = Prompt(
        messages=(
            Message(role="system", content="You are a baker."),
            Message(role="user", content="My bread is flat."),
            Message(role="assistant", content="How long did it rise?"),
            Message(role="user", content="Ten minutes."),
        ),
        domain="advice",
        language="en",
        source="toy.jsonl:2",
    )
    return [tides, bread]


def responses() -> list[Response]:
    """Give three answers to the first prompt and two to the second, best first."""
    tides, bread = prompts()
    texts = {
        tides.prompt_id: [
            "The pull of the moon, and less so of the sun.",
            "The moon pulls on the sea.",
            "Wind.",
        ],
        bread.prompt_id: [
            "Give it an hour.",
            "Ask a baker.",
        ],
    }
    return [
        Response(prompt_id=prompt_id, text=text, model="toy-writer", finish_reason="stop")
        for prompt_id, answers in texts.items()
        for text in answers
    ]


def comparisons() -> list[Comparison]:
    """Give best against middle, best against worst, and the pair of the second prompt."""
    best, middle, worst, patient, curt = responses()
    pairs = [(best, middle), (best, worst), (patient, curt)]
    return [
        Comparison(
            prompt_id=left.prompt_id,
            response_ids=(left.response_id, right.response_id),
            strategy="all_pairs",
        )
        for left, right in pairs
    ]


def rubrics() -> list[Rubric]:
    """Give one rubric, of the first prompt."""
    return [Rubric(rubric_id="tides", name="tides", prompt_id=prompts()[0].prompt_id, source="toy")]


def criteria() -> list[Criterion]:
    """Give the two criteria of the rubric."""
    return [
        Criterion(
            criterion_id="moon",
            rubric_id="tides",
            kind="hard_rule",
            text="Names the moon.",
            source="toy",
            validity=1.0,
        ),
        Criterion(
            criterion_id="brief",
            rubric_id="tides",
            kind="checklist",
            text="Is one sentence.",
            source="toy",
        ),
    ]


def criterion_sources() -> list[CriterionSource]:
    """Give what the first criterion rests on."""
    source = CriterionSource(
        criterion_id="moon",
        kind="comparison",
        subject_id=comparisons()[0].comparison_id,
        quote="the moon",
        annotator_id="contrast@1:toy",
    )
    return [source]


def proofs(run_id: str = RUN_ID) -> list[Proof]:
    """Give one proof of a criterion that is kept, and one of a criterion that is not."""
    accuracy = MeasuredFigure(value=0.9, low=0.6, high=1.0, n=10)
    held_out = {"run_id": run_id, "rubric_id": "tides", "n_comparisons": 12, "n_tried": 2}
    return [
        Proof(**held_out, criterion_id="moon", accuracy=accuracy, is_kept=True),
        Proof(**held_out, criterion_id="brief", is_kept=False, reason="too_rare"),
    ]


def verdicts() -> list[str]:
    """Name the better response of each comparison: "a" or "b"."""
    better = {r.response_id for i, r in enumerate(responses()) if i in (0, 3)}
    return ["a" if c.response_ids[0] in better else "b" for c in comparisons()]


def judgments() -> list[Judgment]:
    """Give nine: the judge in both orders, contradicting itself on the second, and the verifier."""
    given = []
    for i, (comparison, verdict) in enumerate(zip(comparisons(), verdicts(), strict=True)):
        other = "b" if verdict == "a" else "a"
        votes = [
            (JUDGE, "llm", "ab", verdict),
            (JUDGE, "llm", "ba", other if i == 1 else verdict),
            (VERIFIER, "verifier", None, verdict),
        ]
        given += [
            Judgment(
                comparison_id=comparison.comparison_id,
                annotator_id=annotator_id,
                kind=kind,
                order=order,
                verdict=vote,
            )
            for annotator_id, kind, order, vote in votes
        ]
    return given


def gold() -> list[Gold]:
    """Give the known verdict of the third comparison."""
    known = Gold(
        comparison_id=comparisons()[2].comparison_id,
        verdict=verdicts()[2],
        basis="written for the tests",
    )
    return [known]


def labels(run_id: str = RUN_ID) -> list[Label]:
    """Give 0.9 to the better response, and 0.6 where the judge contradicted itself."""
    return [
        Label(
            run_id=run_id,
            comparison_id=comparison.comparison_id,
            p_a=p if verdict == "a" else 0.95 - p,
            p_b=p if verdict == "b" else 0.95 - p,
            p_tie=0.05,
            agreement=1.0 if p == 0.9 else 0.5,
            n_judgments=3,
            method="votes",
        )
        for comparison, verdict, p in zip(comparisons(), verdicts(), (0.9, 0.6, 0.9), strict=True)
    ]


def annotators(run_id: str = RUN_ID) -> list[Annotator]:
    """Give the judge, consistent in two of three, and the verifier."""
    judge = Annotator(
        run_id=run_id,
        annotator_id=JUDGE,
        kind="llm",
        n_judgments=6,
        n_invalid=0,
        order_consistency=2 / 3,
        position_bias=0.0,
        accuracy=0.8,
        gold_accuracy=1.0,
        n_gold=1,
        weight=1.4,
    )
    verifier = Annotator(
        run_id=run_id,
        annotator_id=VERIFIER,
        kind="verifier",
        n_judgments=3,
        n_invalid=0,
        accuracy=0.9,
        weight=2.2,
    )
    return [judge, verifier]


def preferences(release: str = "preferences@1") -> list[Preference]:
    """Give what held: the first comparison for training, the third for testing."""
    kept = []
    for i, split in ((0, "train"), (2, "test")):
        comparison, verdict = comparisons()[i], verdicts()[i]
        a, b = comparison.response_ids
        chosen, rejected = (a, b) if verdict == "a" else (b, a)
        votes = [j for j in judgments() if j.comparison_id == comparison.comparison_id]
        kept.append(
            Preference(
                release=release,
                preference_id=content_id([comparison.comparison_id, chosen, rejected, False]),
                comparison_id=comparison.comparison_id,
                prompt_id=comparison.prompt_id,
                chosen_id=chosen,
                rejected_id=rejected,
                is_tied=False,
                confidence=0.9,
                margin=0.85,
                evidence=tuple(j.judgment_id for j in votes),
                split=split,
            )
        )
    return kept


def shortcuts(run_id: str = RUN_ID) -> list[Shortcut]:
    """Give length, which both preferences follow and gold as well, and place, which says nothing."""
    length = Shortcut(
        run_id=run_id,
        shortcut="length",
        n=2,
        n_prompts=2,
        n_differ=2,
        accuracy=1.0,
        low=0.1,
        high=1.0,
        auc=1.0,
        n_gold=1,
        gold_accuracy=1.0,
        gold_low=0.0,
        gold_high=1.0,
        excess=0.0,
        excess_low=-1.0,
        excess_high=1.0,
        threshold=0.6,
        finding="unclear",
        is_warning=False,
    )
    place = length.model_copy(update={"shortcut": "place", "accuracy": 0.5, "auc": None})
    return [length, place]


def rejects(run_id: str = RUN_ID) -> list[Reject]:
    """Give the second comparison, whose verdict flipped with the order."""
    flipped = Reject(
        run_id=run_id,
        stage="keep",
        record="comparison",
        record_id=comparisons()[1].comparison_id,
        reason="order_inconsistent",
        detail=f"{JUDGE} named a in one order and b in the other",
    )
    return [flipped]


def run(run_id: str = RUN_ID) -> Run:
    """Give the run that made all of it in one minute."""
    return Run(
        run_id=run_id,
        name="toy",
        started_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        finished_at=datetime(2026, 1, 2, 3, 5, 5, tzinfo=UTC),
        settings='{"name":"toy"}',
        code_version="0.1.0",
        inputs='{"toy.jsonl":"0"}',
        models=(
            ModelUse(
                name="tiny",
                model="tiny",
                revision="0",
                engine="vllm",
                n_requests=6,
                n_prompt_tokens=600,
                n_tokens=60,
            ),
        ),
        counts=(
            StageCount(stage="read", unit="prompts", n_in=2, n_out=2),
            StageCount(
                stage="keep",
                unit="comparisons",
                n_in=3,
                n_out=2,
                rejects=(ReasonCount(reason="order_inconsistent", n=1),),
            ),
        ),
    )


def stage(root: Path, run_id: str = RUN_ID) -> Staging:
    """Write the toy run into a staging folder."""
    staging = Staging(root)
    staging.write(Prompt, prompts())
    staging.write(Response, responses())
    staging.write(Comparison, comparisons())
    staging.write(Rubric, rubrics())
    staging.write(Criterion, criteria())
    staging.write(CriterionSource, criterion_sources())
    staging.write(Proof, proofs(run_id))
    staging.write(Judgment, judgments())
    staging.write(Gold, gold())
    staging.write(Label, labels(run_id))
    staging.write(Annotator, annotators(run_id))
    nothing = (
        Sampled,
        PanelTurn,
        Selection,
        Heard,
        Anchor,
        CombinedVerdict,
        Cycle,
        Strength,
        Standing,
    )
    for empty in (*nothing, FilterEffect):
        staging.write(empty, [])
    staging.write(Preference, preferences())
    staging.write(Shortcut, shortcuts(run_id))
    staging.write(Reject, rejects(run_id), part="keep")
    return staging
