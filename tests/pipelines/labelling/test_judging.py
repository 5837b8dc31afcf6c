import json
import pickle
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.toy import (
    BEAM,
    RUN,
    TOY,
    StoredModel,
    answer,
    ask,
    compare_two,
    completion,
    requests_about,
    shown_in,
    stage,
)
from winnow.annotation.judge import JUDGES, Judge, Question, Reading, Reply, SubjectView, name_of
from winnow.pipelines.inference.requests import ChatRequest, Completion
from winnow.pipelines.labelling.judge_at_work import JudgeAtWork
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.pipelines.labelling.subjects import subjects_for
from winnow.pipelines.labelling.views import read_views
from winnow.pipelines.steps.label import label
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.prompts import Message
from winnow.warehouse.staging import Staging

SKY = ask("Why is the sky blue?", reference="Because air scatters blue light most.")
SEA = ask("Why is the sea salt?")
GOOD, BAD, THIRD = (
    answer(SKY, text) for text in ("Because air scatters blue light.", "No idea, sorry.", "Air.")
)
SALT, SAND = answer(SEA, "Rivers bring salt."), answer(SEA, "Sand.")
GROUP = Comparison(
    prompt_id=SKY.prompt_id,
    response_ids=(GOOD.response_id, BAD.response_id, THIRD.response_id),
    strategy="group",
)
PAIRS = [compare_two(GOOD, BAD), compare_two(GOOD, THIRD), compare_two(BAD, THIRD), compare_two(SALT, SAND)]  # fmt: skip

FIRST = '{"critique":"so","verdict":"first"}'
NUMBERS = '{"critique":"so","first":4,"second":2}'
TABLES = '{"critique":"so","first":{"fact":1,"form":2},"second":{"fact":5,"form":1}}'


def staged(root: Path) -> Staging:
    staging = stage(root, SKY, SEA, GOOD, BAD, THIRD, SALT, SAND, GROUP, *PAIRS)
    gold = Gold(comparison_id=PAIRS[3].comparison_id, verdict="a", basis="checked")
    staging.write(Gold, [gold])
    return staging


def subjects_in(staging: Staging, entry: JudgeSettings) -> list[SubjectView]:
    return subjects_for(entry, shown_in(staging, read_views(staging), entry), [GROUP])


def ranks(request: ChatRequest) -> str:
    names = list(json.loads(request.json_schema or "")["properties"])[1:]
    return json.dumps({"critique": "so", **{name: n for n, name in enumerate(names, 1)}})


def beginnings(ids: Sequence[str]) -> str:
    return " ".join(one[:12] for one in ids)


@pytest.mark.parametrize(
    ("settings", "reply", "request_ids", "judgment_ids"),
    [
        pytest.param(
            {"judge": "pairwise"},
            FIRST,
            "4e9e6b460d0a 62e6b21bb5a9 e601f3d31bbd 8b5728fda426 4508a483c056 351e7cfc5d48 7ce9839b308e 91ac40c812dd",
            "298395ec83b4 3efaa78792d7 bf8056b5ba1d 892bc60891c8 675c7da07148 d3320e31613e 1cdac3d58bd9 3a3ab7f3bef6",
            id="pairwise",
        ),
        pytest.param(
            {
                "judge": "pairwise",
                "guidelines": "- Short wins.",
                "orders": "ba",
                "temperature": 0.5,
            },
            FIRST,
            "a031d893ac5c 6010f3949960 33708fd233a0 de2b55e48b52",
            "e0a4283ca87b 382dd3d5fa08 d87dc3dbb3ad a86aa621e1c6",
            id="pairwise-one-order",
        ),
        pytest.param(
            {"judge": "pairwise", "exemplars": 2},
            FIRST,
            "4e9e6b460d0a 62e6b21bb5a9 c57d2ba35587 706603b16445 4b98f3b2fb86 971c4fd0dd9b 630042083fc1 03c01448e8a2",
            "6be29779ebe6 a4235c83a5d5 f068fc7fb3f0 d0ccbe6fbd30 ee3fb77a423f 59f2ea4749e0 71624d9bc543 d5db2c84fcc7",
            id="pairwise-exemplars",
        ),
        pytest.param(
            {"judge": "rating"},
            NUMBERS,
            "243fb9ff87a4 56fd9fe95d62 78d001531621 43d96afddb67 9474254916d0 47bac74d4abe 7437323b3598 166e1b5282c2",
            "5af2ec96b429 6b4acf9d07b2 7c4a90c1e359 a752959c26d0 12d3afb9e960 45fa70c4b3b2 816151856815 75f6d1725073",
            id="rating",
        ),
        pytest.param(
            {"judge": "rating", "attributes": {"fact": "true", "form": ""}},
            TABLES,
            "daaebc6b1214 a952c91ace68 d5a1854e245b 342643614a32 a9eb83bedec8 ec92151d008c 58e657c9c893 ee350976b8da",
            "045566be3926 b49ce7653cdb 25c8f3e1a556 7789667a0abb 90be31d41442 6a4881abeb5f f35bf723d586 565cab6c9853",
            id="rating-attributes",
        ),
        pytest.param(
            {"judge": "ranking"},
            None,
            "54c2c1e36e80 1a6b579f65ac a741436c4d2f 99c2d21a270b",
            "8bc7523b79e2 dfb849078aba d73930148552 ca0c5a852ca7 2fdf1ca1a5ba f83f6cdcfc3a 13a36b955902 986e7fe3fa67",
            id="ranking",
        ),
    ],
)
def test_requests_and_judgments_keep_the_ids_under_which_they_are_stored(
    tmp_path: Path,
    settings: dict[str, Any],
    reply: str | None,
    request_ids: str,
    judgment_ids: str,
) -> None:
    entry = JudgeSettings.model_validate({**settings, "model": "toy"})
    staging = staged(tmp_path)
    subjects, work = subjects_in(staging, entry), JudgeAtWork.of(entry, {entry.model: TOY})
    written = [one for view in subjects for one in work.write(work.judge.ask(view))]
    assert beginnings([one.request_id for one in written]) == request_ids
    asked = [request for view in subjects for request in requests_about(view, entry)]
    assert written == [(r.request_id, r.canonical(), r.most_tokens, 0) for r in asked]
    replying = StoredModel(tmp_path / "store", lambda r: completion(r, reply or ranks(r)))
    label(staging, [entry], RUN, models={"toy": TOY}, answer=replying.answer, beam=BEAM)
    judgments = Judgment.from_table(staging.read(Judgment))
    assert [j.judgment_id for j in judgments] == [
        Judgment.model_validate(j.model_dump(exclude={"judgment_id"})).judgment_id
        for j in judgments
    ]
    assert sorted(beginnings([j.judgment_id for j in judgments]).split()) == sorted(
        judgment_ids.split()
    )


def test_questions_that_differ_in_their_schemas_do_not_pile_up_nor_travel() -> None:
    work = JudgeAtWork.of(JudgeSettings(judge="pairwise", model="toy"), {"toy": TOY})
    turns = (Message(role="user", content="Air?"),)
    questions = [
        Question(messages=turns, json_schema=f'{{"maxLength":{n}}}', max_tokens=9)
        for n in range(2000)
    ]
    written = work.write(questions)
    travelled = pickle.dumps(work)
    assert len(travelled) == len(pickle.dumps(JudgeAtWork.of(work.entry, {"toy": TOY})))
    assert len(work._frames) < 1000
    assert pickle.loads(travelled).write(questions[:3]) == work.write(questions[:3]) == written[:3]


class Doubter(Judge):
    """Ask for a verdict of each response alone, and once more where both are as good; "?" cannot be read."""

    def ask(self, view: SubjectView, replies: Sequence[Reply] = ()) -> Sequence[Question]:
        if not replies:
            return [self._say(f"Is this good: {response.text}") for response in view.shown]
        said = [reply.text for reply in replies]
        if said in (["yes", "yes"], ["no", "no"]):
            return [self._say(f"Both {said[0]}; which is better? {view.order}")]
        return ()

    def read(self, view: SubjectView, replies: Sequence[Reply]) -> Sequence[Reading]:
        said = [reply.text for reply in replies]
        if "?" in said:
            return [Reading(verdict="invalid", rationale="?")]
        place = said[2] if len(said) > 2 else "first" if said[0] == "yes" else "second"
        return [Reading(verdict=name_of(place, view.order), rationale=" ".join(said))]

    def _say(self, words: str) -> Question:
        return Question(messages=(Message(role="user", content=words),), max_tokens=5)


@pytest.fixture
def doubter(monkeypatch: pytest.MonkeyPatch) -> Iterator[JudgeSettings]:
    monkeypatch.setattr(JUDGES, "_kinds", dict(JUDGES._kinds))
    JUDGES.register("doubter", version=1)(Doubter)
    yield JudgeSettings(judge="doubter", model="toy")


def judged_by(
    entry: JudgeSettings, root: Path, *known: tuple[str, str], asks_again: bool = False
) -> tuple[list[Judgment], list[str]]:
    """Have a comparison judged; a question is answered by the first words that it holds."""

    def reply(request: ChatRequest) -> Completion:
        words = str(request.messages[-1].content)
        return completion(request, next(said for key, said in known if key in words))

    staging, model = (
        stage(root / "run", SEA, SALT, SAND, PAIRS[3]),
        StoredModel(root / "store", reply),
    )
    label(staging, [entry], RUN, models={"toy": TOY}, answer=model.answer, beam=BEAM, asks_again=asks_again)  # fmt: skip
    words = [str(request.messages[-1].content) for request in model.asked]
    return Judgment.from_table(staging.read(Judgment)), words


def test_a_judge_asks_on_from_what_came_back(tmp_path: Path, doubter: JudgeSettings) -> None:
    known = (("good", "yes"), ("which", "second"))
    judgments, words = judged_by(doubter, tmp_path, *known)
    # Each response is asked about once, though it stands in two orders; the second round once for each.
    assert len(words) == 4
    assert {(j.order, j.verdict, j.rationale) for j in judgments} == {
        ("ab", "b", "yes yes second"),
        ("ba", "a", "yes yes second"),
    }
    assert judged_by(doubter, tmp_path, *known) == (judgments, [])


def test_a_judge_that_has_heard_enough_asks_no_second_round(
    tmp_path: Path, doubter: JudgeSettings
) -> None:
    judgments, words = judged_by(doubter, tmp_path, ("Rivers", "yes"), ("Sand", "no"))
    assert len(words) == 2
    better = "ab"[PAIRS[3].response_ids.index(SALT.response_id)]
    assert {(j.order, j.verdict) for j in judgments} == {("ab", better), ("ba", better)}


def test_replies_of_a_round_that_cannot_be_read_are_asked_for_again(
    tmp_path: Path, doubter: JudgeSettings
) -> None:
    unclear = (("Rivers", "?"), ("Sand", "no"))
    assert {j.verdict for j in judged_by(doubter, tmp_path, *unclear)[0]} == {"invalid"}
    judgments, words = judged_by(
        doubter, tmp_path, ("Rivers", "yes"), ("Sand", "no"), asks_again=True
    )
    assert len(words) == 2
    assert {j.rationale for j in judgments} == {"yes no", "no yes"}
