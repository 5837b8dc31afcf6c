"""The step that derives rubrics, from comparisons with labels to rows of the warehouse."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.pipelines.toy import (
    RUN,
    TOY,
    StoredModel,
    answer,
    ask,
    compare_two,
    completion,
    failing,
    judge_one,
    stage,
)
from winnow.annotation.rubrics.standing import in_force
from winnow.pipelines.inference.requests import ChatRequest
from winnow.pipelines.labels.following import follow
from winnow.pipelines.rubrics.deriving import DeriveSettings
from winnow.pipelines.rubrics.holding_out import held_out
from winnow.pipelines.steps import DeriveStep, StepContext
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.labels import Label
from winnow.schemas.prompts import Message, Prompt
from winnow.schemas.rejects import Reject
from winnow.schemas.responses import Response
from winnow.schemas.rubrics import Criterion, CriterionSource, Rubric
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging

BIRDS = (
    "rook",
    "swift",
    "heron",
    "wren",
    "stork",
    "plover",
    "dunlin",
    "siskin",
    "avocet",
    "merlin",
)
PROMPTS = [
    ask(f"Where does a {bird} nest? Say it in {n + 3} words.", domain="birds" if n % 2 else None)
    for n, bird in enumerate(BIRDS)
]
PAIRS = [
    (
        answer(p, f"The {bird} nests near water, see the atlas."),
        answer(p, f"No idea, ask a {bird}."),
    )
    for p, bird in zip(PROMPTS, BIRDS, strict=True)
]
COMPARISONS = [compare_two(*pair) for pair in PAIRS]


def label(comparison: Comparison, better: Response, p: float = 0.9) -> Label:
    is_a = comparison.response_ids[0] == better.response_id
    return Label(
        run_id=RUN, comparison_id=comparison.comparison_id, p_a=p if is_a else 1 - p,
        p_b=1 - p if is_a else p, p_tie=0.0, n_judgments=1, method="toy",
    )  # fmt: skip


def staged(root: Path, *more: Any, labels: bool = True) -> Staging:
    pairs = [response for pair in PAIRS for response in pair]
    staging = stage(root, *PROMPTS, *pairs, *COMPARISONS, *more)
    if labels:
        good = [label(c, pair[0]) for c, pair in zip(COMPARISONS, PAIRS, strict=True)]
        staging.write(Label, good)
    return staging


def entry(quote: str, criterion: str) -> dict[str, str]:
    return {"quote": quote, "criterion": criterion}


def contrast(*principles: dict[str, str], rules: Any = ()) -> str:
    return json.dumps({"hard_rules": list(rules), "principles": list(principles)})


SEES = entry("see the atlas", "Gives a source.")


class Run:
    """A step over staged rows, with a model that answers by a function."""

    def __init__(self, root: Path, staging: Staging, reply: Callable[[ChatRequest], str]) -> None:
        self.staging = staging
        self.model = StoredModel(root / "store", lambda r: completion(r, reply(r)))
        self.said: list[str] = []

    def derive(
        self,
        *,
        stage: str = "derive",
        chosen: Any = None,
        answers: Any = None,
        asks_again: bool = False,
        **settings: Any,
    ) -> StageCount:
        step = DeriveStep(settings=DeriveSettings.model_validate({"model": "toy", **settings}))
        at = StepContext(
            staging=self.staging, run_id=RUN, stage=stage, chosen=chosen, models={"toy": TOY}, asks_again=asks_again,
            answer=answers or self.model.answer, say=self.said.append, warn=self.said.append,
        )  # fmt: skip
        (count,) = step.work(at)
        return count

    @property
    def rubrics(self) -> list[Rubric]:
        return Rubric.from_table(self.staging.read(Rubric))

    @property
    def criteria(self) -> list[Criterion]:
        return Criterion.from_table(self.staging.read(Criterion))

    @property
    def sources(self) -> list[CriterionSource]:
        return CriterionSource.from_table(self.staging.read(CriterionSource))

    @property
    def refused(self) -> dict[str, str]:
        return {r.record_id: r.reason for r in Reject.from_table(self.staging.read(Reject))}


def run(tmp_path: Path, reply: Callable[[ChatRequest], str], *more: Any, **how: Any) -> Run:
    return Run(tmp_path, staged(tmp_path / "run", *more, **how), reply)


def test_a_rubric_of_each_prompt_keeps_the_comparison_the_quote_and_the_order(
    tmp_path: Path,
) -> None:
    found = run(tmp_path, lambda _: contrast(SEES))
    count = found.derive(by="contrast")
    assert (count.unit, count.n_in, count.n_out) == ("criteria", 10, 10)
    assert {r.prompt_id for r in found.rubrics} == {p.prompt_id for p in PROMPTS}
    first = next(r for r in found.rubrics if r.prompt_id == PROMPTS[0].prompt_id)
    assert first.name == "Where does a rook nest? Say it in 3 words."
    assert (first.source, first.derived_from, first.domain) == ("contrast@1:toy", RUN, None)
    (criterion,) = (c for c in found.criteria if c.rubric_id == first.rubric_id)
    (source,) = (s for s in found.sources if s.criterion_id == criterion.criterion_id)
    assert (source.kind, source.subject_id, source.quote) == (
        "comparison", COMPARISONS[0].comparison_id, "see the atlas",
    )  # fmt: skip
    assert source.request_id in {r.request_id for r in found.model.asked}
    assert {s.order for s in found.sources} == {"ab", "ba"}
    assert found.said == [
        "  derive     contrast from 10 comparisons, 0 held out: 10 criteria in 10 rubrics"
    ]
    assert in_force(found.rubrics, found.criteria, found.sources) == []
    assert len(in_force(found.rubrics, found.criteria, found.sources, unproven=True)) == 10


def test_what_is_held_out_is_never_asked_about(tmp_path: Path) -> None:
    found = run(tmp_path, lambda _: contrast(SEES))
    found.derive(by="contrast", reach="all")
    held = set(held_out(found.staging).to_prove("all").to_pylist())
    assert 0 < len(held) < 10
    assert {s.subject_id for s in found.sources} == {c.comparison_id for c in COMPARISONS} - held
    asked = " ".join(m.text() for r in found.model.asked for m in r.messages)
    for one, pair in zip(COMPARISONS, PAIRS, strict=True):
        assert (str(pair[0].text) in asked) == (one.comparison_id not in held)


def test_what_several_comparisons_propose_is_one_criterion_that_rests_on_all(
    tmp_path: Path,
) -> None:
    found = run(tmp_path, lambda _: contrast(SEES, entry("see the atlas", "gives a  source")))
    count = found.derive(by="contrast", reach="all")
    (rubric,), (criterion,) = found.rubrics, found.criteria
    assert (rubric.prompt_id, rubric.domain, rubric.name) == (None, None, "everything")
    assert criterion.text == "Gives a source."
    assert len(found.sources) == len(found.model.asked)
    assert set(found.refused.values()) == {"duplicate"}
    assert count.n_in == count.n_out + len(found.refused) == 1 + len(found.sources)


def test_rubrics_of_domains_leave_out_prompts_without_one(tmp_path: Path) -> None:
    found = run(tmp_path, lambda _: contrast(SEES))
    found.derive(by="contrast", reach="domain")
    assert [(r.domain, r.name) for r in found.rubrics] == [("birds", "birds")]
    assert re.search(r"derive by contrast: \d comparisons left out, whose prompt has no domain; map", found.said[-1])  # fmt: skip
    bare = run(tmp_path / "bare", lambda _: contrast(SEES))
    bare.staging.write(
        Prompt, [p.model_copy(update={"domain": None}) for p in PROMPTS], part="read"
    )
    assert bare.derive(by="contrast", reach="domain").n_in == 0
    assert "no prompt has a domain" in bare.said[-1]


def test_too_little_support_is_a_single_example(tmp_path: Path) -> None:
    def reply(request: ChatRequest) -> str:
        bird = next(b for b in BIRDS if b in request.messages[-1].text())
        return contrast(SEES, entry("see the atlas", f"Speaks {len(bird)} {bird[0]}."))

    found = run(tmp_path, reply)
    count = found.derive(by="contrast", reach="all", min_support=3)
    assert [c.text for c in found.criteria] == ["Gives a source."]
    assert set(found.refused.values()) == {"single_example"} and count.n_out == 1


def test_every_refused_criterion_and_every_request_of_no_use_is_a_reject(tmp_path: Path) -> None:
    def reply(request: ChatRequest) -> str:
        page = request.messages[-1].text()
        if "rook" in page:
            return "I would rather not."
        if "wren" in page:
            return contrast()
        return contrast(
            SEES, entry("no such words", "Names a tree."), SEES | {"criterion": "Is good."}
        )

    found = run(tmp_path, reply)
    fails = failing(found.model, lambda r: "swift" in r.messages[-1].text())
    count = found.derive(by="contrast", answers=fails)
    reasons = sorted(found.refused.values())
    assert {r: reasons.count(r) for r in reasons} == {
        "unreadable": 1, "engine_error": 1, "tautology": 7, "unsupported": 7,
    }  # fmt: skip
    assert (count.n_in, count.n_out) == (7 + 16, 7)
    kinds = {r.record: r.record_id for r in Reject.from_table(found.staging.read(Reject))}
    assert set(kinds) == {"criterion", "request"}  # a rejected comparison would not be published
    assert kinds["criterion"].split()[0] in {c.comparison_id for c in COMPARISONS}


def test_what_cannot_be_read_is_asked_once_more_and_stays_read(tmp_path: Path) -> None:
    def reply(request: ChatRequest) -> str:
        return contrast(SEES) if request.attempt else "I would rather not."

    found = run(tmp_path, reply)
    count = found.derive(by="contrast")
    n = count.n_in
    assert n > 1
    assert [(r.reason, r.n) for r in count.rejects] == [("unreadable", n)]
    assert {one.attempt for one in found.model.asked} == {0}
    count = found.derive(by="contrast", asks_again=True)
    assert (count.n_out, count.rejects) == (n, ())
    assert sorted(one.attempt for one in found.model.asked) == [0] * n + [1] * n
    assert {s.request_id for s in found.sources} == {
        one.request_id for one in found.model.asked if one.attempt
    }
    assert found.derive(by="contrast").n_out == n  # later replies in the store count as well
    assert len(found.model.asked) == 2 * n


def test_what_stays_unreadable_is_asked_once_more_and_no_more(tmp_path: Path) -> None:
    found = run(tmp_path, lambda _: "No.")
    count = found.derive(by="profile", asks_again=True)
    n = count.n_in
    assert [(r.reason, r.n) for r in count.rejects] == [("unreadable", n)]
    assert {one.attempt for one in found.model.asked} == {0, 1}


def test_ties_and_comparisons_without_a_label_are_not_asked_about_and_gold_comes_first(
    tmp_path: Path,
) -> None:
    found = run(tmp_path, lambda _: contrast(SEES), labels=False)
    tie, plain, gold = COMPARISONS[:3]
    even = Label.model_validate({**label(tie, PAIRS[0][0]).model_dump(), "p_a": 0.5, "p_b": 0.5})
    found.staging.write(Label, [even, label(plain, PAIRS[1][0]), label(gold, PAIRS[2][0])])
    verdict = "a" if gold.response_ids[0] == PAIRS[2][1].response_id else "b"
    found.staging.write(
        Gold, [Gold(comparison_id=gold.comparison_id, verdict=verdict, basis="checked")]
    )
    found.derive(by="contrast")
    assert {s.subject_id for s in found.sources} == {plain.comparison_id, gold.comparison_id}
    for request in found.model.asked:
        page = request.messages[-1].text()
        good, bad = PAIRS[2] if "heron" in page else PAIRS[1]
        wins = bad if "heron" in page else good
        is_first = page.index(str(wins.text)) < page.index(str((good if wins is bad else bad).text))
        assert page.endswith(f"The {'first' if is_first else 'second'} response was found better.")


def test_without_a_label_it_says_what_to_do(tmp_path: Path) -> None:
    found = run(tmp_path, lambda _: contrast(SEES), labels=False)
    assert found.derive(by="contrast").n_in == 0
    assert found.said[-1].endswith("put an aggregate ahead of it, or give gold")
    assert found.rubrics == found.criteria == found.sources == []


def test_only_what_is_chosen_is_drawn_from(tmp_path: Path) -> None:
    found = run(tmp_path, lambda _: contrast(SEES))
    found.derive(by="contrast", chosen=pa.array([COMPARISONS[4].comparison_id]))
    assert [s.subject_id for s in found.sources] == [COMPARISONS[4].comparison_id]


def test_the_same_tables_give_the_same_rows_and_nothing_is_asked_twice(tmp_path: Path) -> None:
    found = run(tmp_path, lambda _: contrast(SEES))
    found.derive(by="contrast", reach="all")
    first, n = (found.rubrics, found.criteria, found.sources), len(found.model.asked)
    count = found.derive(by="contrast", reach="all")
    assert (found.rubrics, found.criteria, found.sources) == first
    assert len(found.model.asked) == n == count.n_reused


def test_a_rubric_that_a_step_before_derived_is_there_once_and_rests_on_both(
    tmp_path: Path,
) -> None:
    found = run(tmp_path, lambda _: contrast(SEES))
    found.derive(by="contrast", reach="all")
    count = found.derive(by="contrast", reach="all", temperature=0.5, stage="derive-2")
    assert (count.n_in, count.n_out) == (1, 0)
    assert len(found.rubrics) == len(found.criteria) == 1
    assert len({s.annotator_id for s in found.sources}) == 2


def test_the_same_criteria_from_the_same_comparisons_rest_on_each_once(tmp_path: Path) -> None:
    found = run(tmp_path, lambda _: contrast(SEES))
    found.derive(by="contrast", reach="all")
    rests_on = found.sources
    found.derive(by="contrast", reach="all", stage="derive-2", share=0.2)
    ids = [s.source_id for s in found.sources]
    assert len(ids) == len(set(ids)) >= len(rests_on)


def test_versions_are_tried_on_their_own_pair_and_revised(tmp_path: Path) -> None:
    def reply(request: ChatRequest) -> str:
        page = request.messages[-1].text()
        if "by the criteria that stand below" in request.messages[0].text():
            good = next(str(p[0].text) for p in PAIRS if str(p[0].text) in page)
            bad = next(str(p[1].text) for p in PAIRS if str(p[1].text) in page)
            place = "first" if page.index(good) < page.index(bad) else "second"
            found = place if "Gives a source." in page else "tie"
            return json.dumps({"critique": "c", "verdict": found})
        is_revision = "did not find the one" in page
        return contrast(SEES if is_revision else entry("see the atlas", "Names a place."))

    found = run(tmp_path, reply)
    count = found.derive(by="contrast", tries=2)
    assert {c.text for c in found.criteria} == {"Gives a source."}
    assert set(found.refused.values()) == {"revised"} and len(found.refused) == 10
    assert len(found.model.asked) == 10 * (1 + 2 + 1 + 2) and count.n_out == 10


def person(subject: Any, text: str, who: str = "ada", **more: Any) -> Judgment:
    return Judgment.model_validate(
        {"annotator_id": who, "kind": "human", "rationale": text, **subject, **more}
    )


def test_words_of_people_about_comparisons_and_responses_become_principles(tmp_path: Path) -> None:
    def reply(request: ChatRequest) -> str:
        is_pair = '"response"' in str(request.json_schema)
        more = {"response": "first"} if is_pair else {}
        said = entry("it gives a source", "Gives a source.") | {"answer": "yes"}
        return json.dumps({"principles": [said | more]})

    of_pair = person(
        {"comparison_id": COMPARISONS[0].comparison_id}, "I like that it gives a source.",
        verdict="a", order="ab",
    )  # fmt: skip
    of_one = person(
        {"subject_kind": "response", "subject_id": PAIRS[1][0].response_id},
        "Nice, it gives a source here.", "ben",
    )  # fmt: skip
    silent = person({"comparison_id": COMPARISONS[2].comparison_id}, " ", verdict="a")
    machine = judge_one(COMPARISONS[3], "a", "judge", kind="llm").model_copy(
        update={"rationale": "it gives a source"}
    )
    found = run(tmp_path, reply, of_pair, of_one, silent, machine, labels=False)
    found.derive(by="feedback")
    assert {s.subject_id for s in found.sources} == {of_pair.judgment_id, of_one.judgment_id}
    assert {r.prompt_id for r in found.rubrics} == {p.prompt_id for p in PROMPTS[:2]}


def test_what_a_persons_words_answer_is_a_verdict_of_who_read_them_and_no_vote(
    tmp_path: Path,
) -> None:
    pair, (good, poor) = COMPARISONS[0], PAIRS[0]
    order = "ab" if pair.response_ids[0] == good.response_id else "ba"
    words = "The first gives a source, the second gives no source. Both are rather short."

    def reply(request: ChatRequest) -> str:
        said = [
            ("first gives a source", "Gives a source.", "first", "yes"),
            ("second gives no source", "Gives a source.", "second", "no"),
            ("Both are rather short", "Is long enough.", "first", "partially"),
            ("Both are rather short", "Is brief.", "first", "yes"),
            ("Both are rather short", "Is brief.", "first", "no"),
        ]
        names = ("quote", "criterion", "response", "answer")
        return json.dumps({"principles": [dict(zip(names, one, strict=True)) for one in said]})

    of_pair = person({"comparison_id": pair.comparison_id}, words, verdict="a", order=order)
    found = run(tmp_path, reply, of_pair, labels=False)
    found.derive(by="feedback")
    (criterion,), (source,) = found.criteria, {s.request_id for s in found.sources}
    read = [j for j in Judgment.from_table(found.staging.read(Judgment)) if j != of_pair]
    said = {j.subject_id: j for j in read}
    assert len(read) == 2 and set(said) == {good.response_id, poor.response_id}
    for response, verdict, quote in (
        (good, "yes", "first gives a source"),
        (poor, "no", "second gives no source"),
    ):
        one = said[response.response_id]
        assert [(v.response_id, v.criterion_id, v.verdict, v.evidence) for v in one.criteria] == [
            (response.response_id, criterion.criterion_id, verdict, quote)
        ]
        assert (one.annotator_id, one.kind, one.subject_kind) == (
            "feedback@1:toy",
            "llm",
            "response",
        )
        assert (one.rubric_id, one.request_id) == (criterion.rubric_id, source)
        assert (one.verdict, one.ratings, one.rationale) == (None, (), "")
    assert follow(found.staging) == []
    assert sorted(found.refused.values()) == ["contradicts", "contradicts", "partial"]
    assert found.said[-1].endswith("1 criterion in 1 rubric, 2 verdicts on responses")
    found.derive(by="feedback")
    assert len(found.staging.read(Judgment)) == 3


def test_words_about_what_is_held_out_are_not_read(tmp_path: Path) -> None:
    words = [
        person({"comparison_id": c.comparison_id}, "It gives a source.", verdict="a", order="ab")
        for c in COMPARISONS
    ] + [
        person({"subject_kind": "response", "subject_id": p[0].response_id}, "It gives a source.")
        for p in PAIRS
    ]
    found = run(tmp_path, lambda _: json.dumps({"principles": []}), *words)
    found.derive(by="feedback", reach="all")
    n_held = len(held_out(found.staging).to_prove("all"))
    assert n_held > 0 and len(found.model.asked) == 2 * (10 - n_held)


def test_reasons_of_judges_become_rules_of_a_domain(tmp_path: Path) -> None:
    reasons = [
        judge_one(c, "a" if c.response_ids[0] == p[0].response_id else "b", "judge", kind="llm")
        .model_copy(update={"rationale": "The first one gives a source.", "judgment_id": f"j{i}"})
        for i, (c, p) in enumerate(zip(COMPARISONS, PAIRS, strict=True))
    ]  # fmt: skip
    rule = json.dumps({"rules": [entry("gives a source", "Gives a source for its claims.")]})
    found = run(tmp_path, lambda _: rule, *reasons)
    found.derive(by="reasoning")
    assert [r.domain for r in found.rubrics] == ["birds"]
    held = set(held_out(found.staging).to_prove("all").to_pylist())
    drawn = {f"j{i}" for i, c in enumerate(COMPARISONS) if i % 2 and c.comparison_id not in held}
    assert {s.subject_id for s in found.sources} == drawn


def test_checklists_and_nuggets_need_no_response(tmp_path: Path) -> None:
    item = entry("Say it in", "Keeps to the number of words.") | {
        "turn": 1,
        "importance": "essential",
    }
    found = run(tmp_path, lambda _: json.dumps({"items": [item]}), labels=False)
    count = found.derive(by="checklist")
    assert count.n_out == 10 and {c.turn for c in found.criteria} == {1}
    assert {c.importance for c in found.criteria} == {"essential"}
    assert found.said[-1].startswith("  derive     checklist from 10 prompts:")
    asked = len(found.model.asked)
    count = found.derive(by="nuggets", stage="derive-2")
    assert (count.n_out, [(r.reason, r.n) for r in count.rejects]) == (
        0,
        [("no_reference", len(PROMPTS))],
    )
    assert len(found.model.asked) == asked


def test_the_same_item_of_two_turns_is_two_criteria(tmp_path: Path) -> None:
    turns = [("user", "Say it in 3 words."), ("assistant", "No."), ("user", "Say it in 4 words.")]
    talk = Prompt(messages=tuple(Message(role=r, content=t) for r, t in turns), source="toy.jsonl:1")  # fmt: skip
    said = entry("Say it in", "Keeps to the number of words.") | {"importance": "essential"}
    items = [said | {"turn": turn} for turn in (1, 2)]
    found = Run(tmp_path, stage(tmp_path / "run", talk), lambda _: json.dumps({"items": items}))
    assert found.derive(by="checklist").n_out == 2
    assert sorted(c.turn or 0 for c in found.criteria) == [1, 2]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"by": "contrst"}, "did you mean 'contrast'"),
        ({"by": "contrast", "tries": 99}, "tries of contrast is 99"),
        ({"by": "contrast", "trys": 1}, "contrast has no setting 'trys' (did you mean 'tries'?)"),
        ({"by": "contrast", "share": 1.5}, "less than 1"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        DeriveSettings.model_validate({"model": "toy", **settings})
