"""Exports go through TRL's own data preparation and one training step of its own trainers."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.warehouse.export.spoken import Case, cases, publish_cases
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.export import export

ROOT = Path(__file__).parents[3]
SCRIPT = Path(__file__).with_name("train_one_step.py")
JOBS: dict[str, tuple[str, dict[str, str]]] = {
    "dpo": ("dpo", {}),
    "dpo_plain": ("dpo", {"text": "plain"}),
    "reward": ("reward", {"variant": "reward"}),
    "kto": ("kto", {"variant": "unpaired"}),
    "grpo": ("grpo", {"variant": "prompt_only"}),
}
COX = "<system>You keep an orchard.<user>My Gala tree bears nothing.<assistant>How old is it?<user>Two years.<assistant>"  # fmt: skip
GOOD = "A careful answer about tree 12: prune in winter, thin the fruit in June, and wait. It pays. It pays. It pays. It pays. It pays. "  # fmt: skip
BAD = "<script>document.title = 'owned'</script> Trees are trees, says answer 12."


def interpreter() -> Path:
    return Path(os.environ.get("WINNOW_TRL_PYTHON", ROOT / ".venv-trl/bin/python"))


@pytest.fixture(scope="module")
def trained(
    orchard_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    return train(orchard_warehouse, tmp_path_factory.mktemp("trl"))


@pytest.fixture(scope="module")
def trained_on_cases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    scratch = tmp_path_factory.mktemp("cases")
    with publish_cases(scratch / "warehouse") as warehouse:
        return train(warehouse, scratch)


def train(warehouse: Warehouse, scratch: Path) -> dict[str, Any]:
    python = interpreter()
    if not python.exists():
        pytest.skip(f"no TRL at {python}: `make test` installs it, or set WINNOW_TRL_PYTHON")
    jobs = []
    for name, (trainer, options) in JOBS.items():
        export(warehouse, "preferences@1", "trl", scratch / f"{name}-data", **options)
        jobs.append(f"{name}={trainer}:{scratch / f'{name}-data'}")
    env = os.environ | {"HF_HUB_OFFLINE": "1", "HF_DATASETS_CACHE": str(scratch / "cache")}
    done = subprocess.run(
        [python, SCRIPT, scratch, *jobs], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return {name: json.loads((scratch / f"{name}.json").read_text()) for name in JOBS}


def test_dpo_sees_prompt_chosen_and_rejected_apart(trained: dict[str, Any]) -> None:
    assert trained["dpo"]["n_rows"] == 28
    assert trained["dpo"]["rows"][0] == {"prompt_ids": COX, "chosen_ids": GOOD, "rejected_ids": BAD}


def test_an_untrained_dpo_model_starts_at_the_loss_of_a_coin(trained: dict[str, Any]) -> None:
    assert trained["dpo"]["loss"] == pytest.approx(0.693147, abs=1e-5)


def test_dpo_sees_plain_text_as_it_was_written(trained: dict[str, Any]) -> None:
    first = trained["dpo_plain"]["rows"][0]
    assert first["prompt_ids"] == "Tell me about the Braeburn apple (code).\n\n"
    assert first["rejected_ids"].endswith("Trees are trees, says answer 25.<eos>")


def test_the_reward_trainer_sees_whole_conversations_and_the_margin(
    trained: dict[str, Any],
) -> None:
    assert trained["reward"]["rows"][0] == {"chosen_ids": COX + GOOD, "rejected_ids": COX + BAD}
    assert "margin" in trained["reward"]["columns"]


def test_kto_sees_every_response_that_is_good_or_bad(trained: dict[str, Any]) -> None:
    assert trained["kto"]["n_rows"] == 43
    assert trained["kto"]["rows"][0] == {"prompt_ids": COX, "completion_ids": GOOD}


def test_grpo_takes_a_step_on_the_prompts_with_the_reference_at_hand(
    trained: dict[str, Any],
) -> None:
    assert trained["grpo"]["n_rows"] == 17
    assert "reference" in trained["grpo"]["columns"]


def rendered(tools: str | None, turns: list[dict[str, Any]]) -> str:
    """Write a conversation as the template of `train_one_step.py` does."""
    text = f"<tools>{json.dumps(json.loads(tools), ensure_ascii=False)}\n" if tools else ""
    for turn in turns:
        name, answers = turn.get("name"), turn.get("tool_call_id")
        text += f"<{turn['role']}{f':{name}' if name else ''}{f'#{answers}' if answers else ''}>{turn['content']}"
        for call in turn.get("tool_calls", ()):
            called = call["function"]
            arguments = json.dumps(called["arguments"], ensure_ascii=False)
            text += f"<call#{call['id']}>{called['name']} {arguments}"
    return text


def whole(case: Case) -> str:
    return rendered(case.prompt.tools, case.asked + case.said)


CHANGED = {
    "a whole number of 23 digits",
    "a fraction of 20 digits",
    "NaN",
    "a key that comes twice",
}
SHOWN = [case for case in cases() if case.part not in {"an empty response", "an image", *CHANGED}]
WHOLE = [case for case in SHOWN if case.part != "an image in a response"]
"""What TRL's trainers train on: not what is left out, and not what stands in the other split."""


def test_dpo_trains_on_all_that_the_judge_saw(trained_on_cases: dict[str, Any]) -> None:
    rows = {row["prompt_ids"] + row["chosen_ids"] for row in trained_on_cases["dpo"]["rows"]}
    assert rows == {whole(case) for case in WHOLE}


def test_the_reward_trainer_trains_on_all_that_the_judge_saw(
    trained_on_cases: dict[str, Any],
) -> None:
    rows = {row["chosen_ids"] for row in trained_on_cases["reward"]["rows"]}
    assert rows == {whole(case) for case in WHOLE}


def test_kto_trains_on_all_that_the_judge_saw_but_no_beginning(
    trained_on_cases: dict[str, Any],
) -> None:
    rows = {row["prompt_ids"] + row["completion_ids"] for row in trained_on_cases["kto"]["rows"]}
    assert {row for row in rows if not row.endswith("<assistant>No.")} == {
        whole(case) for case in WHOLE if case.part != "a beginning"
    }


def test_grpo_is_given_all_of_a_prompt_that_models_were(trained_on_cases: dict[str, Any]) -> None:
    rows = {row["prompt_ids"] for row in trained_on_cases["grpo"]["rows"]}
    assert rows == {
        rendered(None, case.asked) + "<assistant>"
        for case in SHOWN
        if case.part != "a beginning" and not case.prompt.tools
    }
