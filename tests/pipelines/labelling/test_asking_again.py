from pathlib import Path
from typing import NamedTuple

from tests.pipelines.toy import BEAM, TOY, completion
from winnow.pipelines.asking.complete import Answers
from winnow.pipelines.asking.complete import complete as complete_stored
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.requests import ChatRequest
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.labelling.asking_again import complete_readable
from winnow.schemas.prompts import Message


class Replies:
    """The real job over a real store; what is not there is answered by the words of a script, one after the other."""

    def __init__(self, root: Path, *words: str) -> None:
        self.store = CompletionStore(root)
        self.words = list(words)
        self.n_asked = 0

    def __call__(
        self,
        requests: list[ChatRequest],
        *,
        model: ModelRef,
        asking: str = "",
        stored_only: bool = False,
    ) -> Answers:
        known = self.store.get(r.request_id for r in requests)
        for request in [] if stored_only else {r.request_id: r for r in requests}.values():
            if request.request_id not in known:
                said = completion(request, self.words.pop(0))
                self.store.append([said.model_copy(update={"server": model.server})])
                self.n_asked += 1
        return complete_stored(
            requests, model=model, store=self.store, beam=BEAM, stored_only=stored_only
        )


class Questions(NamedTuple):
    requests: tuple[ChatRequest, ...]


def ask_for(*words: str) -> Questions:
    turns = (Message(role="user", content=word) for word in words)
    return Questions(tuple(TOY.ask(messages=(turn,)) for turn in turns))


def reply_to(replies: Replies, *, asks_again: bool, model: ModelRef = TOY) -> str:
    (said,) = replies_to(replies, ask_for("which?"), asks_again=asks_again, model=model)
    return said


def replies_to(
    replies: Replies, *asked: Questions, asks_again: bool, model: ModelRef = TOY
) -> list[str]:
    outcomes, _ = complete_readable(
        asked,
        model=model,
        complete=replies,
        is_readable=lambda _, answers: all(answer.text != "?" for answer in answers),
        asks_again=asks_again,
    )
    return ["".join(answer.text for answer in one.completions) for one in outcomes]


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
    both, one = ask_for("which?", "why?"), ask_for("which?")
    replies = Replies(tmp_path, "a", "?", "b", "c")
    assert replies_to(replies, both, one, asks_again=False) == ["a?", "a"]
    assert replies.n_asked == 2
    for _ in range(2):
        assert replies_to(replies, both, one, asks_again=True) == ["bc", "a"]
    assert replies.n_asked == 4
