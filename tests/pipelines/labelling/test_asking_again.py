from collections.abc import Collection, Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

from tests.pipelines.toy import BEAM, TOY, StoredModel, answer, ask, completion
from winnow.annotation.exemplars import Exemplars
from winnow.annotation.judge import ComparisonView, Judge, Question, Reading, Reply, SubjectView
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.requests import ChatRequest, Completion
from winnow.pipelines.labelling.judge_at_work import JudgeAtWork
from winnow.pipelines.labelling.judging import judge
from winnow.pipelines.labelling.said_files import SaidFolder
from winnow.pipelines.labelling.settings import JudgeSettings
from winnow.schemas.judgments import Judgment
from winnow.schemas.prompts import Message
from winnow.warehouse.places.folder import Folder

ENTRY = JudgeSettings(judge="pairwise", model="toy")


class Replies:
    """The real job over a real store; what is not there is answered by the words of a script, one after the other."""

    def __init__(self, root: Path, *words: str) -> None:
        self.words, self.root, self.n = list(words), root, count()
        self.model = TOY
        self.stored = StoredModel(root / "store", self.reply)

    def reply(self, request: ChatRequest) -> Completion:
        said = completion(request, self.words.pop(0))
        return said.model_copy(update={"server": self.model.server})

    @property
    def n_asked(self) -> int:
        return len(self.stored.asked)


class Plain(Judge):
    """Asks each text that it is shown as it stands; "?" cannot be read."""

    def ask(self, view: SubjectView, replies: Sequence[Reply] = ()) -> Sequence[Question]:
        turns = (Message(role="user", content=response.text) for response in view.shown)
        return () if replies else [Question(messages=(turn,)) for turn in turns]

    def read(self, view: SubjectView, replies: Sequence[Reply]) -> Sequence[Reading]:
        said = [reply.text for reply in replies]
        verdict = "tie" if view.kind == "comparison" else None
        is_read = "?" not in said
        return [Reading(verdict=verdict if is_read else "invalid", rationale="".join(said))]


class Texts(NamedTuple):
    """Texts that are asked about together."""

    asked: Sequence[Sequence[str]]

    @property
    def name(self) -> str:
        return "texts"

    def views(self) -> list[ComparisonView]:
        return []

    def known(self, annotator_id: str) -> Collection[str]:
        return ()

    def passed_over(self, entry: JudgeSettings) -> list[SubjectView]:
        return []

    def subjects(self, entry: JudgeSettings, exemplars: Exemplars | None) -> list[SubjectView]:
        prompt = ask("?")
        return [
            SubjectView(
                kind="comparison" if len(words) > 1 else "response",
                subject_id=" ".join(words),
                prompt=prompt,
                responses=tuple(answer(prompt, word) for word in words),
                places=tuple(range(len(words))),
            )
            for words in self.asked
        ]


def replies_to(
    replies: Replies, *asked: Sequence[str], asks_again: bool, model: ModelRef = TOY
) -> list[str]:
    replies.model, folder = model, Folder(replies.root / str(next(replies.n)))
    work = JudgeAtWork(Plain(), ENTRY, "plain", model, asks_again, models={ENTRY.model: model})
    said = SaidFolder(folder.within("said"))
    judge(
        [Texts(asked)],
        work,
        answer=replies.stored.answer,
        asking="{}".format,
        beam=BEAM,
        folder=folder,
        said=said,
    )
    tables = [file.read() for file in said.judgments()]
    found = {j.subject_id: j.rationale for table in tables for j in Judgment.from_table(table)}
    return [found[" ".join(words)] for words in asked]


def reply_to(replies: Replies, *, asks_again: bool, model: ModelRef = TOY) -> str:
    (said,) = replies_to(replies, ["which?"], asks_again=asks_again, model=model)
    return said


def test_an_unreadable_reply_stays_until_it_is_asked_again(tmp_path: Path) -> None:
    replies = Replies(tmp_path, "?", "first")
    assert reply_to(replies, asks_again=False) == "?"
    assert reply_to(replies, asks_again=False) == "?"
    assert replies.n_asked == 1
    assert reply_to(replies, asks_again=True) == "first"


def test_what_asking_again_brought_counts_from_then_on_and_is_not_asked_again(
    tmp_path: Path,
) -> None:
    replies = Replies(tmp_path, "?", "?", "first")
    said = [reply_to(replies, asks_again=again) for again in (False, True, True, False, True)]
    assert said == ["?", "?", "first", "first", "first"]
    assert replies.n_asked == 3


def test_a_readable_reply_is_never_asked_again(tmp_path: Path) -> None:
    replies = Replies(tmp_path, "first")
    assert [reply_to(replies, asks_again=True) for _ in range(2)] == ["first", "first"]
    assert replies.n_asked == 1


def test_an_unreadable_reply_of_another_server_is_asked_again_once(tmp_path: Path) -> None:
    moved = TOY.settings.model_copy(update={"urls": ("http://127.0.0.1:8/v1",)})
    there = TOY.model_copy(update={"settings": moved})
    replies = Replies(tmp_path, "?", "?", "first")
    assert reply_to(replies, asks_again=False) == "?"
    assert [reply_to(replies, asks_again=False, model=there) for _ in range(2)] == ["?", "?"]
    assert replies.n_asked == 2


def test_questions_that_are_read_together_are_asked_again_together(tmp_path: Path) -> None:
    both, one = ["which?", "why?"], ["which?"]
    replies = Replies(tmp_path, "a", "?", "b", "c")
    assert replies_to(replies, both, one, asks_again=False) == ["a?", "a"]
    assert replies.n_asked == 2
    for _ in range(2):
        assert replies_to(replies, both, one, asks_again=True) == ["bc", "a"]
    assert replies.n_asked == 4
