"""Every kind of task through a real Argilla: pushed, answered, pulled, read."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.annotation.queues.material import (
    group,
    one_response,
    pair,
    prompt,
    rubric,
    trajectories,
)
from tests.annotation.queues.people import change, queue_of, submit
from winnow.annotation.argilla.server import Address
from winnow.annotation.queues.cards import cards_of
from winnow.annotation.queues.client import Client, DataSet
from winnow.annotation.queues.pseudonyms import Names
from winnow.annotation.queues.pull import pull
from winnow.annotation.queues.push import Queue, ensure_data_set, push
from winnow.annotation.queues.reading import read_answers
from winnow.annotation.queues.tasks import (
    Checklist,
    Edit,
    Pairwise,
    Ranking,
    Ratings,
    ReadAnswers,
    RubricReview,
    Task,
    View,
    task_id,
)
from winnow.schemas.answers import Answer
from winnow.schemas.errors import InvalidSettings

SignIn = Callable[[str], httpx.Client]

pytestmark = pytest.mark.server


@pytest.fixture
def client(argilla: Address) -> Iterator[Client]:
    with Client(argilla) as client:
        yield client


class Desk:
    """One queue with what was pulled from it."""

    def __init__(self, client: Client, name: str, task: Task, *views: View) -> None:
        self.client, self.task = client, task
        self.queue = Queue(name, "winnow", task)
        self.pushed = push(client, self.queue, [(view, 0) for view in views])
        self.answers: list[Answer] = []
        self.cursor: Mapping[str, str] = {}

    @property
    def data_set(self) -> DataSet:
        return ensure_data_set(self.client, self.queue)

    def pull(self, names: Names | None = None) -> Any:
        pulled = pull(
            self.client,
            [self.data_set],
            self.answers.extend,
            known=list(self.answers),
            cursor=self.cursor,
            names=names,
        )
        self.cursor = pulled.cursor
        return pulled

    def read(self) -> ReadAnswers:
        return read_answers(self.answers, {task_id(self.task): self.task})


def test_a_pairwise_answer_comes_back_as_one_judgment(client: Client, person: SignIn) -> None:
    desk = Desk(client, "trip pairwise", Pairwise(), pair())
    (record,) = queue_of(person("ann"), desk.data_set)
    submit(person("ann"), record, {"preference": "first_much", "why": "It is prime."})
    desk.pull()
    (judgment,) = desk.read().judgments
    first = desk.answers[0].shown.response_ids[0]
    wanted = "a" if first == pair().responses[0].response_id else "b"
    assert (judgment.annotator_id, judgment.verdict, judgment.rationale) == (
        "human:ann",
        wanted,
        "It is prime.",
    )


def test_people_see_every_turn_of_both_responses_and_their_verdict_comes_back(
    client: Client, person: SignIn
) -> None:
    view = trajectories()
    desk = Desk(client, "trip trajectories", Pairwise(), view)
    (record,) = queue_of(person("ann"), desk.data_set)
    fields = record["fields"]
    shown = [fields["response_1"], fields["response_2"]]
    long, short = sorted(shown, key=len, reverse=True)
    seen = ["(assistant)", "calls <code>rain</code>", '"city": "Oslo"', "(tool)", "0 mm", "It is dry.", "(user)", "And in Bergen?", "31 mm: it is not."]  # fmt: skip
    places = [long.index(text) for text in seen]
    assert places == sorted(places)
    assert short.index("It is dry.") < short.index("And in Bergen?") < short.index("Dry as well.")
    first_is_better = shown.index(long) == 0
    submit(person("ann"), record, {"preference": f"{'first' if first_is_better else 'second'}_much"})  # fmt: skip
    desk.pull()
    (judgment,) = desk.read().judgments
    better = next(r for r in view.responses if len(r.turns) == 4)
    assert view.responses["ab".index(judgment.verdict)] == better


def test_an_edit_is_of_one_text_and_a_response_of_several_turns_is_left_out_by_name() -> None:
    view = trajectories()
    cards, unfit = cards_of(Edit(), [(replace(view, responses=view.responses[:1]), 0)], 1, 0)
    assert cards == []
    assert unfit == [
        (view.subject_id, "more than one text: it has several turns, calls or pictures")
    ]


def test_judges_suggest_only_where_asked_to_and_the_answer_says_so(
    client: Client, person: SignIn
) -> None:
    leaning = [replace(pair(0), suggested="b"), replace(pair(1), suggested="tie"), pair(2)]
    desk = Desk(client, "trip suggested", Pairwise(), *leaning)
    found = {}
    for record in queue_of(person("ann"), desk.data_set):
        page = person("ann").get(f"records/{record['id']}").json()
        found[record["external_id"]] = [(s["value"], s["agent"]) for s in page["suggestions"]]
        submit(person("ann"), record, {"preference": "tie"})
    desk.pull()
    by_subject = {a.shown.subject_id: (a.shown, found[a.item_id]) for a in desk.answers}
    shown, suggested = by_subject[pair(0).subject_id]
    place = "first" if shown.response_ids[0] == pair(0).responses[1].response_id else "second"
    assert (shown.suggested, suggested) == ("b", [(f"{place}_slightly", "judges")])
    assert by_subject[pair(1).subject_id][1] == [("tie", "judges")]
    shown, suggested = by_subject[pair(2).subject_id]
    assert (shown.suggested, suggested) == (None, [])


def test_ratings_come_back_for_both_responses(client: Client, person: SignIn) -> None:
    desk = Desk(client, "trip ratings", Ratings(), pair())
    (record,) = queue_of(person("ann"), desk.data_set)
    values = {f"{a.name}_{n}": n for a in Ratings().attributes for n in (1, 2)}
    submit(person("ann"), record, values)
    desk.pull()
    (judgment,) = desk.read().judgments
    assert sorted(r.score for r in judgment.ratings) == [1.0] * 5 + [2.0] * 5


def test_a_ranking_with_shared_ranks_comes_back_as_pairs(client: Client, person: SignIn) -> None:
    task = Ranking(n_responses=3)
    desk = Desk(client, "trip ranking", task, group(prompt(), "11", "13", "17"))
    (record,) = queue_of(person("ann"), desk.data_set)
    ranks = {"response_1": 2, "response_2": 1, "response_3": 2}
    ranking = [{"value": value, "rank": rank} for value, rank in ranks.items()]
    submit(person("ann"), record, {"ranking": ranking})
    desk.pull()
    judgments = desk.read().judgments
    best = desk.answers[0].shown.response_ids[1]
    assert sorted(j.verdict == "tie" for j in judgments) == [False, False, True]
    assert {j.ranking[0] for j in judgments if j.ranking} == {best}


def test_a_checklist_comes_back_with_the_words_that_were_marked(
    client: Client, person: SignIn
) -> None:
    desk = Desk(client, "trip checklist", Checklist(n_criteria=2), pair())
    (record,) = queue_of(person("ann"), desk.data_set)
    verdicts = {f"criterion_{n}_{place}": "yes" for n in (1, 2) for place in (1, 2)}
    marks = [{"label": "criterion_1", "start": 0, "end": 2}]
    submit(person("ann"), record, {**verdicts, "marks_in_response_1": marks})
    desk.pull()
    (judgment,) = desk.read().judgments
    assert [c.evidence for c in judgment.criteria if c.evidence] == [
        record["fields"]["response_1"][:2]
    ]
    assert judgment.verdict == "tie"


def test_a_rubric_comes_back_reviewed(client: Client, person: SignIn) -> None:
    desk = Desk(client, "trip review", RubricReview(n_criteria=2), rubric())
    (record,) = queue_of(person("ann"), desk.data_set)
    submit(
        person("ann"),
        record,
        {"decision_1": "reject", "decision_2": "edit", "text_2": "It is prime"},
    )
    desk.pull()
    reading = desk.read()
    assert [(r.decision, r.text) for r in reading.reviews] == [
        ("reject", None),
        ("edit", "It is prime"),
    ]
    assert [c.text for c in reading.criteria] == ["It is prime"]


def test_an_edit_starts_from_the_response_and_comes_back_as_a_comparison(
    client: Client, person: SignIn
) -> None:
    view = one_response()
    desk = Desk(client, "trip edit", Edit(), view)
    (record,) = queue_of(person("ann"), desk.data_set)
    page = person("ann").get(f"records/{record['id']}").json()
    assert [s["value"] for s in page["suggestions"]] == [view.responses[0].text]
    submit(person("ann"), record, {"edited": "13 is prime."})
    desk.pull()
    reading = desk.read()
    assert [r.text for r in reading.responses] == ["13 is prime."]
    assert len(reading.judgments) == len(reading.comparisons) == 1


def test_changed_discarded_and_drafted_answers_are_told_apart(
    client: Client, person: SignIn
) -> None:
    desk = Desk(client, "trip changes", Pairwise(), *(pair(n) for n in range(3)))
    first, second, third = queue_of(person("ann"), desk.data_set)
    answered = submit(person("ann"), first, {"preference": "tie"})
    submit(person("ann"), second, {}, status="discarded")
    submit(person("ann"), third, {"preference": "tie"}, status="draft")
    pulled = desk.pull()
    assert (pulled.n_submitted, pulled.n_discarded, pulled.n_drafts) == (1, 1, 1)
    change(person("ann"), answered, {"preference": "both_bad"})
    assert desk.pull().n_submitted == 1
    tie, changed = (j for j in desk.read().judgments if j.request_id == first["external_id"])
    assert (changed.supersedes, len(changed.ratings)) == (tie.judgment_id, 2)


def test_a_pull_without_news_reads_no_record_and_keeps_nothing(
    client: Client, person: SignIn
) -> None:
    desk = Desk(client, "trip quiet", Pairwise(), pair())
    (record,) = queue_of(person("ann"), desk.data_set)
    response_id = submit(person("ann"), record, {"preference": "tie"})
    desk.pull()
    pages: list[int] = []
    pull(
        client,
        [desk.data_set],
        desk.answers.extend,
        cursor=desk.cursor,
        progress=lambda n, _: pages.append(n),
    )
    assert pages == []
    change(person("ann"), response_id, {"preference": "tie"})
    assert desk.pull().n_submitted == 0
    assert len(desk.answers) == 1


def test_what_is_deleted_in_argilla_keeps_its_judgments_here(
    client: Client, person: SignIn
) -> None:
    desk = Desk(client, "trip deleted", Pairwise(), pair(0), pair(1))
    for record in queue_of(person("ann"), desk.data_set):
        submit(person("ann"), record, {"preference": "tie"})
    desk.pull()
    before = desk.read().judgments
    person("owner").delete(f"records/{record['id']}").raise_for_status()
    desk.pull()
    assert len(before) == 2
    assert desk.read().judgments == before


def test_people_may_be_called_by_pseudonyms(client: Client, person: SignIn) -> None:
    desk = Desk(client, "trip pseudonyms", Pairwise(), pair())
    (record,) = queue_of(person("ann"), desk.data_set)
    submit(person("ann"), record, {"preference": "tie"})
    desk.pull(Names(key=b"kept elsewhere"))
    (answer,) = desk.answers
    assert answer.annotator_id.startswith("human:")
    assert "human:ann" not in answer.model_dump_json()
    assert Names(key=b"kept elsewhere").annotator_id("ann") == answer.annotator_id


def test_annotators_do_not_see_what_an_item_is_about(client: Client, person: SignIn) -> None:
    desk = Desk(client, "trip blind", Pairwise(), pair())
    (record,) = queue_of(person("ann"), desk.data_set)
    assert not record["metadata"]


def test_an_item_leaves_the_queue_after_two_answers(client: Client, person: SignIn) -> None:
    desk = Desk(client, "trip overlap", Pairwise(), pair())
    for name in ("ann", "bob"):
        (record,) = queue_of(person(name), desk.data_set)
        submit(person(name), record, {"preference": "tie"})
    assert queue_of(person("cem"), desk.data_set) == []


def test_a_queue_with_other_questions_is_not_touched(client: Client) -> None:
    Desk(client, "trip other", Pairwise(), pair())
    with pytest.raises(
        InvalidSettings, match="queue 'trip other' asks preference, why, the task asks"
    ):
        Desk(client, "trip other", Edit(), one_response())


def test_a_conversation_too_long_for_argilla_is_named_and_not_cut(client: Client) -> None:
    long = group(
        prompt().model_copy(update={"messages": prompt().messages * 501, "prompt_id": "long"}),
        "11",
        "13",
    )
    desk = Desk(client, "trip long", Pairwise(), long, pair())
    assert desk.pushed.n_new == 1
    assert desk.pushed.unfit == ((long.subject_id, "501 turns, Argilla shows 500"),)
