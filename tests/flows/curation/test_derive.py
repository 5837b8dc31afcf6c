"""A run that derives rubrics, from settings to a release, over a scripted server."""

import json
import re
from typing import Any

from typer.testing import CliRunner

from tests.flows.house import VERIFIERS, House
from tests.pipelines.inference.fault_server import Reply, said, serving
from winnow.flows.commands.cli import app

STEPS: list[Any] = [
    {"sample": {"model": "srv", "n": 2, "max_tokens": 64}},
    "compare",
    {"label": VERIFIERS},
    "aggregate",
    {"derive": {"by": "contrast", "model": "srv"}},
    {"derive": {"by": "checklist", "model": "srv"}},
]


def talk(number: int, body: dict[str, Any]) -> Reply:
    """Answer at length and in one word by turns; derive what the pages allow."""
    asked = json.dumps(body.get("response_format", {}))
    if not asked.count("quote"):
        return said(f"Most birds live near water, number {number}." if number % 2 else "No.")
    page = body["messages"][-1]["content"]
    entry = {"quote": re.findall(r"<user-\w+>\n(\w+)", page)[0], "criterion": "Names the bird."}
    if "hard_rules" in asked:
        return said(
            json.dumps(
                {"hard_rules": [entry], "principles": [{"quote": "no", "criterion": "Is good."}]}
            )
        )
    item = entry | {"criterion": "Is a full sentence.", "turn": 1, "importance": "important"}
    return said(json.dumps({"items": [item]}))


def plan(house: House, **changes: Any) -> str:
    done = CliRunner().invoke(app, ["plan", str(house.config(**changes))])
    assert done.exit_code == 0, done.output
    return re.sub(" {2,}", "  ", done.output)


def test_a_release_holds_the_rubrics_that_its_run_derived_and_a_plan_tells_of_them(
    house: House,
) -> None:
    house.settings["steps"] = STEPS
    del house.settings["label"]
    with serving(talk) as server:
        model = {"engine": "openai", "model": "m", "urls": [server.url], "deadline_s": 20}
        house.settings["models"] = {"srv": {**model, "max_concurrency": 1}}
        assert "derive: not known before" in plan(house)
        assert not server.paths
        shown = house.run()
        n = len(server.calls)
        assert "contrast from" in shown and "checklist from 3 prompts: 3 criteria" in shown
        stages = [line.split()[0] for line in shown.splitlines() if " in, " in line]
        assert stages[-5:] == ["aggregate", "derive", "derive-2", "keep", "assemble"]
        rubrics = house.query(
            "select source, derived_from, count(*) as n from rubrics group by all order by 1"
        )
        assert [(r["source"], r["derived_from"]) for r in rubrics] == [
            ("checklist@1:srv", rubrics[0]["derived_from"]),
            ("contrast@1:srv", rubrics[0]["derived_from"]),
        ]
        kept = house.query(
            "select c.text, s.kind, count(*) as n from criteria as c join criterion_sources as s using (criterion_id) "
            "group by all order by 1"
        )
        assert [(row["text"], row["kind"]) for row in kept] == [
            ("Is a full sentence.", "prompt"),
            ("Names the bird.", "comparison"),
        ]
        refused = house.query("select distinct reason from rejects where stage = 'derive'")
        assert refused == [{"reason": "tautology"}]
        planned = plan(house, release="others")
        assert "derive: contrast@1 asks srv  3  3  0" in planned
        assert "derive-2: checklist@1 asks srv  3  3  0" in planned
        house.run()
        assert len(server.calls) == n
