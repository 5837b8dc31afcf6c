"""Labels of steps as rows of a process reward model: what follows the first error, and what nobody could tell."""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import toy
from tests.pipelines.judged import compute
from tests.pipelines.toy import answer, ask, compare_two, judge_one, stage
from tests.warehouse.export.test_trl import interpreter
from winnow.annotation.segmenting import segment
from winnow.schemas.errors import NothingToExport
from winnow.schemas.ids import content_id
from winnow.schemas.judgments import Judgment, Rating, step_id
from winnow.schemas.prompts import Message
from winnow.schemas.responses import Response
from winnow.warehouse.audit import audit
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.export import export
from winnow.warehouse.export.rows import prompt_tables
from winnow.warehouse.export.settings import ExportSettings
from winnow.warehouse.export.steps import AfterError, Join, first_error_of, joined, with_convention
from winnow.warehouse.publish import publish
from winnow.warehouse.settings import WarehouseSettings

LOADER = Path(__file__).with_name("load_rows.py")
PROMPT = ask("Is 2 + 2 even?")
TALK = ask("And 3 + 3?", messages=(Message(role="system", content="Be brief."), Message(role="user", content="And 3 + 3?")))  # fmt: skip
GOOD = answer(PROMPT, "2 + 2 = 4.\n\n4 is even.\n\n")
BAD = answer(PROMPT, "We add.\n\n2 + 2 = 5.\n\n5 is odd.\n\nSo no.")
LONG, SHORT = answer(TALK, "6.\n\nYes."), answer(TALK, "No.")
JUDGE, ROLLOUT = "steps@1:toy", "rollout@1:toy+form@1"


def said_of(
    response: Response, annotator: str, scores: Sequence[float | None], attribute: str = "step"
) -> Iterator[Judgment]:
    for span, score in zip(segment(response, "paragraphs"), scores, strict=True):
        ratings = [
            Rating(
                response_id=response.response_id,
                attribute="step",
                score=1 if (score or 0) > 0 else -1,
            )
        ]
        if attribute == "step":
            ratings = []
        if score is not None:
            ratings.append(
                Rating(response_id=response.response_id, attribute=attribute, score=score)
            )
        yield Judgment(
            subject_kind="step",
            subject_id=step_id(response.response_id, span.index),
            annotator_id=annotator,
            kind="llm",
            verdict="invalid" if score is None else None,
            ratings=tuple(ratings),
            rationale=f"why {span.index}",
            step=span,
        )


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    root = tmp_path_factory.mktemp("steps")
    pairs = [compare_two(GOOD, BAD), compare_two(LONG, SHORT)]
    judgments = [
        *(judge_one(pair, "a") for pair in pairs),
        *said_of(GOOD, JUDGE, [1, 0]),
        *said_of(BAD, JUDGE, [1, -1, 1, None]),
        *said_of(LONG, JUDGE, [None, 1]),
        *said_of(BAD, ROLLOUT, [0.5, 0.25, 0.0, 0.0], "value"),
    ]
    staging = stage(root / "run", PROMPT, TALK, GOOD, BAD, LONG, SHORT, *pairs, *judgments)
    run_id = content_id("run")
    compute(staging, run_id)
    with Warehouse.open(WarehouseSettings(path=root / "warehouse")) as warehouse:
        audited = audit(staging, warehouse)
        audited.raise_for_failures()
        publish(warehouse, staging, toy.run(run_id), "preferences", audited)
        yield warehouse


def exported(
    release: Warehouse, out: Path, format: str, **options: Any
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Export, and load it in the trainer's environment."""
    python = interpreter()
    if not python.exists():
        pytest.skip(f"no TRL at {python}: `make test` installs it, or set WINNOW_TRL_PYTHON")
    done = export(release, "preferences@1", format, out / "data", **options)
    env = os.environ | {"HF_HUB_OFFLINE": "1"}
    command = [python, LOADER, str(out / "cache"), f"x=folder:{out / 'data'}"]
    loaded = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert loaded.returncode == 0, loaded.stderr[-4000:]
    return json.loads(loaded.stdout)["rows"]["x"], done.n_left_out


@pytest.mark.parametrize(
    ("after_error", "expected"),
    [("masked", [True, False, None, None]), ("wrong", [True, False, False, False]), ("own", [True, False, True, None])],
)  # fmt: skip
def test_what_follows_the_first_error_is_masked_wrong_or_its_own(
    after_error: AfterError, expected: list[bool | None]
) -> None:
    assert with_convention([True, False, True, None], after_error) == expected
    assert first_error_of([True, False, True, None]) == 1
    assert with_convention([True, None, True], after_error) == [True, None, True]
    assert first_error_of([True, None]) is None


def test_stepwise_rows_hold_prompt_completions_and_labels(
    release: Warehouse, tmp_path: Path
) -> None:
    rows, left_out = exported(release, tmp_path, "stepwise", annotator="steps")
    by_id = {row["response_id"]: row for row in rows}
    assert by_id[GOOD.response_id] == {
        "prompt": "Is 2 + 2 even?\n\n",
        "completions": ["2 + 2 = 4.", "4 is even."],
        "labels": [True, True],
        "annotator_id": JUDGE,
        "response_id": GOOD.response_id,
    }
    bad = by_id[BAD.response_id]
    assert (bad["completions"], bad["labels"]) == (["We add.", "2 + 2 = 5."], [True, False])
    assert left_out == {"needs_roles": 1}


def test_step_labels_hold_every_step_with_a_mask(release: Warehouse, tmp_path: Path) -> None:
    rows, left_out = exported(
        release, tmp_path, "step_labels", annotator=JUDGE, after_error="own", neutral="wrong"
    )
    by_id = {row["response_id"]: row for row in rows}
    bad = by_id[BAD.response_id]
    assert bad["labels"] == [1, 0, 1, -100]
    assert (bad["first_error"], bad["rule"], bad["annotator_kind"]) == (1, "paragraphs@1", "llm")
    assert "".join(turn["content"] for turns in bad["steps"] for turn in turns) == BAD.text
    assert by_id[GOOD.response_id]["labels"] == [1, 0]
    assert by_id[LONG.response_id]["labels"] == [-100, 1]
    assert by_id[LONG.response_id]["prompt"][0] == {"role": "system", "content": "Be brief."}
    assert bad["rationales"] == [f"why {i}" for i in range(4)]
    assert left_out == {}


def test_each_annotator_gives_a_row_of_its_own_and_values_may_decide(
    release: Warehouse, tmp_path: Path
) -> None:
    rows, _ = exported(release, tmp_path, "step_labels")
    assert sorted(row["annotator_id"] for row in rows) == [ROLLOUT, JUDGE, JUDGE, JUDGE]
    rows, left_out = exported(release, tmp_path / "valued", "step_labels", min_value=0.4)
    (row,) = rows
    assert (row["labels"], row["values"]) == ([1, 0, -100, -100], [0.5, 0.25, 0.0, 0.0])
    assert left_out == {"no_value": 3}


def test_a_release_without_labels_of_steps_says_so(release: Warehouse, tmp_path: Path) -> None:
    with pytest.raises(NothingToExport, match="holds no labels of steps"):
        export(release, "preferences@1", "stepwise", tmp_path / "none", annotator="nobody")


@pytest.mark.parametrize(
    ("join", "expected"),
    [
        ("single", [["0", "1", "2", "3", "4"]]),
        ("runs", [["01", "2", "34"]]),
        ("pairs", [["01", "23", "4"], ["0", "12", "34"]]),
    ],
)
def test_neighbours_stand_as_one(join: Join, expected: list[list[str]]) -> None:
    labels = [True, True, False, None, None]
    found = joined(labels, join)
    assert [["".join(map(str, group)) for group in groups] for groups in found] == expected


@given(st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=9))
def test_every_row_of_joined_steps_holds_each_step_once_and_pairs_hold_each_two_neighbours(
    labels: list[bool | None],
) -> None:
    for join in ("single", "runs", "pairs"):
        for groups in joined(labels, join):
            assert [i for group in groups for i in group] == list(range(len(labels)))
    twos = [(g[0], g[1]) for groups in joined(labels, "pairs") for g in groups if len(g) == 2]
    assert sorted(twos) == [(i, i + 1) for i in range(len(labels) - 1)]


def test_a_wrong_step_that_is_put_right_at_once_is_no_error_of_its_pair(
    release: Warehouse, tmp_path: Path
) -> None:
    rows, _ = exported(release, tmp_path, "step_labels", annotator=JUDGE, join="pairs")
    bad = sorted(
        (row for row in rows if row["response_id"] == BAD.response_id), key=lambda r: r["labels"]
    )
    # The second step is wrong and the third right; of the fourth nobody could tell.
    assert [(row["labels"], row["first_error"]) for row in bad] == [
        ([0, -100], 0),
        ([1, 1, -100], None),
    ]
    assert ["".join(t["content"] for t in turns) for turns in bad[0]["steps"]] == [
        "We add.\n\n2 + 2 = 5.\n\n",
        "5 is odd.\n\nSo no.",
    ]
    rows, _ = exported(release, tmp_path / "runs", "stepwise", annotator=JUDGE, join="runs")
    good = next(row for row in rows if row["response_id"] == GOOD.response_id)
    assert (good["completions"], good["labels"]) == (["2 + 2 = 4.\n\n4 is even."], [True])


@pytest.fixture(scope="module")
def siblings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    root = tmp_path_factory.mktemp("siblings")
    texts = ["A.\n\nB.\n\nC.", "A.\n\nB.\n\nD.", "A.\n\nE.", "A.\n\nB.\n\nC.\n\nF."]
    ones = [answer(PROMPT, text) for text in texts]
    said = [[1, 1, 1], [1, 1, -1], [1, -1], [1, 1, 1, -1]]
    pairs = [compare_two(a, b) for a, b in pairwise(ones)]
    judgments = [judge_one(pair, "a") for pair in pairs]
    for one, scored in zip(ones, said, strict=True):
        judgments += said_of(one, JUDGE, scored)
    staging = stage(root / "run", PROMPT, *ones, *pairs, *judgments)
    run_id = content_id("siblings")
    compute(staging, run_id)
    with Warehouse.open(WarehouseSettings(path=root / "warehouse")) as warehouse:
        audited = audit(staging, warehouse)
        publish(warehouse, staging, toy.run(run_id), "preferences", audited)
        yield warehouse


def test_pairs_of_steps_share_all_before_to_the_byte(siblings: Warehouse, tmp_path: Path) -> None:
    rows, left_out = exported(siblings, tmp_path, "step_pairs")
    found = sorted((row["prefix"], row["chosen"], row["rejected"], row["n_before"]) for row in rows)
    assert found == [
        ("A.\n\n", "B.\n\n", "E.", 1),
        ("A.\n\nB.\n\n", "C.", "D.", 2),
        ("A.\n\nB.\n\n", "C.\n\n", "D.", 2),
    ]
    # "C." that ends a response and "C." that goes on are two steps, and both are right.
    assert left_out == {"same_label": 1, "repeated": 2}


@pytest.mark.parametrize("join", ["runs", "pairs"])
def test_pairs_of_steps_are_of_single_steps_alone(join: Join) -> None:
    with pytest.raises(ValueError, match=rf"step_pairs.*join is '{join}'.*leave join out"):
        ExportSettings.model_validate({"format": "step_pairs", "join": join})
    assert ExportSettings.model_validate({"format": "step_pairs", "join": "single"})


def test_what_was_said_of_steps_stands_on_the_first_row_of_a_prompt(siblings: Warehouse) -> None:
    (table,) = prompt_tables(siblings, "preferences@1", with_steps=True)
    first, *others = table["step_judgments"].to_pylist()
    assert len(first) == 3 + 3 + 2 + 4 and others == [None] * 2
