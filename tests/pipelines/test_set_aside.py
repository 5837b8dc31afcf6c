from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.toy import RUN, answer, ask, compare_two, judge_one, reasons, stage
from winnow.pipelines.set_aside import STAGE, asked_of, call_in, ids_aside, set_aside
from winnow.schemas.base import Record
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Gold
from winnow.schemas.prompts import Prompt
from winnow.schemas.responses import Response
from winnow.warehouse.staging import Staging

ROOKS = "Please tell me in one or two short sentences where in the country rooks build their nests"
NEAR = sorted((ask(f"{ROOKS}{end}") for end in ".!?;"), key=lambda prompt: prompt.prompt_id)
FAR = ask("What do owls eat?")
RESPONSES = [answer(p, text) for p in (*NEAR, FAR) for text in "xy"]
PAIRS = [compare_two(answer(p, "x"), answer(p, "y")) for p in (*NEAR, FAR)]


@pytest.fixture
def staging(tmp_path: Path) -> Staging:
    return stage(tmp_path, *NEAR, FAR, *RESPONSES, *PAIRS)


def seen(staging: Staging) -> tuple[int, int, int]:
    return tuple(staging.n_rows(record) for record in (Prompt, Response, Comparison))  # type: ignore[return-value]


def test_all_that_is_about_a_near_duplicate_is_set_aside_and_stays_in_the_tables(
    staging: Staging,
) -> None:
    count = set_aside(staging, 0.9, RUN)
    assert (count.n_in, count.n_out) == (5, 2)
    assert seen(asked_of(staging)) == (2, 4, 2)
    assert seen(staging) == (5, 10, 5)
    rejected = {prompt.prompt_id: "near_duplicate_prompt" for prompt in NEAR[1:]}
    assert reasons(staging, STAGE) == rejected
    assert set_aside(staging, 0.9, RUN).n_out == 2  # a stage may be repeated
    assert seen(asked_of(staging)) == (2, 4, 2)


def test_what_is_called_in_is_as_if_it_had_never_been_set_aside(staging: Staging) -> None:
    count = set_aside(staging, 0.9, RUN)
    first, *others = ids_aside(staging).to_pylist()
    count = call_in(staging, [first], count)
    assert (count.n_out, seen(asked_of(staging))) == (3, (3, 6, 3))
    assert first not in reasons(staging, STAGE)
    count = call_in(staging, others, count)
    assert (count.n_out, count.rejects, reasons(staging, STAGE)) == (5, (), {})
    assert seen(asked_of(staging)) == seen(staging) == (5, 10, 5)


@pytest.mark.parametrize("n_written", range(7))
def test_a_call_in_that_breaks_off_goes_on_and_neither_loses_nor_doubles_a_row(
    staging: Staging, monkeypatch: pytest.MonkeyPatch, n_written: int
) -> None:
    count = set_aside(staging, 0.9, RUN)
    called, left = ids_aside(staging).to_pylist(), n_written
    write = Staging.write

    def breaks_off(self: Staging, *args: Any, **named: Any) -> None:
        nonlocal left
        if not left:
            raise ConnectionError
        left -= 1
        write(self, *args, **named)

    with monkeypatch.context() as broken:
        broken.setattr(Staging, "write", breaks_off)
        with suppress(ConnectionError):
            call_in(staging, called, count)
    count = call_in(staging, called, count)
    assert (count.n_out, count.rejects, reasons(staging, STAGE)) == (5, (), {})
    assert seen(asked_of(staging)) == seen(staging) == (5, 10, 5)


def test_where_nothing_is_near_no_row_is_read_to_be_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    staging = stage(tmp_path, FAR, answer(FAR, "x"))
    read: list[type[Record]] = []
    batches = Staging.batches

    def noting(self: Staging, record: type[Record], *args: Any, **named: Any) -> Any:
        read.append(record)
        return batches(self, record, *args, **named)

    monkeypatch.setattr(Staging, "batches", noting)
    assert set_aside(staging, 0.9, RUN).n_out == 1
    assert Response not in read


def test_a_prompt_that_something_was_said_of_is_never_set_aside(tmp_path: Path) -> None:
    staging = stage(tmp_path, *NEAR, FAR, *RESPONSES, *PAIRS, judge_one(PAIRS[1], "a"))
    staging.write(Gold, [Gold(comparison_id=PAIRS[2].comparison_id, verdict="a", basis="exam")])
    set_aside(staging, 0.9, RUN)
    assert ids_aside(staging).to_pylist() == [NEAR[3].prompt_id]


def test_steps_that_are_gone_through_again_find_what_was_read_alone(staging: Staging) -> None:
    before = staging.parts()
    staging.write(Response, RESPONSES[:1], part="sample")
    assert staging.n_rows(Response) == 11
    staging.keep_only(before)
    assert (staging.parts(), staging.n_rows(Response)) == (before, 10)
