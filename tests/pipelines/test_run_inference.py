"""What a process loads to have requests answered by a job."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_asking_servers_loads_neither_torch_nor_scipy() -> None:
    loads = (
        "import sys, winnow.pipelines.asking.handler; from apache_beam.ml.inference import base; "
        "print({'torch', 'scipy'} & sys.modules.keys(), base.resource is not None)"
    )
    said = subprocess.run([sys.executable, "-c", loads], cwd=ROOT, capture_output=True, check=True)
    assert said.stdout.decode().strip() == "set() True"
