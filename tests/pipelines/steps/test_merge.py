"""Derived criteria that say the same become one with all they rest on, and none is lost."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.toy import (
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
from winnow.annotation.rubrics.standing import in_force
from winnow.pipelines.inference.requests import ChatRequest, Completion
from winnow.pipelines.steps import MergeStep, StepContext
from winnow.schemas.judgments import CriterionVerdict, Gold, Judgment
from winnow.schemas.labels import Label
from winnow.schemas.new_rubrics import DraftCriterion, new_rubric
from winnow.schemas.prompts import Prompt
from winnow.schemas.rejects import Reject
from winnow.schemas.rubrics import Criterion, CriterionSource, Proof, Rubric
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging

PROMPTS = [ask(f"What is {i} times two?", domain="maths" if i < 6 else "words") for i in range(8)]
UNIT, UNITS, NO_UNIT = (
    "States the unit.",
    "The unit is stated in the result.",
    "Does not state the unit.",
)


class Rubrics:
    """Rubrics of one criterion each, as deriving writes them."""

    def __init__(self) -> None:
        self.rubrics: list[Rubric] = []
        self.criteria: list[Criterion] = []
        self.sources: list[CriterionSource] = []

    def add(
        self, texts: Sequence[str], prompt: Prompt | None = None, domain: str | None = None,
        derived: str | None = "earlier", rests_on: Sequence[str] = (), **more: Any,
    ) -> list[Criterion]:  # fmt: skip
        rubric_id = f"r{len(self.rubrics)}"
        prompt_id = prompt.prompt_id if prompt else None
        self.rubrics.append(Rubric(rubric_id=rubric_id, name=rubric_id, prompt_id=prompt_id, domain=domain, source="toy", derived_from=derived))  # fmt: skip
        made = [Criterion(criterion_id=f"{rubric_id}-{i}", rubric_id=rubric_id, kind="principle", text=text, source="toy", **more) for i, text in enumerate(texts)]  # fmt: skip
        self.criteria += made
        for one in made:
            for subject in rests_on or [compared(prompt or PROMPTS[0])]:
                self.sources.append(CriterionSource(criterion_id=one.criterion_id, kind="comparison", subject_id=subject, quote="there"))  # fmt: skip
        return made

    def staged(self, root: Path, *more: Any) -> Staging:
        staging = stage(
            root, *PROMPTS, *(r for p in PROMPTS for r in sides(p)), *map(comparison, PROMPTS)
        )
        for kind, rows in (
            (Rubric, self.rubrics),
            (Criterion, self.criteria),
            (CriterionSource, self.sources),
        ):
            staging.write(kind, rows, part="derive")
        for kind in {type(row) for row in more}:
            staging.write(kind, [row for row in more if type(row) is kind], part="more")
        return staging


def sides(prompt: Prompt) -> tuple[Any, Any]:
    return answer(prompt, "yes"), answer(prompt, "no")


def comparison(prompt: Prompt) -> Any:
    return compare_two(*sides(prompt))


def compared(prompt: Prompt) -> str:
    return str(comparison(prompt).comparison_id)


def shown(request: ChatRequest) -> list[str]:
    """Return the criteria that a request shows, the one first."""
    lines = request.messages[-1].text().splitlines()
    return [text for before, text in pairwise(lines) if before.startswith("<criterion-")]


class Model(StoredModel):
    """Says of each two criteria what a function says; garbage where it gives None."""

    def __init__(self, root: Path, relation: Callable[[str, str], str | None]) -> None:
        def reply(request: ChatRequest) -> Completion:
            one, *others = shown(request)
            said = {str(i): relation(one, other) for i, other in enumerate(others, 1)}
            text = "no idea" if None in said.values() else json.dumps({"why": "words"} | said)
            return completion(request, text)

        super().__init__(root, reply)


def always(relation: str | None) -> Callable[[str, str], str | None]:
    return lambda one, other: relation


def run(staging: Staging, model: Model, **settings: Any) -> list[StageCount]:
    at = StepContext(
        staging=staging, run_id=RUN, stage="merge", models={"toy": TOY}, answer=model.answer
    )
    return list(MergeStep.model_validate({"model": "toy"} | settings).work(at))


def made(staging: Staging) -> list[Criterion]:
    return Criterion.from_table(staging.read_part(Criterion, "merge"))


def standing(staging: Staging) -> list[list[str]]:
    found = in_force(
        Rubric.from_table(staging.read(Rubric)),
        Criterion.from_table(staging.read(Criterion)),
        CriterionSource.from_table(staging.read(CriterionSource)),
        Proof.from_table(staging.read(Proof)),
        unproven=True,
    )
    return sorted(sorted(c.text for c in view.criteria) for view in found)


def test_what_says_the_same_of_one_prompt_becomes_one_with_all_it_rests_on(tmp_path: Path) -> None:
    rubrics = Rubrics()
    rubrics.add([UNIT, "Is short."], PROMPTS[0])
    rubrics.add([UNITS], PROMPTS[0], rests_on=["another"])
    staging = rubrics.staged(tmp_path / "run")
    model = Model(tmp_path / "store", always("same"))
    (criteria, requests) = run(staging, model)
    assert (criteria.n_in, criteria.n_out, criteria.rejects[0].reason) == (3, 2, "duplicate")
    assert (requests.unit, requests.n_in, requests.n_out) == ("requests", 1, 1)
    by_text = {c.text: c for c in made(staging)}
    assert set(by_text) == {UNIT, "Is short."}
    rests_on = [
        (s.kind, s.subject_id)
        for s in CriterionSource.from_table(staging.read_part(CriterionSource, "merge"))
        if s.criterion_id == by_text[UNIT].criterion_id
    ]
    assert sorted(rests_on) == sorted([
        ("comparison", "another"), ("comparison", compared(PROMPTS[0])), ("criterion", "r0-0"), ("criterion", "r1-0"),
    ])  # fmt: skip
    (rubric,) = Rubric.from_table(staging.read_part(Rubric, "merge"))
    assert (rubric.prompt_id, rubric.derived_from) == (PROMPTS[0].prompt_id, RUN)
    assert standing(staging) == [["Is short.", UNIT]]


def test_only_criteria_for_the_same_prompt_are_asked_about(tmp_path: Path) -> None:
    rubrics = Rubrics()
    for prompt in PROMPTS[:3]:
        rubrics.add([UNIT, "Is short."], prompt)
    staging = rubrics.staged(tmp_path / "run")
    model = Model(tmp_path / "store", always("same"))
    (criteria,) = run(staging, model)
    assert (criteria.n_in, criteria.n_out, model.asked) == (6, 6, [])
    assert made(staging) == []
    assert len(standing(staging)) == 3


def test_by_meaning_the_same_in_other_words_is_asked_about_and_merged(tmp_path: Path) -> None:
    rubrics = Rubrics()
    rubrics.add(["Names a source for each claim."], PROMPTS[0])
    rubrics.add(["Cites references."], PROMPTS[0])
    by_words, by_meaning = (
        (rubrics.staged(tmp_path / name), Model(tmp_path / f"answers-{name}", always("same")))
        for name in ("words", "meaning")
    )
    run(*by_words)
    assert by_words[1].asked == []
    run(*by_meaning, similar_by="minilm", similarity=0.4)
    assert len(by_meaning[1].asked) == 1
    assert [len(texts) for texts in standing(by_meaning[0])] == [1]


def test_rubrics_of_prompts_become_those_of_their_domains(tmp_path: Path) -> None:
    rubrics = Rubrics()
    for i, prompt in enumerate(PROMPTS):
        rubrics.add([UNIT if i % 2 else UNITS, f"Names number {i} alone."], prompt)
    staging = rubrics.staged(tmp_path / "run")

    def relation(one: str, other: str) -> str:
        return "same" if {one, other} == {UNIT, UNITS} else "different"

    criteria, _ = run(staging, Model(tmp_path / "store", relation), reach="domain")
    assert (criteria.n_in, criteria.n_out) == (16, 2)
    assert Counter({r.reason: r.n for r in criteria.rejects}) == {
        "duplicate": 6,
        "single_example": 8,
    }
    found = Rubric.from_table(staging.read_part(Rubric, "merge"))
    assert sorted(str(r.domain) for r in found) == ["maths", "words"]
    assert standing(staging) == [[UNIT], [UNIT]]


def test_of_a_mirror_image_both_texts_stand_in_the_reject_and_a_proof_keeps_it_out(
    tmp_path: Path,
) -> None:
    rubrics = Rubrics()
    rubrics.add([UNIT], PROMPTS[0], rests_on=[compared(p) for p in PROMPTS[:2]])
    rubrics.add([NO_UNIT, "Is short."], PROMPTS[0])
    staging = rubrics.staged(tmp_path / "run")
    run(staging, Model(tmp_path / "store", always("different")))
    (reject,) = (r for r in Reject.from_table(staging.read(Reject)) if r.reason == "mirror")
    assert (reject.record, reject.record_id) == ("criterion", "r1-0")
    assert NO_UNIT in reject.detail and UNIT in reject.detail
    (proof,) = Proof.from_table(staging.read(Proof))
    assert (proof.criterion_id, proof.is_kept, proof.reason) == ("r1-0", False, "mirror")
    assert standing(staging) == [["Is short.", UNIT]]


def test_an_unreadable_reply_counts_as_different_and_is_counted(tmp_path: Path) -> None:
    rubrics = Rubrics()
    rubrics.add([UNIT, UNITS], PROMPTS[0])
    staging = rubrics.staged(tmp_path / "run")
    criteria, requests = run(staging, Model(tmp_path / "store", always(None)))
    assert (criteria.n_in, criteria.n_out) == (2, 2)
    assert [(r.reason, r.n) for r in requests.rejects] == [("unreadable", 1)]
    assert list(reasons(staging, "merge").values()) == ["unreadable"]


def test_a_rubric_stays_short_and_says_what_it_had_no_room_for(tmp_path: Path) -> None:
    rubrics = Rubrics()
    rubrics.add([f"Names thing number {word}." for word in "abcdefghij"], PROMPTS[0])
    staging = rubrics.staged(tmp_path / "run")
    criteria, *_ = run(staging, Model(tmp_path / "store", always("different")), max_criteria=4)
    assert (criteria.n_out, [(r.reason, r.n) for r in criteria.rejects]) == (4, [("over_cap", 6)])
    (rubric,) = Rubric.from_table(staging.read_part(Rubric, "merge"))
    assert (rubric.name, rubric.replaces) == ("r0", "r0")
    assert [len(texts) for texts in standing(staging)] == [4]


def test_what_people_wrote_and_what_was_refused_before_stays_as_it_is(tmp_path: Path) -> None:
    rubrics = Rubrics()
    rubrics.add([UNIT], PROMPTS[0], derived=None)
    rubrics.add([UNITS], PROMPTS[0])
    refused = Proof(run_id="earlier", rubric_id="r1", criterion_id="r1-0", n_comparisons=3, is_kept=False, reason="no_gain")  # fmt: skip
    staging = rubrics.staged(tmp_path / "run", refused)
    (criteria,) = run(staging, Model(tmp_path / "store", always("same")))
    assert (criteria.n_in, criteria.n_out) == (0, 0)


def judged(
    rubrics: Rubrics,
    root: Path,
    first: Callable[[int], bool],
    second: Callable[[int], bool],
    *,
    drawn: bool = False,
    is_gold: bool = False,
    **more: Any,
) -> Staging:
    """Stage 120 comparisons, and of two criteria of which of them the better response is met by it alone, else the other."""
    prompts = [ask(hashlib.sha256(bytes([i])).hexdigest()) for i in range(120)]  # near to none
    one, other = rubrics.add(["Answers the question.", "Is polite to people."])
    labels: list[Any] = []
    judgments = []
    for i, prompt in enumerate(prompts):
        pair = compare_two(*sides(prompt))
        p = 0.1 if is_gold else 0.9  # gold comes first
        labels.append(Label(run_id=RUN, comparison_id=pair.comparison_id, p_a=p, p_b=1 - p, p_tie=0, n_judgments=1, method="toy"))  # fmt: skip
        if is_gold:
            labels.append(Gold(comparison_id=pair.comparison_id, verdict="a", basis="toy"))
        for place, response_id in enumerate(pair.response_ids):
            met = {one: (place == 0) == first(i), other: (place == 0) == second(i)}
            judgments.append(
                Judgment(
                    subject_kind="response",
                    subject_id=response_id,
                    annotator_id="rubric",
                    kind="llm",
                    request_id="asked",
                    **more,
                    criteria=tuple(
                        CriterionVerdict(
                            response_id=response_id,
                            criterion_id=c.criterion_id,
                            verdict="yes" if yes else "no",
                        )
                        for c, yes in met.items()
                    ),
                )
            )
    if drawn:  # people speak of what they noticed: what they leave unsaid is not worth nothing
        rubrics.sources += [
            CriterionSource(criterion_id=c.criterion_id, kind="judgment", subject_id="words", request_id="asked")
            for c in (one, other)
        ]  # fmt: skip
    return rubrics.staged(root, *labels, *prompts, *(r for p in prompts for r in sides(p)), *map(comparison, prompts), *judgments)  # fmt: skip


@pytest.mark.parametrize("drawn", [False, True], ids=["judged", "drawn_from"])
def test_criteria_that_add_nothing_by_the_verdicts_on_them_are_refused_but_not_by_what_they_were_drawn_from(
    tmp_path: Path, drawn: bool
) -> None:
    said = (lambda i: i % 10 > 0, lambda i: i // 10 % 2 == 0)
    staging = judged(Rubrics(), tmp_path / "run", *said, drawn=drawn)
    criteria, *_ = run(staging, Model(tmp_path / "store", always("different")), min_prompts=1)
    refused = [] if drawn else [("no_gain", 1)]
    assert [(r.reason, r.n) for r in criteria.rejects] == refused
    kept = ["Answers the question."] + ["Is polite to people."] * drawn
    assert [sorted(one) for one in standing(staging)] == [kept]


def test_gold_comes_before_labels_and_what_was_discarded_counts_for_nothing(tmp_path: Path) -> None:
    meets = (lambda i: i % 10 > 0, lambda i: i // 10 % 2 == 0)
    found = []
    cases: list[dict[str, Any]] = [{"is_gold": True}, {"is_discarded": True}]
    for n, more in enumerate(cases):
        staging = judged(Rubrics(), tmp_path / f"run{n}", *meets, **more)
        run(staging, Model(tmp_path / "store", always("different")), min_prompts=1)
        found.append(standing(staging))
    both = [["Answers the question.", "Is polite to people."]]
    assert found == [[["Answers the question."]], both]


def test_fitted_weights_alone_make_a_next_version(tmp_path: Path) -> None:
    staging = judged(Rubrics(), tmp_path / "run", lambda i: i % 8 > 0, lambda i: i // 3 % 4 > 0)
    criteria, *_ = run(staging, Model(tmp_path / "store", always("different")), min_prompts=1)
    assert (criteria.n_in, criteria.n_out, criteria.rejects) == (2, 2, ())
    (rubric,) = Rubric.from_table(staging.read_part(Rubric, "merge"))
    one, other = made(staging)
    assert (rubric.replaces, one.weight > other.weight > 0) == ("r0", True)
    assert standing(staging) == [["Answers the question.", "Is polite to people."]]


def test_a_merged_rubric_that_says_what_one_of_its_own_said_is_that_one(tmp_path: Path) -> None:
    rubrics = Rubrics()
    first = new_rubric(
        [DraftCriterion(text=UNIT, kind="principle")], source="toy", name="first",
        prompt_id=PROMPTS[0].prompt_id, derived_from="earlier",
    )  # fmt: skip
    (old,) = first.criteria
    rubrics.rubrics, rubrics.criteria = [first.rubric], [old]
    about = {"kind": "comparison", "quote": "there"}
    for subject in ("own", compared(PROMPTS[0])):
        rubrics.sources.append(CriterionSource(criterion_id=old.criterion_id, subject_id=subject, **about))  # fmt: skip
    rubrics.add([UNITS], PROMPTS[0], rests_on=["another", "own"])
    staging = rubrics.staged(tmp_path / "run")
    criteria, _ = run(staging, Model(tmp_path / "store", always("same")))
    assert (criteria.n_in, criteria.n_out) == (2, 1)
    assert made(staging) == []
    added = CriterionSource.from_table(staging.read_part(CriterionSource, "merge"))
    assert {(s.criterion_id, s.kind, s.subject_id) for s in added} == {
        (old.criterion_id, "criterion", "r1-0"),
        (old.criterion_id, "comparison", "another"),
    }
    assert [r.record_id for r in Reject.from_table(staging.read(Reject)) if r.reason == "duplicate"] == ["r1-0"]  # fmt: skip
    assert standing(staging) == [[UNIT]]


def test_two_documents_of_a_prompt_are_one_prompt(tmp_path: Path) -> None:
    rubrics = Rubrics()
    (one,) = rubrics.add(["Names the year."])
    rubrics.sources = [
        CriterionSource(criterion_id=one.criterion_id, kind="document", subject_id=f"{PROMPTS[0].prompt_id}:document_{n}")
        for n in (1, 2)
    ]  # fmt: skip
    staging = rubrics.staged(tmp_path / "run")
    criteria, *_ = run(staging, Model(tmp_path / "store", always("same")), min_prompts=2)
    assert [r.reason for r in criteria.rejects] == ["single_example"]


def test_of_several_proofs_the_newest_says_what_may_be_merged(tmp_path: Path) -> None:
    rubrics = Rubrics()
    rubrics.add([UNIT], PROMPTS[0])
    rubrics.add([UNITS], PROMPTS[0])
    told = {"rubric_id": "r1", "criterion_id": "r1-0", "n_comparisons": 9}
    proofs = [
        Proof(run_id="earlier", is_kept=False, reason="no_gain", **told),
        Proof(run_id="later", is_kept=False, reason="no_gain", annotator_id="one", **told),
        Proof(run_id="later", is_kept=True, **told),
    ]
    staging = rubrics.staged(tmp_path / "run", *proofs)
    criteria, *_ = run(staging, Model(tmp_path / "store", always("same")))
    assert (criteria.n_in, criteria.n_out) == (2, 1)


def test_the_same_step_again_makes_the_same_and_asks_nothing_new(tmp_path: Path) -> None:
    rubrics = Rubrics()
    rubrics.add([UNIT, UNITS, NO_UNIT, "Is short.", "Is brief and short."], PROMPTS[0])
    staging, model = rubrics.staged(tmp_path / "run"), Model(tmp_path / "store", always("same"))
    first = run(staging, model), made(staging), len(model.asked)
    again = run(staging, model), made(staging), len(model.asked)
    assert [c.model_copy(update={"seconds": 0, "n_reused": 0}) for c in again[0]] == [c.model_copy(update={"seconds": 0, "n_reused": 0}) for c in first[0]]  # fmt: skip
    assert again[1:] == first[1:]


@pytest.mark.parametrize("reach", [None, "prompt", "domain", "all"])
def test_no_rubrics_make_no_rubrics(tmp_path: Path, reach: str | None) -> None:
    staging = stage(tmp_path / "run", *PROMPTS)
    (criteria,) = run(staging, Model(tmp_path / "store", always("same")), reach=reach)
    assert (criteria.n_in, criteria.n_out) == (0, 0)
