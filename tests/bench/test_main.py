import re
import subprocess
import sys

from bench.__main__ import NAMES


def bench(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench", *args], capture_output=True, text=True, check=False
    )


def test_options_after_a_name_reach_that_benchmark() -> None:
    done = bench("rounds", "--help")
    assert done.returncode == 0
    assert "--plot" in done.stdout


def test_help_says_what_there_is() -> None:
    done = bench("--help")
    assert done.returncode == 0
    assert "python -m bench labels --help" in done.stdout
    for name in NAMES:
        assert re.search(rf"^  {name} +\S", done.stdout, re.MULTILINE)


def test_options_without_a_name_are_refused() -> None:
    done = bench("--plot")
    assert done.returncode == 1
    assert "without a benchmark; known benchmarks: aggregation_speed" in done.stderr
