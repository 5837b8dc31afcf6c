"""The example settings, run as a newcomer runs them: with a real model that is too small to be a good judge."""

import re
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.end_to_end.conftest import ROOT, Winnow
from winnow.schemas.runs import Run
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.releases import run_of
from winnow.warehouse.settings import WarehouseSettings

QUICKSTART = ROOT / "examples" / "quickstart" / "quickstart.yaml"

GOLD = """
    SELECT g.comparison_id, g.verdict, CASE WHEN p.is_tied THEN 'tie'
        WHEN p.chosen_id = c.response_ids[1] THEN 'a' ELSE 'b' END AS published
    FROM gold AS g JOIN comparisons AS c USING (comparison_id)
    JOIN preferences AS p USING (comparison_id)
"""

Done = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("quickstart")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The user's cache, where nothing is yet."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def asked_of_hub() -> Iterator[tuple[str, list[str]]]:
    """Address of what stands where the hub would be, and the paths that it is asked for."""
    asked: list[str] = []

    class Hub(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_POST = do_GET  # noqa: N815

        def log_message(self, *said: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


@pytest.fixture(scope="module")
def environment(
    command_environment: dict[str, str], cache: Path, asked_of_hub: tuple[str, list[str]]
) -> dict[str, str]:
    """The command's, with an empty cache, and a hub that nothing keeps the run from asking."""
    kept = {k: v for k, v in command_environment.items() if k != "HF_HUB_OFFLINE"}
    return {**kept, "XDG_CACHE_HOME": str(cache), "HF_ENDPOINT": asked_of_hub[0]}


@pytest.fixture(scope="module")
def first(winnow: Winnow, home: Path, environment: dict[str, str]) -> Done:
    done = winnow("run", QUICKSTART, "--warehouse", home, env=environment)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def warehouse(first: Done, home: Path) -> Warehouse:
    return Warehouse.open(WarehouseSettings(path=home), read_only=True)


@pytest.mark.engine
def test_every_stage_accounts_for_every_row(warehouse: Warehouse) -> None:
    run: Run = run_of(warehouse, "preferences@1")
    stages = [count.stage for count in run.counts]
    assert list(dict.fromkeys(stages)) == [
        "read", "sample", "compare", "label", "aggregate", "keep", "assemble",
    ]  # fmt: skip
    for count in run.counts:
        assert count.n_in == count.n_out + sum(reject.n for reject in count.rejects), count
    (n_rejects,) = warehouse.query("SELECT count(*) AS n FROM rejects")["n"].to_pylist()
    assert n_rejects == sum(reject.n for count in run.counts for reject in count.rejects)


@pytest.mark.engine
def test_published_labels_agree_with_all_twelve_gold_comparisons(warehouse: Warehouse) -> None:
    rows = warehouse.query(GOLD).to_pylist()
    assert len(rows) == 12
    assert [r for r in rows if r["verdict"] != r["published"]] == []


@pytest.mark.engine
def test_the_small_judge_turns_out_weak_and_the_run_says_so(
    first: Done, warehouse: Warehouse
) -> None:
    found = warehouse.query("SELECT kind, weight, order_consistency FROM annotators").to_pylist()
    (judge,) = [row for row in found if row["kind"] == "llm"]
    assert judge["order_consistency"] < 0.5
    assert judge["weight"] < 0.3 * max(row["weight"] for row in found)
    assert re.search(r"pairwise@1:smollm2.*(flips with the order|decides nothing)", first.stdout)


@pytest.mark.engine
def test_what_it_answers_is_text_that_the_run_calls_by_the_models_name(
    first: Done, warehouse: Warehouse
) -> None:
    rows = warehouse.query("SELECT model, text FROM responses WHERE model LIKE '%SmolLM2%'")
    assert rows["model"].unique().to_pylist() == ["SmolLM2-135M-Instruct"]
    texts = rows["text"].to_pylist()
    assert len(texts) == 49
    assert [t for t in texts if "\ufffd" in t or not re.search(r"[^\W\d_]{2,}", t)] == []
    assert "stand-in" not in first.stdout


@pytest.mark.engine
def test_the_model_is_converted_once_and_a_hub_is_never_asked(
    first: Done, cache: Path, asked_of_hub: tuple[str, list[str]]
) -> None:
    models = cache / "winnow" / "models"
    assert f"converting SmolLM2-135M-Instruct, once, into {models} since" in first.stdout
    assert first.stdout.count(str(cache)) == 1
    assert "%|" not in first.stderr
    (folder,) = models.iterdir()
    assert folder.name.startswith("SmolLM2-135M-Instruct-")
    assert asked_of_hub[1] == []


@pytest.mark.engine
def test_a_second_run_starts_no_model_and_publishes_nothing(
    winnow: Winnow, first: Done, home: Path, warehouse: Warehouse, environment: dict[str, str]
) -> None:
    before = sorted(p.name for p in (home / "completions").iterdir())
    again = winnow("run", QUICKSTART, "--warehouse", home, env=environment)
    assert again.returncode == 0
    assert "converting" not in again.stdout
    assert "preferences@1 was published before by this very run" in again.stdout
    assert sorted(p.name for p in (home / "completions").iterdir()) == before
    assert warehouse.query("SELECT release FROM releases").to_pylist() == [
        {"release": "preferences@1"}
    ]


@pytest.mark.engine
def test_the_export_loads_as_a_dataset(first: Done, home: Path, warehouse: Warehouse) -> None:
    from datasets import load_dataset

    loaded = load_dataset(str(home / "exports" / "preferences@1" / "trl"))
    assert set(loaded) == {"train", "test"}
    (n,) = warehouse.query("SELECT count(*) AS n FROM preferences WHERE NOT is_tied")["n"]
    assert sum(split.num_rows for split in loaded.values()) == n.as_py()
    prompts = {name: {str(p) for p in split["prompt"]} for name, split in loaded.items()}
    assert not prompts["train"] & prompts["test"]
