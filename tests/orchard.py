"""A release that holds whatever an export or a report must cope with, and little else.

Forty prompts of four domains: one turn, several turns, tools called, three answers apiece for some, ties, markup in the
texts. Four annotators: one good, one weak, one that answers by place, one person on a few items.
"""

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

from winnow.schemas.agreement import AgreementFigures
from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison
from winnow.schemas.effects import FilterEffect
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.labels import Annotator, Label
from winnow.schemas.preferences import Preference
from winnow.schemas.prompts import Message, Prompt, ToolCall
from winnow.schemas.rejects import Reject
from winnow.schemas.responses import Response
from winnow.schemas.runs import ModelUse, ReasonCount, Run, StageCount
from winnow.schemas.splits import split_of
from winnow.warehouse.audit import audit
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.publish import publish
from winnow.warehouse.settings import WarehouseSettings
from winnow.warehouse.staging import Staging

RUN_ID = content_id("orchard run")
GOOD, WEAK, PLACE, PERSON = (
    "pairwise@1:strong",
    "reference_overlap@1",
    "pairwise@1:tiny",
    "human:ada",
)

TOOLS = '[{"type":"function","function":{"name":"weather","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}]'
_DOMAINS = ("facts", "advice", "code", "tools")
_APPLES = (
    "Cox",
    "Bramley",
    "Gala",
    "Fuji",
    "Russet",
    "Braeburn",
    "Discovery",
    "Jonagold",
    "Idared",
    "Elstar",
)


def prompts() -> list[Prompt]:
    """Give ten prompts of each domain."""
    return [_prompt(domain, apple) for domain in _DOMAINS for apple in _APPLES]


def _prompt(domain: str, apple: str) -> Prompt:
    ask = Message(role="user", content=f"Tell me about the {apple} apple ({domain}).")
    turns: tuple[Message, ...] = (ask,)
    tools = reference = None
    if domain == "facts":
        reference = f"{apple} is an apple."
    if domain == "advice":
        turns = (
            Message(role="system", content="You keep an orchard."),
            Message(role="user", content=f"My {apple} tree bears nothing."),
            Message(role="assistant", content="How old is it?"),
            Message(role="user", content="Two years."),
        )
    if domain == "tools":
        tools = TOOLS
        call = ToolCall(name="weather", arguments=f'{{"city":"{apple}ville"}}', id="call-1")
        turns = (
            Message(role="user", content=f"Can I pick {apple} in {apple}ville today?"),
            Message(role="assistant", tool_calls=(call,)),
            Message(role="tool", content='{"sky":"rain"}', tool_call_id="call-1", name="weather"),
        )
    return Prompt(
        messages=turns,
        tools=tools,
        reference=reference,
        domain=domain,
        language="en",
        source=f"orchard.jsonl:{_DOMAINS.index(domain) * 10 + _APPLES.index(apple) + 1}",
    )


def responses() -> list[Response]:
    """Give two answers to each prompt, better first, and a third one for every fourth prompt."""
    answers = []
    for i, prompt in enumerate(prompts()):
        texts = [
            f"A careful answer about tree {i}: prune in winter, thin the fruit in June, and wait. " + "It pays. " * (i % 7),
            f"<script>document.title = 'owned'</script> Trees are trees, says answer {i}.",
            f"No idea about {i}.",
        ]  # fmt: skip
        for rank, text in enumerate(texts[: 3 if i % 4 == 0 else 2]):
            calls: tuple[ToolCall, ...] = ()
            if prompt.domain == "tools" and rank == 0:
                calls = (ToolCall(name="weather", arguments='{"city":"Kent"}'),)
            answers.append(
                Response(
                    prompt_id=prompt.prompt_id,
                    text=text,
                    tool_calls=calls,
                    model=("orchard-large", "orchard-small", "tiny")[rank],
                    finish_reason="stop",
                )
            )
    return answers


def comparisons() -> list[Comparison]:
    """Give all pairs of each prompt's answers."""
    by_prompt: dict[str, list[str]] = {}
    for answer in responses():
        by_prompt.setdefault(answer.prompt_id, []).append(answer.response_id)
    return [
        Comparison(prompt_id=prompt_id, response_ids=pair, strategy="all_pairs")
        for prompt_id, ids in by_prompt.items()
        for pair in combinations(ids, 2)
    ]


def truths() -> list[str]:
    """Name the better response of each comparison, every ninth a tie."""
    rank = {r.response_id: i for i, r in enumerate(responses())}
    better = [
        "a" if rank[c.response_ids[0]] < rank[c.response_ids[1]] else "b" for c in comparisons()
    ]
    return ["tie" if i % 9 == 8 else verdict for i, verdict in enumerate(better)]


def judgments() -> list[Judgment]:
    """Give every judge in both orders, the verifier on all, and the person on every third."""
    rng = random.Random(7)
    votes = []
    for i, (comparison, truth) in enumerate(zip(comparisons(), truths(), strict=True)):
        wrong = {"a": "b", "b": "a", "tie": "a"}[truth]
        said = [
            (GOOD, "llm", order, truth if rng.random() < 0.9 else wrong) for order in ("ab", "ba")
        ]
        said += [
            (PLACE, "llm", order, order[0] if rng.random() < 0.8 else order[1])
            for order in ("ab", "ba")
        ]
        said.append((WEAK, "verifier", None, truth if rng.random() < 0.7 else wrong))
        if i % 3 == 0:
            said.append((PERSON, "human", "ab", truth))
        if i == 5:
            said[2] = (PLACE, "llm", "ab", "invalid")
        votes += [
            Judgment(
                comparison_id=comparison.comparison_id, annotator_id=who, kind=kind, order=order,
                verdict=verdict, rationale="the reply was no JSON" if verdict == "invalid" else f"{verdict} reads better",
            )
            for who, kind, order, verdict in said
        ]  # fmt: skip
    return votes


def gold() -> list[Gold]:
    """Give the truth of the first twelve comparisons."""
    pairs = list(zip(comparisons(), truths(), strict=True))[:12]
    return [
        Gold(comparison_id=c.comparison_id, verdict=truth, basis="written for the tests")
        for c, truth in pairs
    ]


def labels() -> list[Label]:
    """Give the truth a probability between 0.6 and 0.99."""
    found = []
    for i, (comparison, truth) in enumerate(zip(comparisons(), truths(), strict=True)):
        p = 0.6 + 0.39 * (i % 11) / 10
        rest = (1 - p) / 2
        found.append(
            Label(
                run_id=RUN_ID,
                comparison_id=comparison.comparison_id,
                method="votes",
                n_judgments=5,
                agreement=p,
                p_a=p if truth == "a" else rest,
                p_b=p if truth == "b" else rest,
                p_tie=p if truth == "tie" else rest,
            )
        )
    return found


def known_of_annotators() -> dict[str, dict[str, Any]]:
    """Say what is known of the annotators that are no people."""
    return {
        GOOD: {"model": "strong", "annotator_version": 1},
        PLACE: {"model": "tiny", "annotator_version": 1},
        WEAK: {"annotator_version": 1},
    }


def annotators() -> list[Annotator]:
    """Give what was measured of the four."""
    n, known = len(comparisons()), known_of_annotators()
    return [
        Annotator(run_id=RUN_ID, annotator_id=GOOD, kind="llm", n_judgments=2 * n, n_invalid=0, order_consistency=0.82,
                  position_bias=0.01, accuracy=0.9, gold_accuracy=10 / 11, n_gold=11, weight=2.2, **known[GOOD]),
        Annotator(run_id=RUN_ID, annotator_id=PERSON, kind="human", n_judgments=n // 3 + 1, n_invalid=0,
                  accuracy=0.95, gold_accuracy=1.0, n_gold=4, weight=2.9),
        Annotator(run_id=RUN_ID, annotator_id=WEAK, kind="verifier", n_judgments=n, n_invalid=0, accuracy=0.7,
                  gold_accuracy=7 / 11, n_gold=11, weight=0.85, **known[WEAK]),
        Annotator(run_id=RUN_ID, annotator_id=PLACE, kind="llm", n_judgments=2 * n, n_invalid=1, order_consistency=0.39,
                  position_bias=0.3, accuracy=0.5, gold_accuracy=6 / 11, n_gold=11, weight=0.0, **known[PLACE]),
    ]  # fmt: skip


def _held() -> list[tuple[Comparison, str, Label]]:
    everything = zip(comparisons(), truths(), labels(), strict=True)
    return [
        (c, truth, label)
        for c, truth, label in everything
        if max(label.p_a, label.p_b, label.p_tie) >= 0.7
    ]


def preferences(release: str = "preferences@1") -> list[Preference]:
    """Give every comparison whose label reached 0.7."""
    votes: dict[str, list[str]] = {}
    for judgment in (j for j in judgments() if j.verdict != "invalid"):
        votes.setdefault(judgment.comparison_id, []).append(judgment.judgment_id)
    kept = []
    for comparison, truth, label in _held():
        a, b = comparison.response_ids
        chosen, rejected = (b, a) if truth == "b" else (a, b)
        kept.append(
            Preference(
                release=release,
                comparison_id=comparison.comparison_id,
                prompt_id=comparison.prompt_id,
                preference_id=content_id(
                    [comparison.comparison_id, chosen, rejected, truth == "tie"]
                ),
                chosen_id=chosen,
                rejected_id=rejected,
                is_tied=truth == "tie",
                confidence=max(label.p_a, label.p_b, label.p_tie),
                margin=abs(label.p_a - label.p_b),
                evidence=tuple(votes[comparison.comparison_id]),
                split=split_of(comparison.prompt_id, {"train": 0.8, "test": 0.2}),
            )
        )
    return kept


def rejects() -> list[Reject]:
    """Give the comparisons whose label fell short, and one malformed line."""
    held = {c.comparison_id for c, _, _ in _held()}
    short = [
        Reject(run_id=RUN_ID, stage="keep", record="label", record_id=label.comparison_id, reason="low_margin",
               detail=f"margin {abs(label.p_a - label.p_b):.2f} is below 0.10")
        for label in labels()
        if label.comparison_id not in held
    ]  # fmt: skip
    line = Reject(
        run_id=RUN_ID,
        stage="read",
        record="line",
        record_id="orchard.jsonl:41",
        reason="malformed",
        detail="'messages' is a string, wanted a list of {role, content}",
    )
    return [*short, line]


def effects() -> list[FilterEffect]:
    """Give what the one filter did."""
    n, kept = len(comparisons()), len(_held())
    counts = {"n_labels": n, "n_passed": kept, "n_kept": kept, "n_without": n}
    gold = {f"n_gold{part}": 12 for part in ("", "_passed", "_kept", "_without")}
    right = {f"n_right{part}": 11 for part in ("", "_passed", "_kept", "_without")}
    return [
        FilterEffect(
            run_id=RUN_ID, position=1, filter="margin", threshold=0.1, **counts, **gold, **right
        )
    ]


def run() -> Run:
    """Give the run, with the counts of every stage."""
    n, kept = len(comparisons()), len(_held())
    stages = [
        ("read", "lines", 41, 40, (("malformed", 1),), 0, 0.4),
        ("sample", "requests", 90, 90, (), 60, 41.2),
        ("compare", "comparisons", n, n, (), 0, 0.1),
        ("label", "judgments", 5 * n, 5 * n, (), 100, 63.0),
        ("aggregate", "comparisons", n, n, (), 0, 0.9),
        ("keep", "labels", n, kept, (("low_margin", n - kept),), 0, 0.2),
        ("assemble", "preferences", kept, kept, (), 0, 0.3),
    ]
    return Run(
        run_id=RUN_ID,
        name="orchard",
        code_version="0.1.0",
        started_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        finished_at=datetime(2026, 1, 2, 3, 6, 5, tzinfo=UTC),
        settings='{"assemble":{"splits":{"test":0.2,"train":0.8}},"name":"orchard"}',
        inputs='{"orchard.jsonl":"0123abcd"}',
        models=(
            ModelUse(
                name="strong",
                model="orchard/judge-large",
                revision="abc123",
                engine="openai",
                n_requests=2 * n,
                n_prompt_tokens=41_000,
                n_tokens=9_100,
            ),
            ModelUse(
                name="tiny",
                model="stand-in with random weights",
                revision="0f0f",
                engine="vllm",
                n_requests=2 * n + 90,
                n_prompt_tokens=52_000,
                n_tokens=15_000,
            ),
        ),
        counts=tuple(
            StageCount(
                stage=stage,
                unit=unit,
                n_in=n_in,
                n_out=n_out,
                n_reused=reused,
                seconds=seconds,
                rejects=tuple(ReasonCount(reason=reason, n=k) for reason, k in why),
            )
            for stage, unit, n_in, n_out, why, reused, seconds in stages
        ),
    )


def publish_orchard(
    folder: Path,
    *,
    only_tools: bool = False,
    is_empty: bool = False,
    agreement: AgreementFigures | None = None,
    also: Sequence[Record] = (),
) -> Warehouse:
    """Publish everything as preferences@1 of a new warehouse, with further records beside it.

    On request, only preferences whose prompt offers tools, or no preference at all.
    """
    kept = [] if is_empty else preferences()
    if only_tools:
        offers = {p.prompt_id for p in prompts() if p.tools}
        kept = [p for p in kept if p.prompt_id in offers]
    warehouse = Warehouse.open(WarehouseSettings(path=folder))
    staging = Staging(folder / "staging" / RUN_ID)
    staging.write(Prompt, prompts())
    staging.write(Response, responses())
    staging.write(Comparison, comparisons())
    staging.write(Judgment, judgments())
    staging.write(Gold, gold())
    staging.write(Label, labels())
    staging.write(Annotator, annotators())
    staging.write(FilterEffect, effects())
    staging.write(Reject, rejects())
    staging.write(Preference, kept)
    for kind in {type(record) for record in also}:
        staging.write(kind, [record for record in also if type(record) is kind], part="also")
    checked = audit(staging, warehouse)
    publish(warehouse, staging, run(), "preferences", checked, agreement)
    return warehouse
