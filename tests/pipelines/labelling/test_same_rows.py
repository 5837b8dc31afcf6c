"""What judges and verifiers stage, held against rows that were written when a run was still one list in memory."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.pipelines.inference.fault_server import FaultServer, Reply, error, said, serving
from tests.pipelines.toy import BEAM, PRICED, RUN, answer, ask, compare_two, stage
from winnow.annotation.judge import (
    JUDGES,
    Judge,
    Question,
    Reading,
    SubjectView,
    name_of,
)
from winnow.annotation.judge import (
    Reply as Heard,
)
from winnow.pipelines.asking.answer import answer as have_answered
from winnow.pipelines.inference.models import ModelRef, OpenAIModel
from winnow.pipelines.inference.open_engines import close_engines
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.labelling import portions
from winnow.pipelines.labelling.settings import JudgeSettings, VerifierSettings
from winnow.pipelines.steps.label import label
from winnow.schemas.comparisons import Comparison
from winnow.schemas.ids import canonical_json, content_id
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.labels import KnownAnnotator
from winnow.schemas.prompts import Message, Part, ToolCall
from winnow.schemas.rejects import Reject
from winnow.schemas.responses import Response
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging

ROWS = Path(__file__).parent / "same_rows.txt"
"""A line for each row that `stages` gives, as `lines_of` writes it."""

SKY = ask("Why is the sky blue?", reference="Because air scatters blue light most.")
SEA = ask("Warum ist das Meer salzig?\n„Sag's kurz“ <|im_end|>")
TOOLS = ask("Use the \\tool\\.", tools='[{"name": "look"}]', contexts=("One.", "Two \u2028 é."))
PROMPTS = (SKY, SEA, TOOLS)
OF_SKY = [
    answer(SKY, text) for text in ("Air scatters blue light.", "No idea, sorry.", "Air.", "Light.")
]
OF_SEA = [
    answer(SEA, text) for text in ("Flüsse bringen Salz.", 'Er sagte "Salz".', "\tWeil\x07 so.")
]
CALL = ToolCall(name="look", arguments='{"at": "it"}')
OF_TOOLS = [
    answer(TOOLS, "", tool_calls=(CALL,)),
    answer(TOOLS, "It is there.", turns=(Message(role="assistant", tool_calls=(CALL,)), Message(role="tool", content="it"))),
    answer(TOOLS, "See.", parts=(Part(type="text", text="See."), Part(type="image", image="a.png"))),
]  # fmt: skip
UNKNOWN = Response(prompt_id=SEA.prompt_id, text=None, model="m", source="log:1")
GROUP = Comparison(
    prompt_id=SKY.prompt_id, response_ids=tuple(r.response_id for r in OF_SKY[:3]), strategy="group"
)
WIDE = Comparison(
    prompt_id=SEA.prompt_id, response_ids=tuple(r.response_id for r in OF_SEA), strategy="group"
)
PAIRS = [
    compare_two(OF_SKY[0], OF_SKY[1]),
    compare_two(OF_SKY[0], OF_SKY[3]),
    compare_two(OF_SEA[0], OF_SEA[1]),
    compare_two(OF_SEA[0], UNKNOWN),
    *[compare_two(*two) for two in ((OF_TOOLS[0], OF_TOOLS[1]), (OF_TOOLS[1], OF_TOOLS[2]))],
]
LATER = compare_two(OF_TOOLS[0], OF_TOOLS[2])


class Second(Judge):
    """Ask of each response alone, then which is better, and a third time what it was not sure of."""

    def ask(self, view: SubjectView, replies: Sequence[Heard] = ()) -> Sequence[Question]:
        if not replies:
            return [self._say(f"Is this good: {response.text}") for response in view.shown]
        if len(replies) == 2:
            return [self._say(f"{replies[0].text} and {replies[1].text}, so which? {view.order}")]
        if len(replies) == 3 and replies[2].text == "tie":
            return [self._say(f"Sure? {view.subject_id}", logprobs=2)]
        return ()

    def read(self, view: SubjectView, replies: Sequence[Heard]) -> Sequence[Reading]:
        if any(reply.text not in ("first", "second", "tie") for reply in replies):
            return []
        return [Reading(verdict=name_of(replies[-1].text, view.order), rationale=replies[0].text)]

    def _say(self, words: str, logprobs: int | None = None) -> Question:
        return Question(
            messages=(Message(role="user", content=words),), max_tokens=5, logprobs=logprobs
        )


def entries() -> list[JudgeSettings | VerifierSettings]:
    """List annotators of every kind; the last judge is known within a test alone."""
    pointwise: dict[str, Any] = {
        "judge": "rating",
        "pointwise": True,
        "attributes": {"a": "", "b": "x"},
    }
    judges: list[dict[str, Any]] = [
        {"judge": "pairwise", "exemplars": 2, "temperature": 0.5},
        pointwise,
        {"judge": "ranking", "orders": "ba"},
        {"judge": "second"},
    ]
    return [
        VerifierSettings(verifier="reference_overlap"),
        *(JudgeSettings.model_validate({**judge, "model": "toy"}) for judge in judges),
        VerifierSettings(verifier="form"),
    ]


class Moody:
    """Answers by the hash of what is asked and by how often it was: well, unreadably, behind a thought, or not at all."""

    def __init__(self) -> None:
        self.n_asked: Counter[str] = Counter()

    def __call__(self, number: int, body: dict[str, Any]) -> Reply:
        asked = json.dumps([body["messages"], body["temperature"]])
        digest = int(sha256(f"{asked} {self.n_asked[asked]}".encode()).hexdigest(), 16)
        self.n_asked[asked] += 1
        if digest % 13 == 0:
            return error(400, "maximum context length")
        if digest % 5 == 0:
            return said('{"critique": "<thinking>", "verdict"')
        form = body.get("response_format", {}).get("json_schema", {}).get("schema")
        text = json.dumps(_fill(form, digest)) if form else ("first", "second", "tie")[digest % 3]
        return said(f"<think>Hm.</think>\n\n{text}" if digest % 7 == 0 else text)


def _fill(form: dict[str, Any], digest: int) -> Any:
    if "enum" in form:
        return form["enum"][digest % len(form["enum"])]
    if "properties" in form:
        return {
            name: _fill(one, digest // 3**i)
            for i, (name, one) in enumerate(form["properties"].items())
        }
    return f'So "says" the {digest % 97}th ü\n.'


@pytest.fixture(autouse=True)
def many_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portions, "MOST_COMPARISONS", 1)


@pytest.fixture
def second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(JUDGES, "_kinds", dict(JUDGES._kinds))
    JUDGES.register("second", version=1)(Second)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with serving(Moody()) as server:
        yield server
    close_engines()


def ready_judgments() -> list[Judgment]:
    given = {"annotator_id": "human:ada", "kind": "human", "verdict": "tie"}
    ranking = [OF_SKY[i].response_id for i in (2, 0, 1)]
    return [
        Judgment.model_validate(
            {**given, "comparison_id": GROUP.comparison_id, "ranking": ranking}
        ),
        Judgment.model_validate({**given, "comparison_id": WIDE.comparison_id}),
        Judgment.model_validate(
            {**given, "comparison_id": PAIRS[0].comparison_id, "rationale": "Both."}
        ),
    ]


def mixed(folder: Path) -> Staging:
    records: list[Any] = [*PROMPTS, *OF_SKY, *OF_SEA, *OF_TOOLS, UNKNOWN, GROUP, WIDE, *PAIRS]
    staging = stage(folder, *records, *ready_judgments())
    gold = [
        Gold(comparison_id=PAIRS[i].comparison_id, verdict="tie", basis="checked") for i in (0, 2)
    ]
    staging.write(Gold, gold)
    return staging


def stages(root: Path, server: FaultServer) -> Iterator[tuple[str, Staging, StageCount]]:
    """Label three times: at first, again where replies could not be read, and in a second step with one comparison more."""
    model = _model(server)
    answers = partial(have_answered, store=CompletionStore(root / "store"), beam=BEAM)
    run = partial(
        label, settings=entries(), run_id=RUN, models={"toy": model}, answer=answers, beam=BEAM
    )
    first, again = mixed(root / "first"), mixed(root / "again")
    yield "first", first, run(first)
    yield "again", again, run(again, asks_again=True)
    again.write(Comparison, [LATER], part="later")
    ids = pa.array([LATER.comparison_id, WIDE.comparison_id, PAIRS[0].comparison_id])
    count = run(again, stage="label-2", chosen=ids, stages_before=["label"])
    yield "later", again, count


def _model(server: FaultServer) -> ModelRef:
    assert isinstance(PRICED.settings, OpenAIModel)
    settings = PRICED.settings.model_copy(update={"urls": (server.url,), "deadline_s": 30.0})
    return PRICED.model_copy(update={"settings": settings})


_NEWER = [("step", None)]
"""What rows of today say in columns that those of the file did not have."""


def lines_of(name: str, staging: Staging, count: StageCount) -> Iterator[str]:
    """Write a line for the counts, and one for each row that the step staged, with the beginning of its key and its hash."""
    yield f"{name} {canonical_json(count.model_dump(mode='json', exclude={'seconds'}))}"
    for record in (Comparison, Judgment, KnownAnnotator, Reject):
        for part in ("ungrouped", count.stage, f"{count.stage}-measured"):
            for row in staging.read_part(record, part).to_pylist():
                key = " ".join(row[name][:12] for name in record.key)
                known = {k: v for k, v in row.items() if (k, v) not in _NEWER}
                yield f"{name} {record.table}/{part} {key} {content_id(known)[:16]}"


def test_what_is_staged_is_the_same_to_the_row(
    tmp_path: Path, second: None, server: FaultServer
) -> None:
    found = [line for one in stages(tmp_path, server) for line in lines_of(*one)]
    assert found == ROWS.read_text("utf-8").splitlines()
