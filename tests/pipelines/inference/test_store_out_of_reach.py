"""A place that fails while answers come in: said in one line, and nothing that was paid for is lost."""

from uuid import uuid4

import pytest

from tests.pipelines.inference.asking import ask
from tests.pipelines.toy import TOY, completion
from tests.warehouse.store_proxy import Mood, store_proxy
from winnow.pipelines.asking.attempt import Attempt
from winnow.pipelines.inference.store import CompletionStore
from winnow.pipelines.inference.writer import StoreWriter
from winnow.schemas.errors import CurationError, EngineBroken, InvalidSettings, TransientError
from winnow.warehouse.places.at import place_at
from winnow.warehouse.settings import S3Settings

pytestmark = pytest.mark.server

ANSWERS = [completion(ask(TOY, f"question {i}"), f"answer {i}") for i in range(3)]
FAULTS = [
    ("forbids", InvalidSettings, "may not be used with the keys in AWS_ACCESS_KEY_ID"),
    ("hangs up", TransientError, "cannot be reached"),
]


@pytest.mark.parametrize(("mood", "kind", "why"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_answers_that_could_not_be_stored_are_there_when_the_place_is_again(
    s3: S3Settings, mood: Mood, kind: type[CurationError], why: str
) -> None:
    with store_proxy(s3) as proxy:
        store = CompletionStore(place_at(f"s3://winnow/{uuid4().hex}", proxy.settings))
        store.append(ANSWERS[:1])
        with pytest.raises(kind) as error, StoreWriter(store) as writer:
            proxy.mood = mood
            for answer in ANSWERS[1:]:
                writer.add(answer)
        assert str(error.value).startswith(f"{store.place.address} {why}")
        assert "\n" not in str(error.value)
        proxy.mood = "well"
        store.recover()
        assert store.get(a.request_id for a in ANSWERS) == {a.request_id: a for a in ANSWERS}
        assert list(store.place.near.iterdir()) == []


def test_everything_that_a_place_can_do_says_in_one_line_why_it_cannot(s3: S3Settings) -> None:
    mood, kind, why = FAULTS[0]
    with store_proxy(s3) as proxy:
        place = place_at(f"s3://winnow/{uuid4().hex}", proxy.settings)
        place.write("a", lambda file: file.write(b"grain"))
        proxy.mood = mood
        for act in (
            place.entries,
            place.places,
            place.clear,
            lambda: place.open("a"),
            lambda: place.content("a"),
            lambda: place.remove("a"),
            lambda: place.write("a", lambda file: file.write(b"chaff")),
            lambda: place.holder("lock"),
            lambda: place.alone("lock").__enter__(),
        ):
            with pytest.raises(kind, match=f"^{place.address} {why}.*$"):
                act()
        proxy.mood = "well"
        assert bytes(place.content("a")) == b"grain"


def test_a_worker_that_cannot_say_why_it_ended_ends_with_the_reason(s3: S3Settings) -> None:
    with store_proxy(s3) as proxy:
        attempt = Attempt(place_at(f"s3://winnow/{uuid4().hex}", proxy.settings))
        attempt.open()
        proxy.mood = "forbids"
        why = EngineBroken("models.mill: vLLM broke down")
        with pytest.raises(EngineBroken, match="broke down") as raised:
            attempt.fail(why)
        assert raised.value.__cause__ is raised.value.__context__ is None
        proxy.mood = "well"
        assert not attempt.is_over()


def test_a_bucket_that_is_not_there_is_said_by_whatever_looks_first(s3: S3Settings) -> None:
    place = place_at("s3://no-such-bucket/a", s3)
    for act in (place.entries, place.places, place.clear, lambda: place.content("a")):
        with pytest.raises(InvalidSettings, match="there is no bucket no-such-bucket; make it"):
            act()
