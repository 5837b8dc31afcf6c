"""A person keeps one name in a warehouse, whatever key a pull is given."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from tests.annotation.queues.material import answered, pair
from winnow.annotation.quality.figures import agreement_figures
from winnow.annotation.queues.pseudonyms import Names
from winnow.annotation.queues.tasks import Pairwise
from winnow.flows.people.names import settle_names
from winnow.flows.people.store import PeopleStore
from winnow.flows.rounds.store import RoundsStore
from winnow.flows.settings.queue import QueueSettings
from winnow.schemas.answers import Answer
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.judgments import Judgment
from winnow.schemas.last_word import last_words

PLAIN, KEYED, OTHER = Names(), Names(key=b"kept elsewhere"), Names(key=b"another")
NO_GOLD = pa.table({name: pa.array([], pa.string()) for name in ("item_id", "verdict")})
ACCOUNTS = ("ann", "bob", "cem")


def said(
    names: Names, n: int, preference: str = "tie", *, who: str = "ann", minute: int = 0
) -> Answer:
    values = {"preference": preference}
    return answered(Pairwise(), pair(n), values, minute=minute, who=names.annotator_id(who))


def store_of(folder: Path, *answers: Answer) -> PeopleStore:
    """Store answers as a pull of before did, which remembered no names."""
    store = PeopleStore(folder, "queue")
    store.remember(QueueSettings(name="queue"))
    if answers:
        store.keep(list(answers))
    return store


def settle(folder: Path, names: Names, published: Iterable[str] = ()) -> int:
    return settle_names(folder / "people", names, lambda: ACCOUNTS, published)


WAYS = [
    (PLAIN, KEYED, "under the names of their accounts in .*; unset WINNOW_PSEUDONYM_KEY, or pull"),
    (KEYED, PLAIN, "under pseudonyms in .*; set WINNOW_PSEUDONYM_KEY to the key of the pulls bef"),
    (KEYED, OTHER, "under pseudonyms of another WINNOW_PSEUDONYM_KEY in .*; set the key of the p"),
]


@pytest.mark.parametrize("remembers", [True, False])
@pytest.mark.parametrize(("before", "now", "why"), WAYS, ids=["late", "forgotten", "changed"])
def test_a_key_that_is_late_forgotten_or_changed_is_refused_and_the_one_before_goes_on(
    tmp_path: Path, before: Names, now: Names, why: str, remembers: bool
) -> None:
    if remembers:
        settle(tmp_path, before)
    store = store_of(tmp_path, said(before, 0))
    for _ in range(2):
        with pytest.raises(InvalidSettings, match=why):
            settle(tmp_path, now)
        assert settle(tmp_path, before) == 0
    assert store.answers() == [said(before, 0)]


def test_a_key_may_be_set_or_changed_as_long_as_nothing_is_stored(tmp_path: Path) -> None:
    store_of(tmp_path)
    for names in (PLAIN, KEYED, OTHER, PLAIN):
        assert settle(tmp_path, names) == 0


@pytest.mark.parametrize(("before", "now", "why"), WAYS, ids=["late", "forgotten", "changed"])
def test_another_machine_is_held_to_what_the_releases_call_people(
    tmp_path: Path, before: Names, now: Names, why: str
) -> None:
    store_of(tmp_path)
    published = [before.annotator_id("bob"), "human:replayed"]
    with pytest.raises(InvalidSettings, match=why):
        settle(tmp_path, now, published)
    assert settle(tmp_path, before, published) == 0


def test_people_of_imported_judgments_and_an_account_called_like_a_pseudonym_are_no_reason_to_refuse(
    tmp_path: Path,
) -> None:
    store_of(tmp_path, said(PLAIN, 0, who="0123456789ab"))
    settle_names(tmp_path / "people", PLAIN, lambda: ("0123456789ab",), ["human:ada"])
    other = tmp_path / "other"
    store_of(other)
    assert settle(other, KEYED, ["human:ada", "human:replayed"]) == 0


def test_who_was_stored_under_a_name_and_a_pseudonym_is_joined_and_agrees_with_nobody(
    tmp_path: Path,
) -> None:
    store = store_of(
        tmp_path,
        *(said(names, n) for n in range(3) for names in (KEYED, PLAIN)),
        said(PLAIN, 0, "first_much", minute=5),
        said(KEYED, 1, "first_much", minute=5),
        said(KEYED, 2, who="bob", minute=1),
    )
    store.read_out()
    doubled = agreement_figures(store.judgments(), NO_GOLD)
    assert (doubled.n_people, len(doubled.pairs)) == (3, 3)
    with pytest.raises(InvalidSettings, match="set WINNOW_PSEUDONYM_KEY to the key"):
        settle(tmp_path, PLAIN)
    assert settle(tmp_path, KEYED) == 1
    assert settle(tmp_path, KEYED) == 0
    store.read_out()
    joined = agreement_figures(store.judgments(), NO_GOLD)
    assert (joined.n_people, [(p.hits, p.n) for p in joined.pairs]) == (2, [(1, 1)])
    last = Judgment.from_table(last_words(store.judgments()))
    ann = {j.request_id: j.created_at for j in last if j.annotator_id == KEYED.annotator_id("ann")}
    changed = said(KEYED, 0).created_at + timedelta(minutes=5)
    assert [ann[said(KEYED, n).item_id] for n in (0, 1)] == [changed, changed]
    assert len(ann) == 3
    assert not any(j.annotator_id == "human:ann" for j in last)


def test_rounds_hear_one_person_once_who_was_joined(tmp_path: Path) -> None:
    store = store_of(
        tmp_path, said(KEYED, 0), said(PLAIN, 0), said(PLAIN, 0, "first_much", minute=5)
    )
    rounds = RoundsStore(tmp_path, "toy")
    rounds.hear(store.read_out().judgments)
    assert len(rounds.judgments()) == 2
    settle(tmp_path, KEYED)
    rounds.hear(store.read_out().judgments)
    (heard,) = rounds.judgments()
    assert heard.annotator_id == KEYED.annotator_id("ann")
    assert (heard.verdict != "tie", heard.created_at) == (True, said(PLAIN, 0, minute=5).created_at)


def test_the_check_of_a_key_tells_neither_the_key_nor_a_pseudonym(tmp_path: Path) -> None:
    store_of(tmp_path)
    settle(tmp_path, KEYED)
    text = (tmp_path / "people" / "names.json").read_text()
    assert str(KEYED.check) in text and KEYED.check != OTHER.check and PLAIN.check is None
    assert "kept elsewhere" not in text
    assert "ann" not in text
