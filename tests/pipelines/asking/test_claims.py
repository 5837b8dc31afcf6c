import os
from itertools import islice
from pathlib import Path

import pytest

from winnow.pipelines.asking import claims as claiming
from winnow.pipelines.asking.attempt import Attempt
from winnow.pipelines.asking.claims import Claims
from winnow.schemas.errors import TransientError


def test_an_element_begins_with_its_own_slice_and_takes_what_is_free(tmp_path: Path) -> None:
    claims = _claims(tmp_path, 5)
    first, second = claims.of(1), claims.of(3)
    assert (next(first), next(second)) == (1, 3)
    assert (next(first), next(first), next(second)) == (2, 4, 0)
    assert (list(first), list(second), list(claims.of(4))) == ([], [], [])


def test_an_element_that_is_tried_again_takes_what_it_had_first(tmp_path: Path) -> None:
    claims = _claims(tmp_path, 5)
    assert list(islice(claims.of(3), 2)) == [3, 4]
    assert list(islice(claims.of(2), 2)) == [2, 0]
    assert list(claims.of(3)) == [3, 4, 1]
    assert list(claims.of(2)) == [0, 2]


def test_one_of_several_workers_leaves_the_others_their_share(tmp_path: Path) -> None:
    claims = _claims(tmp_path, 10)
    early = claims.of(0)
    claims.join()
    assert list(islice(early, 3)) == [0, 1, 2]
    claims.join()
    assert list(early) == [3, 4]
    assert list(claims.of(5)) == [5, 6, 7]
    assert [list(claims.of(n)) for n in (8, 9)] == [[8], [9]]


def test_where_the_folder_of_the_job_is_gone_nothing_is_left_to_take(tmp_path: Path) -> None:
    claims = Claims(Attempt(tmp_path / "gone"), 5)
    claims.join()
    assert list(claims.of(0)) == []
    assert not (tmp_path / "gone").exists()


def test_what_workers_take_lies_apart_from_what_they_look_at_all_the_time(tmp_path: Path) -> None:
    claims = _claims(tmp_path, 5)
    claims.join()
    assert len(list(claims.of(0))) == 5
    assert len(Attempt(tmp_path).root.entries()) == 1


def test_whoever_cannot_have_the_lock_names_it_instead_of_leaving_slices_to_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "_WAIT_S", 0.0)
    claims = _claims(tmp_path, 2)
    place = Attempt(tmp_path).root.within("claims")
    with place.alone("claims.lock"), pytest.raises(TransientError) as caught:
        next(claims.of(0))
    assert f"{place.address}/claims.lock is held by process {os.getpid()}" in str(caught.value)
    assert list(claims.of(0)) == [0, 1]


def _claims(folder: Path, n_slices: int) -> Claims:
    attempt = Attempt(folder)
    attempt.open()
    return Claims(attempt, n_slices)
