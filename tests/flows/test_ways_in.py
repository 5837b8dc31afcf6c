"""Every way in takes about twenty bad values: one message of ours each, never a traceback, never a page of text."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.flows.ways_in import (
    MOST_LINES,
    Place,
    bad_values,
    commands,
    placed,
    places_in,
    said_by,
    spoilt,
)
from winnow.annotation.judges import JUDGES
from winnow.annotation.queues.tasks import TASKS
from winnow.annotation.verifiers import VERIFIERS
from winnow.flows.settings.environment import load_warehouse
from winnow.flows.settings.evaluation import EvaluationSettings, load_evaluation
from winnow.flows.settings.queue import QueueSettings, load_queue_settings
from winnow.flows.settings.rounds import RoundsSettings, load_any_settings
from winnow.pipelines.pairing import STRATEGIES
from winnow.schemas.errors import CurationError
from winnow.schemas.wanted import PATTERNS
from winnow.warehouse.export.formats import FORMATS

PAIR = {"prompt": "Why?", "chosen": "Because it rained.", "rejected": "So."}
RUN: dict[str, Any] = {
    "name": "toy",
    "warehouse": {"path": "house"},
    "prompts": {"path": "pairs.jsonl"},
    "label": [{"verifier": "form"}],
}
ROUNDS = {**RUN, "rounds": {"budget": 10, "per_round": 4, "people": {"queue": "toy"}}}
FOREIGN = ("validation error", "pydantic", "<class", "Input should", "instance of", "codec can't")
LIBRARIES = ("magic bytes", "contains NUL", "Expecting value", "Thrift", "is a directory:")
"""Words of libraries that say nothing to the person who reads them."""

Load = Callable[[Path], object]
KINDS: dict[str, tuple[Any, dict[str, Any], Load]] = {
    "rounds": (RoundsSettings, ROUNDS, load_any_settings),
    "evaluation": (EvaluationSettings, {"label": [{"verifier": "form"}]}, load_evaluation),
    "queue": (QueueSettings, {"name": "toy"}, load_queue_settings),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a small input."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pairs.jsonl").write_text(f"{json.dumps(PAIR)}\n" * 3)
    return tmp_path


def refused(settings: dict[str, Any], load: Load) -> Iterator[str]:
    """Load settings, and say what is wrong with how they are refused."""
    path = Path("settings.yaml")
    path.write_text(json.dumps(settings), encoding="utf-8")
    try:
        load(path)
    except CurationError as error:
        said = str(error)
        if len(said.splitlines()) > MOST_LINES:
            yield f"{len(said.splitlines())} lines"
        if "settings.yaml" not in said:
            yield f"names no file: {said}"
        yield from (f"a library's words: {said}" for words in FOREIGN if words in said)
    except Exception as error:  # whatever it is, the test tells of it
        yield f"{type(error).__name__}: {error}"


def of_plug_ins() -> dict[str, tuple[dict[str, Any], Place, Any, Load]]:
    """List the plug-ins whose settings stand in settings files, with the place where they stand."""
    load: Load = load_any_settings
    return {
        **{f"judge {n}": ({**RUN, "label": [{"judge": n, "model": "tiny"}]}, ("label", 0), JUDGES[n], load) for n in JUDGES},
        **{f"verifier {n}": ({**RUN, "label": [{"verifier": n}]}, ("label", 0), VERIFIERS[n], load) for n in VERIFIERS},
        **{f"strategy {n}": ({**RUN, "compare": {"strategy": n}}, ("compare",), STRATEGIES[n], load) for n in STRATEGIES},
        **{f"format {n}": ({**RUN, "export": [{"format": n}]}, ("export", 0), FORMATS[n], load) for n in FORMATS},
        **{f"task {n}": ({"task": n}, ("options",), TASKS[n], load_queue_settings) for n in TASKS},
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_of_a_settings_file_refuses_bad_values_by_file_key_and_value(kind: str) -> None:
    model, base, load = KINDS[kind]
    assert list(refused(base, load)) == []
    places = list(dict.fromkeys(places_in(model)))
    assert len(places) > 20
    wrong = [
        f"{place} = {value!r:.60}: {fault:.300}"
        for place in places
        for value in bad_values(place)
        for fault in refused(placed(base, place, value), load)
    ]
    assert wrong == []


def test_every_setting_of_a_plug_in_refuses_bad_values_by_file_key_and_value() -> None:
    wrong = [
        f"{what}: {place} = {value!r:.60}: {fault:.300}"
        for what, (base, at, plug_in, load) in of_plug_ins().items()
        for place in dict.fromkeys(places_in(plug_in, at))
        for value in bad_values((what, place))
        for fault in refused(placed(base, place, value), load)
    ]
    assert wrong == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_spoilt_settings_file_is_refused_in_a_line(kind: str) -> None:
    _, base, load = KINDS[kind]
    path = Path("settings.yaml")
    for data in spoilt(yaml.safe_dump(base).encode(), kind):
        path.write_bytes(data)
        try:
            load(path)
        except CurationError as error:
            said = str(error)
            assert "settings.yaml" in said and len(said.splitlines()) <= MOST_LINES, data
            assert not any(words in said for words in (*FOREIGN, "<unicode string>")), said


def test_every_variable_of_the_environment_is_named_with_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path("run.yaml").write_text(json.dumps(ROUNDS))
    names = {"__".join(map(str, p)).upper() for p in places_in(RoundsSettings) if 0 not in p}
    wrong = []
    for name in sorted(f"WINNOW_{name}" for name in names if "__M" not in name):
        for value in bad_values(name):
            text = value if isinstance(value, str) else json.dumps(value)
            if "\0" in text or "\ud800" in text:
                continue
            with monkeypatch.context() as patch:
                patch.setenv(name, text)
                try:
                    load_any_settings(Path("run.yaml"))
                    load_warehouse()
                except CurationError as error:
                    said = str(error)
                    if len(said.splitlines()) > MOST_LINES or any(w in said for w in FOREIGN):
                        wrong.append(f"{name}={text:.60}: {said:.300}")
                except Exception as error:  # whatever it is, the test tells of it
                    wrong.append(f"{name}={text:.60}: {type(error).__name__}: {error}")
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("WINNOW_WAREHOUSE", "/x", r"WINNOW_WAREHOUSE is '/x', wanted JSON .* WINNOW_WAREHOUSE__PATH"),
        ("WINNOW_WAREHOUSE__S3", "yes", "WINNOW_WAREHOUSE__S3 is 'yes', wanted JSON"),
        ("WINNOW_WAREHOUSE__PATH", "", "WINNOW_WAREHOUSE__PATH: warehouse.path: it is empty"),
        ("WINNOW_WAREHOUSE__PTH", "/x", "WINNOW_WAREHOUSE__PTH: unknown key 'warehouse.pth'; did you mean 'path'"),
        ("WINNOW_WAREHUOSE__PATH", "/x", r"WINNOW_WAREHUOSE__PATH is no setting; did you mean WINNOW_WAREHOUSE__PATH\?"),
        ("WINNOW_WAREHOUSE__S3__USE_SSL", "maybe", "use_ssl is 'maybe', wanted true or false; correct or unset it"),
    ],
    ids=["folder", "no JSON", "empty", "unknown part", "misspelt", "no truth value"],
)  # fmt: skip
def test_a_wrong_variable_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(CurationError, match=said) as caught:
        load_warehouse()
    assert len(str(caught.value).splitlines()) == 1


def test_every_pattern_of_a_setting_has_words() -> None:
    def patterns(kind: Any) -> Iterator[str]:
        for place in str(kind.model_json_schema()).split("'pattern': '")[1:]:
            yield place.split("'")[0].replace("\\\\", "\\")

    for kind in (RoundsSettings, QueueSettings):
        assert set(patterns(kind)) <= set(PATTERNS)


@pytest.mark.parametrize("ending", ["jsonl", "json", "csv", "tsv", "parquet", "jsonl.gz"])
def test_a_spoilt_input_file_of_any_format_is_a_line_or_is_counted(ending: str) -> None:
    good = _table(ending)
    for data in spoilt(good, ending):
        path = Path(f"spoilt.{ending}")
        path.write_bytes(data)
        settings = {**RUN, "prompts": {"path": path.name}}
        Path("run.yaml").write_text(json.dumps(settings))
        code, said = said_by("validate", "run.yaml")
        assert " prompts in, " in said if code == 0 else path.name in said, said
        assert len(said.splitlines()) <= MOST_LINES, said
        assert not any(words in said for words in (*FOREIGN, *LIBRARIES)), said


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_a_spoilt_table_of_judgments_is_a_line_or_is_counted(ending: str) -> None:
    rows = [{"item_id": str(i), "annotator": f"p{i % 2}", "verdict": "ab"[i % 2]} for i in range(6)]
    for data in spoilt(_table(ending, rows), f"judgments {ending}"):
        path = Path(f"spoilt.{ending}")
        path.write_bytes(data)
        code, said = said_by("aggregate", path.name, "--out", "labels.csv")
        assert len(said.splitlines()) <= MOST_LINES, said
        assert code == 0 or path.name in said, said
        assert not any(words in said for words in (*FOREIGN, *LIBRARIES)), said


def _table(ending: str, rows: list[dict[str, Any]] | None = None) -> bytes:
    import pandas as pd

    table = pd.DataFrame(rows or [PAIR | {"prompt": f"Why {i}?"} for i in range(5)])
    path = Path(f"good.{ending}")
    match ending.split(".")[0]:
        case "csv":
            table.to_csv(path, index=False)
        case "tsv":
            table.to_csv(path, index=False, sep="\t")
        case "json":
            table.to_json(path, orient="records")
        case "jsonl":
            table.to_json(path, orient="records", lines=True)
        case _:
            table.to_parquet(path)
    return path.read_bytes()


def _make_broken(folder: Path) -> dict[str, Path]:
    """Make places that are no warehouse, by what they are."""
    loop, file, garbage = folder / "loop", folder / "file", folder / "garbage"
    loop.symlink_to("loop")
    file.write_text("x")
    for where, data in ((garbage, b"x" * 5000), (folder / "empty", b"")):
        where.mkdir()
        (where / "catalog.sqlite").write_bytes(data)
    (folder / "folder" / "catalog.sqlite").mkdir(parents=True)
    dangling = folder / "dangling"
    dangling.symlink_to("nowhere")
    return {
        "loop": loop,
        "file": file,
        "garbage": garbage,
        "empty": folder / "empty",
        "folder": folder / "folder",
        "dangling": dangling,
        "long": folder / ("x" * 300),
        "device": Path("/dev/null"),
        "missing": folder / "no" / "such",
    }


@pytest.mark.parametrize(
    "words", [["releases"], ["status"], ["maintain"], ["show", "x@1"]], ids=" ".join
)
def test_what_is_no_warehouse_is_told_in_a_line(folder: Path, words: list[str]) -> None:
    for what, place in _make_broken(folder).items():
        code, said = said_by(*words, "--warehouse", str(place))
        assert code == 1 and len(said.splitlines()) == 1, (what, said)
        assert said.startswith("winnow: ") and str(place)[:40] in said, (what, said)


TAKES = {
    "sql": "select 1",
    "judgments": "judgments.csv",
    "data": "judgments.csv",
    "config": "run.yaml",
}
STARTS_SERVERS = {
    ("annotate", "up"),
    ("annotate", "push"),
    ("annotate", "pull"),
    ("run",),
    ("rounds",),
}
VALUES = [
    "", "x", "-1", "1e9", "nan", "9" * 30, "no/such", "file", "loop", "folder", "/dev/null", "x" * 300, "a=b", "=",
    "[bold]x[/]", "preferences@x", "@", "s3://b/x", "a\nb", "'; drop table runs; --", "train=nan", "{}", "~", "%s",
]  # fmt: skip


@pytest.mark.parametrize("words", sorted(commands().keys() - STARTS_SERVERS), ids=" ".join)
def test_every_option_of_a_command_refuses_bad_values_in_a_few_lines(
    folder: Path, words: tuple[str, ...]
) -> None:
    (folder / "file").write_bytes(bytes(range(256)))
    (folder / "loop").symlink_to("loop")
    (folder / "folder").mkdir()
    shutil.copy("pairs.jsonl", "judgments.csv")
    Path("run.yaml").write_text(json.dumps(RUN))
    parameters = [p for p in commands()[words].params if p.name != "help"]
    for i, value in enumerate(VALUES):
        spoilt_one = parameters[i % len(parameters)]
        options, arguments = [], []
        for one in parameters:
            if one is not spoilt_one and not one.required:
                continue
            text = value if one is spoilt_one else TAKES.get(one.name, "out.csv")
            is_flag = getattr(one, "is_flag", False)
            if one.opts[0].startswith("-"):
                options += [f"{one.opts[0]}={text}"] if is_flag else [one.opts[0], text]
            else:
                arguments.append(text)
        code, said = said_by(*words, *options, "--", *arguments)
        assert code in (0, 1, 2), (options, arguments, said)
        most = 40 if words == ("doctor",) else MOST_LINES  # its answer is a table
        assert code == 0 or 0 < len(said.strip().splitlines()) <= most, (
            options,
            arguments,
            said,
        )
    assert not os.path.lexists("house")
