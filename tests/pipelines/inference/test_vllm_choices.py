"""What settings choose of vLLM, on the real engine; in a process of its own, since one holds one engine."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pipelines.inference.asking import GREEDY, answer, ask, texts
from winnow.pipelines.inference.engine import Engine
from winnow.pipelines.inference.models import ModelRef
from winnow.pipelines.inference.requests import Sampling
from winnow.pipelines.inference.vllm_params import sampling_params

pytestmark = pytest.mark.engine

CHOSEN = """
import json, multiprocessing, os, sys
from pathlib import Path
from tests.pipelines.inference.asking import GREEDY, answer, ask, texts
from winnow.pipelines.inference.models import STAND_INS, identify
from winnow.pipelines.inference.open_engines import close_engines, open_engine

def n_cores():
    multiprocessing.active_children()  # takes leave of those that have ended
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return sum("EngineCor" in Path(f"/proc/{c}/comm").read_text() for c in children)

if __name__ == "__main__":  # the engine's process imports this file
    chosen = dict(own_process=True, seeded=False, speculation="ngram", max_num_seqs=24, max_num_batched_tokens=4096)
    model = identify(STAND_INS["tiny"].model_copy(update=chosen), Path(sys.argv[1]), name="tiny")
    engine = open_engine(model)
    asked = [ask(model, text, GREEDY) for text in json.loads(sys.argv[2])]
    said = texts(answer(engine, asked))
    n_at_once, n_working = engine.llm.llm_engine.vllm_config.scheduler_config.max_num_seqs, n_cores()
    close_engines()
    print(json.dumps([[r.request_id for r in asked], said, n_at_once, n_working, n_cores()]))
"""


def test_whatever_makes_the_engine_faster_leaves_ids_and_answers_as_they_are_and_nothing_behind(
    tiny: ModelRef, tiny_engine: Engine, models_dir: Path, tmp_path: Path
) -> None:
    asked = [f"question {i}: the sack, the sack, the sack" for i in range(40)]
    requests = [ask(tiny, text, GREEDY) for text in asked]
    wanted = [[r.request_id for r in requests], texts(answer(tiny_engine, requests))]
    script = tmp_path / "chosen.py"
    script.write_text(CHOSEN, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script), str(models_dir), json.dumps(asked)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(Path.cwd()), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [*wanted, 24, 1, 0]


def test_a_request_has_a_seed_unless_settings_leave_it_out(tiny: ModelRef) -> None:
    warm, greedy = ask(tiny, "which sack", Sampling()), ask(tiny, "which sack", GREEDY)
    assert sampling_params(warm, is_seeded=True).seed == warm.seed
    assert sampling_params(warm, is_seeded=False).seed is None
    assert sampling_params(greedy, is_seeded=True).seed is None
