import time
from collections.abc import Callable

import argilla as rg
import httpx

from winnow.annotation.argilla.server import Address


def test_the_worker_completes_records_when_fewer_answers_become_enough(
    owner: rg.Argilla, argilla: Address, person: Callable[[str], httpx.Client]
) -> None:
    settings = rg.Settings(
        fields=[rg.TextField("t")],
        questions=[rg.RatingQuestion("q", [1, 2])],
        distribution=rg.TaskDistribution(min_submitted=2),
    )
    dataset = rg.Dataset("overlap", argilla.workspace, settings, client=owner).create()
    dataset.records.log([{"t": "one"}, {"t": "two"}])
    answered = str(next(iter(dataset.records))._server_id)
    answer = {"status": "submitted", "values": {"q": {"value": 1}}}
    person("ann").post(f"records/{answered}/responses", json=answer).raise_for_status()
    assert dataset.progress()["completed"] == 0
    fewer = {"distribution": {"strategy": "overlap", "min_submitted": 1}}
    person("owner").patch(f"datasets/{dataset.id}", json=fewer).raise_for_status()
    end = time.monotonic() + 600
    while dataset.progress()["completed"] < 1:
        assert time.monotonic() < end, "the worker has not completed the record"
        time.sleep(0.1)
