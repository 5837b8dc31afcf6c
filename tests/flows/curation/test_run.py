"""What a run publishes where requests fail, and what it says of it."""

import json
import socket
from typing import Any
from unittest.mock import Mock

import pytest
from rich.console import Console

from tests.flows.house import VERIFIERS, House, sentence
from tests.pipelines.inference.fault_server import Reply, error, said
from winnow.flows.curation import flow
from winnow.flows.curation.run import run_curation
from winnow.flows.settings.rounds import RoundsSettings
from winnow.flows.settings.run import load_settings_of
from winnow.pipelines.asking.shards import RequestFolder
from winnow.schemas.errors import (
    ClusterUnreachable,
    CurationError,
    EndpointRefuses,
    ExportFailed,
    Unpublishable,
)

JUDGED = [{"judge": "pairwise", "model": "srv"}, *VERIFIERS]


def is_judging(body: dict[str, Any]) -> bool:
    return "response_format" in body


def test_a_server_that_refuses_everything_is_quoted_and_nothing_is_published(house: House) -> None:
    script = house.sampling_from(lambda n, body: error(400, "no such plan"))
    with script, pytest.raises(Unpublishable) as stopped:
        house.run()
    assert (
        'nothing was published: models.srv: 6 of 6 requests got no answer, 6 times "status 400: no such plan"; '
    ) in str(stopped.value)
    assert str(stopped.value).endswith("allow: [refused]")
    assert house.releases() == []


def test_a_run_whose_credit_ended_is_completed_by_the_same_command(house: House) -> None:
    credit = [4]

    def script(number: int, body: dict[str, Any]) -> Reply:
        return sentence(number, body) if number < credit[0] else error(402, "Insufficient balance")

    with house.sampling_from(script) as server:
        with pytest.raises(EndpointRefuses, match=r"status 402: Insufficient balance; top up the "):
            house.run()
        assert (house.releases(), len(server.calls)) == ([], 5)
        credit[0] = 99
        assert "birds@1 is published" in house.run()
        assert len(server.calls) == 7


def test_a_run_on_a_cluster_that_is_not_there_says_so_before_it_asks_anything(house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    options = {"job_endpoint": address, "environment_config": "localhost:50000"}
    with house.sampling_from(sentence) as asked:
        with pytest.raises(ClusterUnreachable, match=f"job_endpoint is '{address}', where nothing"):
            house.run(beam={"runner": "FlinkRunner", "options": options})
        assert asked.calls == []


def test_what_a_published_run_owes_is_asked_again_and_published_anew(house: House) -> None:
    is_broken = [True]

    def script(number: int, body: dict[str, Any]) -> Reply:
        is_poison = is_broken[0] and "swifts" in body["messages"][-1]["content"]
        return error(500, "assertion failed") if is_poison else sentence(number, body)

    with house.sampling_from(script) as server:
        assert "owed       2 requests failed" in house.run(allow=["owed"])
        assert "birds@1 stands: 2 requests failed again, and nothing is new" in house.run()
        is_broken[0], n_before = False, len(server.calls)
        again = house.run()
        assert "birds@1 was published while 2 requests had failed: they are asked again" in again
        assert "birds@2 is published" in again and "owed" not in again
        assert len(server.calls) == n_before + 2
        assert "birds@2 was published before by this very run" in house.run()
        assert len(server.calls) == n_before + 2
    owed = "SELECT release, n_owed, n_preferences FROM runs JOIN releases USING (run_id) ORDER BY 1"
    assert [list(row.values()) for row in house.query(owed)] == [
        ["birds@1", 2, 2],
        ["birds@2", 0, 3],
    ]


def test_a_judge_that_is_refused_is_not_replaced_by_verifiers_in_silence(house: House) -> None:
    def script(number: int, body: dict[str, Any]) -> Reply:
        return error(400, "no system role") if is_judging(body) else sentence(number, body)

    with house.sampling_from(script):
        with pytest.raises(Unpublishable) as stopped:
            house.run(label=JUDGED)
        assert (
            'pairwise@1:srv: 6 of 6 requests got no answer, 6 times "status 400: no system role"'
            in str(stopped.value)
        )
        assert "birds@1 is published" in house.run(allow=["refused"])


def test_a_judge_that_nobody_can_read_stops_the_run(house: House) -> None:
    def script(number: int, body: dict[str, Any]) -> Reply:
        return said("Well, it depends.") if is_judging(body) else sentence(number, body)

    with house.sampling_from(script), pytest.raises(Unpublishable) as stopped:
        house.run(label=JUDGED)
    assert '6 of 6 replies could not be read, 6 times "Well, it depends."' in str(stopped.value)
    assert "allow: [unread]" in str(stopped.value)


class MendedJudge:
    """A judge that answers in prose until it is mended."""

    is_mended = False
    n_asked = 0

    def __call__(self, number: int, body: dict[str, Any]) -> Reply:
        if not is_judging(body):
            return sentence(number, body)
        self.n_asked += 1
        first = body["messages"][-1]["content"].split("<first-")[1].split("</first-")[0]
        verdict = {"critique": "so", "verdict": "second" if "Purple" in first else "first"}
        return said(json.dumps(verdict) if self.is_mended else "Well, it depends.")


def test_a_judge_that_nobody_could_read_is_asked_again_by_the_same_command(house: House) -> None:
    judge = MendedJudge()
    with house.sampling_from(judge):
        with pytest.raises(Unpublishable, match=r"give the same command again: .* is asked again"):
            house.run(label=JUDGED)
        judge.is_mended = True
        again = house.run()
    assert "this run stopped because replies could not be read: they are asked again" in again
    assert "birds@1 is published" in again and "unread" not in again.split("is published")[1]
    assert judge.n_asked == 12


def test_unreadable_replies_of_a_published_run_are_asked_again_by_a_switch(house: House) -> None:
    judge = MendedJudge()
    with house.sampling_from(judge):
        assert "unread     6 replies of judges: --ask-again" in house.run(
            label=JUDGED, allow=["unread"]
        )
        judge.is_mended = True
        assert "birds@1 was published before by this very run" in house.run()
        again = house.run(ask_again=True)
    assert "birds@1 was published: unreadable replies are asked again" in again
    assert "birds@2 is published" in again and judge.n_asked == 12


def test_a_question_that_fails_when_it_is_asked_again_is_not_owed(house: House) -> None:
    judge = MendedJudge()
    with house.sampling_from(judge):
        house.run(label=JUDGED, allow=["unread"])

    def breaks_down(number: int, body: dict[str, Any]) -> Reply:
        is_question = (
            len(body["messages"]) > 1
        )  # what is asked to see whether a server is well has one turn
        return error(500, "out of order") if is_question else said("Yes.")

    with house.sampling_from(breaks_down):
        again = house.run(ask_again=True)
    assert "is published" in again and "  owed  " not in again


def test_a_run_that_can_form_no_comparison_asks_nothing(house: House) -> None:
    with house.sampling_from(sentence, n=1) as server:
        with pytest.raises(
            Unpublishable,
            match=r"no two responses can be compared: sample gives 1 response to each prompt",
        ):
            house.run()
        assert server.calls == []


def test_a_release_of_nothing_says_where_it_lost_its_rows(house: House) -> None:
    with house.sampling_from(sentence):
        with pytest.raises(Unpublishable) as stopped:
            house.run(keep=[{"margin": 0.9999}])
        assert "the release would be empty (keep rejected 3 low_margin)" in str(stopped.value)
        assert "birds@1 is published; the release is empty" in house.run(allow=["empty"])


def test_an_export_that_fails_keeps_nothing_else_from_being_written(house: House) -> None:
    exports = [{"format": "verl"}, {"format": "jsonl"}]
    taken = house.folder / "taken"
    taken.mkdir()
    (taken / "mine.txt").write_text("mine")
    exports[0]["out"] = str(taken)
    with house.sampling_from(sentence):
        with pytest.raises(ExportFailed) as failed:
            house.run(export=exports)
        assert "birds@1 is published, but 1 of 2 exports failed: verl: " in str(failed.value)
        assert (house.folder / "house/reports/birds@1.html").is_file()
        jsonl = house.folder / "house/exports/birds@1/jsonl"
        before = (jsonl / "README.md").stat().st_ino
        (taken / "mine.txt").unlink()
        assert "birds@1 was published before" in house.run()
    assert (taken / "lineage.json").is_file()
    assert (jsonl / "README.md").stat().st_ino == before


def test_the_last_lines_say_what_anchors_the_labels(house: House) -> None:
    with house.sampling_from(sentence):
        assert "is published; no gold anchors the labels" in house.run()


def test_rounds_stop_for_a_refused_judge_as_a_run_does(house: House) -> None:
    pairs = [
        {"item_id": str(i), "prompt": f"Why {i}?", "response_a": "So.", "response_b": "No."}
        for i in range(4)
    ]
    people = {"replay": str(house.write("gold.jsonl", [pair | {"verdict": "a"} for pair in pairs]))}
    house.settings |= {
        "comparisons": {"path": str(house.write("pairs.jsonl", pairs))},
        "rounds": {"budget": 2, "per_round": 2, "people": people},
        "label": JUDGED[:1],
    }
    del house.settings["prompts"]
    with house.sampling_from(lambda n, body: error(400, "no such plan")):
        del house.settings["sample"]
        settings = load_settings_of(RoundsSettings, house.config())
        with house.prefect(), pytest.raises(Unpublishable, match="pairwise@1:srv: 8 of 8 requests"):
            run_curation(settings, Console(quiet=True))


def test_a_run_that_broke_off_after_its_models_had_answered_takes_up_what_came_of_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = MendedJudge()
    judge.is_mended = True
    with house.sampling_from(judge) as server:
        with monkeypatch.context() as broken, pytest.raises(CurationError, match="out of paper"):
            broken.setattr(flow, "find_shortcuts", Mock(side_effect=CurationError("out of paper")))
            house.run(label=JUDGED)
        n_asked = len(server.calls)
        with monkeypatch.context() as watched:
            watched.setattr(RequestFolder, "write", Mock(side_effect=AssertionError("asked")))
            again = house.run()
        assert len(server.calls) == n_asked == 12
    assert "birds@1 is published" in again
    assert again.count("6 already paid for") == 2
    assert "owed" not in again
