import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from winnow.pipelines.reading import Inputs, read_inputs
from winnow.schemas.comparisons import Comparison
from winnow.schemas.judgments import Gold, Judgment
from winnow.schemas.prompts import Prompt
from winnow.schemas.rejects import Reject
from winnow.schemas.responses import Response
from winnow.schemas.runs import StageCount
from winnow.warehouse.staging import Staging


@dataclass
class Outcome:
    """What one reading staged."""

    counts: list[StageCount]
    prompts: list[Prompt]
    responses: list[Response]
    comparisons: list[Comparison]
    judgments: list[Judgment]
    gold: list[Gold]
    rejects: list[Reject]
    said: list[str]

    @property
    def reasons(self) -> list[str]:
        return [reject.reason for reject in self.rejects]


Read = Callable[..., Outcome]
ReadLines = Callable[..., Outcome]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read inputs given as settings; counts must add up whatever comes."""

    def read_settings(**settings: Any) -> Outcome:
        staging = Staging(tmp_path / "staging")
        said: list[str] = []
        counts = read_inputs(Inputs.model_validate(settings), staging, "run-1", said.append)
        tables = (Prompt, Response, Comparison, Judgment, Gold, Reject)
        outcome = Outcome(counts, *(t.from_table(staging.read(t)) for t in tables), said)  # type: ignore[arg-type]
        for count in counts:
            assert count.n_in == count.n_out + sum(r.n for r in count.rejects)
        assert sum(r.n for c in counts for r in c.rejects) == len(outcome.rejects)
        places = [reject.record_id for reject in outcome.rejects]
        assert len(set(places)) == len(places)
        return outcome

    return read_settings


def write_lines(path: Path, lines: tuple[object, ...]) -> Path:
    """Write objects as JSON, strings and bytes as they are, one a line."""
    with path.open("wb") as file:
        for line in lines:
            text = json.dumps(line) if not isinstance(line, str | bytes) else line
            file.write((text.encode() if isinstance(text, str) else text) + b"\n")
    return path


@pytest.fixture
def read_lines(read: Read, tmp_path: Path) -> ReadLines:
    """Read lines as prompts.jsonl, however many of them are malformed, with one good line in front."""

    def read_these(*lines: object, **settings: Any) -> Outcome:
        path = write_lines(tmp_path / "prompts.jsonl", ({"prompt": "good"}, *lines))
        return read(prompts={"path": path, "max_malformed": 1, **settings})

    return read_these
