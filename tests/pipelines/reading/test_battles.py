"""Battles, two models and a winner without texts, among ready comparisons."""

from pathlib import Path

import pytest

from tests.pipelines.reading.conftest import Read, write_lines
from winnow.schemas.errors import MalformedInput

BATTLE = {"model_a": "large", "model_b": "small", "verdict": "a", "annotator": "ann"}
PAIR = BATTLE | {"prompt": "Why?", "response_a": "So.", "response_b": "No."}


def test_a_battle_without_texts_is_left_out_by_name_with_the_way_out(
    read: Read, tmp_path: Path
) -> None:
    lines = (PAIR, BATTLE | {"prompt": "How?"}, PAIR | {"prompt": "When?"})
    outcome = read(comparisons={"path": write_lines(tmp_path / "pairs.jsonl", lines)})
    assert outcome.reasons == ["no_texts"]
    assert outcome.rejects[0].detail == (
        "pairs.jsonl:2: it names two models and holds the text of neither, so no preference can come of it; "
        "`winnow aggregate` ranks models from such rows"
    )
    assert len(outcome.comparisons) == len(outcome.judgments) == 2


def test_a_log_of_battles_stops_the_run_and_names_the_command_that_reads_it(
    read: Read, tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "battles.jsonl", (BATTLE, BATTLE))
    with pytest.raises(MalformedInput, match=r"of no use.*`winnow aggregate` ranks models"):
        read(comparisons={"path": path})


def test_a_pair_that_lacks_one_text_alone_is_malformed(read: Read, tmp_path: Path) -> None:
    line = {k: v for k, v in PAIR.items() if k != "response_b"}
    path = write_lines(tmp_path / "pairs.jsonl", (PAIR, line))
    outcome = read(comparisons={"path": path, "max_malformed": 1})
    assert outcome.reasons == ["bad_response"]
