"""A run as a list of steps: two sampling passes, a selection and a refine pass, over a scripted server."""

import json
from typing import Any

import pytest
from rich.console import Console

from tests.flows.house import PROMPTS, VERIFIERS, House
from tests.pipelines.inference.fault_server import FaultServer, Reply, said, serving
from winnow.flows.curation.run import run_curation
from winnow.flows.settings.rounds import load_rounds
from winnow.flows.settings.run import load_settings
from winnow.schemas.errors import InvalidSettings

STEPS: list[Any] = [
    {"sample": {"model": "srv", "n": 2, "max_tokens": 64}},
    "compare",
    {"label": VERIFIERS},
    "aggregate",
    {"sample": {"model": "srv", "max_tokens": 64}, "of": "doubtful"},
    {"select": {"named": "weak", "what": "responses", "per_prompt": 1, "by": "win_rate"}},
    {"refine": {"model": "srv", "max_tokens": 64}, "of": "weak"},
    "compare",
    {"label": VERIFIERS},
    "aggregate",
    "keep",
    {"assemble": {"ties": "keep"}},
]


def talk(number: int, body: dict[str, Any]) -> Reply:
    """Give the reference where asked to write better, else words of which more are right each time."""
    last = body["messages"][-1]["content"]
    first = next(m["content"] for m in body["messages"] if m["role"] == "user")
    reference = {row["prompt"]: row["reference"] for row in PROMPTS}.get(first, "Yes.")
    if "reviewers" in last:
        return said(reference)
    return said(" ".join(reference.split()[: number % 3 + 1]) + f" {number}")


def asked(server: FaultServer) -> list[dict[str, Any]]:
    return [call.body for call in server.calls]


def questions(server: FaultServer) -> list[str]:
    """Tell which kind each request was."""
    return ["refine" if "reviewers" in json.dumps(body) else "sample" for body in asked(server)]


@pytest.fixture
def stepped(house: House) -> House:
    house.settings["steps"] = STEPS
    del house.settings["label"]
    return house


def with_server(house: House, url: str) -> None:
    model = {"engine": "openai", "model": "m", "urls": [url], "deadline_s": 20}
    house.settings["models"] = {"srv": {**model, "max_concurrency": 1}}


def test_steps_add_rows_one_after_the_other_and_a_run_of_more_asks_only_what_is_new(
    stepped: House,
) -> None:
    with serving(talk) as server:
        with_server(stepped, server.url)
        shown = stepped.run()
        first = questions(server)
        assert first.count("sample") >= 6 and first.count("refine") == 3
        assert stepped.releases() == ["birds@1"]
        stages = [line.split()[0] for line in shown.splitlines() if " in, " in line]
        assert stages == [
            "read", "sample", "compare", "label", "aggregate", "sample-2", "select", "refine",
            "compare-2", "label-2", "aggregate", "keep", "assemble",
        ]  # fmt: skip
        made = stepped.query(
            "select made, count(*) as n, count(parent_id) as with_parent from responses group by made order by made"
        )
        assert made[0] == {"made": "refined", "n": 3, "with_parent": 3}
        chosen = stepped.query("select name, subjects, count(*) as n from selections group by all")
        assert chosen == [{"name": "weak", "subjects": "responses", "n": 3}]
        best = stepped.query(
            "select count(distinct preferences.prompt_id) as n from preferences join responses on response_id = chosen_id "
            "where made = 'refined'"
        )
        assert best == [{"n": 3}]

        assert "was published before" in stepped.run()
        assert questions(server) == first

        new = {"id": "p4", "prompt": "What do larks sing?", "reference": "Larks sing high songs."}
        stepped.write("prompts.jsonl", [*PROMPTS, new])
        stepped.run()
        further = asked(server)[len(first) :]
        assert {b["messages"][0]["content"] for b in further} == {"What do larks sing?"}
        assert stepped.releases() == ["birds@1", "birds@2"]


def test_the_short_form_is_the_same_run(house: House) -> None:
    with serving(talk) as server:
        with_server(house, server.url)
        house.run(sample=[{"model": "srv", "n": 2, "max_tokens": 64}])
        n_asked = len(asked(server))
        for key in ("sample", "label"):
            del house.settings[key]
        house.run(steps=[*STEPS[:4], "keep", "assemble"])
        assert len(asked(server)) == n_asked
    by_release = house.query("select release, content_hash from releases order by release")
    assert len({row["content_hash"] for row in by_release}) == 1


def test_a_list_beside_its_short_form_is_refused(stepped: House) -> None:
    with pytest.raises(InvalidSettings, match="'label' stands beside 'steps'"):
        stepped.run(label=VERIFIERS)


def test_rounds_are_a_step_and_publish_what_their_short_form_does(house: House) -> None:
    pairs = [
        {"item_id": str(i), "prompt": f"Why {i}?", "response_a": f"Since {i}.", "response_b": "No"}
        for i in range(6)
    ]
    gold = [pair | {"verdict": "ab"[i % 2]} for i, pair in enumerate(pairs)]
    rounds = {
        "budget": 4,
        "per_round": 2,
        "people": {"replay": str(house.write("gold.jsonl", gold))},
    }
    label = [{"verifier": "form"}]
    del house.settings["prompts"], house.settings["label"]
    house.settings["comparisons"] = {"path": str(house.write("pairs.jsonl", pairs))}
    short = house.config(name="short", label=label, rounds=rounds)
    with house.prefect():
        run_curation(load_rounds(short), Console(quiet=True))
    del house.settings["label"], house.settings["rounds"]
    listed = house.config(name="listed", steps=[{"rounds": {**rounds, "label": label}}])
    with pytest.raises(InvalidSettings, match="start it with winnow rounds"):
        load_settings(listed)
    with house.prefect():
        run_curation(load_rounds(listed), Console(quiet=True))
    found = house.query("select release, content_hash, n_preferences from releases")
    assert len(found) == 2
    assert len({(row["content_hash"], row["n_preferences"]) for row in found}) == 1
    assert found[0]["n_preferences"] >= 4


ROUNDS: list[Any] = [
    "compare",
    {"label": VERIFIERS},
    "aggregate",
    {
        "select": {"named": "hard", "what": "responses", "per_prompt": 1, "by": "win_rate"},
        "of": "prompt_id in (select prompt_id from of_comparisons where verdict = 'tie')",
    },
    {"refine": {"model": "srv", "max_tokens": 64}, "of": "hard"},
    "compare",
    {"label": VERIFIERS},
    "aggregate",
    {
        "refine": {"model": "srv", "max_tokens": 64},
        "of": "made = 'refined' and coalesce(win_rate, 0) < 0.5",
    },
    "compare",
    {"label": VERIFIERS},
    "aggregate",
    "keep",
]


def test_only_hard_cases_are_refined_and_what_stays_unresolved_is_not_chosen(house: House) -> None:
    easy, mended, lost = (row["prompt"] for row in PROMPTS)
    rows = [
        {**row, "responses": texts}
        for row, texts in zip(
            PROMPTS,
            (["Rooks nest high in tall trees.", "Xx."], ["Owls eat.", "Owls eat,"], ["Swifts leave early.", "Swifts leave early,"]),
            strict=True,
        )
    ]  # fmt: skip
    house.write("prompts.jsonl", rows)

    def write(number: int, body: dict[str, Any]) -> Reply:
        asked = next(m["content"] for m in body["messages"] if m["role"] == "user")
        return said("Owls eat mice and other voles." if asked == mended else f"Zz {number}.")

    del house.settings["label"]
    house.settings["steps"] = ROUNDS
    with serving(write) as server:
        with_server(house, server.url)
        house.run()
        tries = [b["messages"][0]["content"] for b in asked(server)]
    assert (tries.count(easy), tries.count(mended), tries.count(lost)) == (0, 1, 2)
    chosen = house.query(
        "select text, made from preferences join responses on response_id = chosen_id where made = 'refined' and not is_tied"
    )
    assert {row["text"] for row in chosen} == {"Owls eat mice and other voles."}
    versions = house.query("select text from responses where made = 'refined' and text like 'Zz%'")
    assert len(versions) == 2  # both are kept, and lost
