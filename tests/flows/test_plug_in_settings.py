from pathlib import Path
from typing import Any

import pytest
import yaml

from winnow.flows.settings.queue import QueueSettings, load_queue_settings
from winnow.flows.settings.run import load_settings
from winnow.pipelines.labelling.settings import JudgeSettings, VerifierSettings
from winnow.pipelines.steps.aggregate import AggregateSettings
from winnow.pipelines.steps.compare import CompareSettings
from winnow.pipelines.steps.keep import FilterSettings
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.plug_ins import PlugInSettings
from winnow.warehouse.export import ExportSettings

MODEL = {"engine": "openai", "model": "m", "urls": ["http://127.0.0.1:9/v1"]}
RUN = {
    "name": "n",
    "prompts": {"path": "p.jsonl"},
    "models": {"m": MODEL},
    "label": [{"verifier": "form"}],
}
KINDS: dict[str, tuple[type[PlugInSettings[Any]], str, Any]] = {
    "judge": (JudgeSettings, "label", [{"judge": "pairwise", "model": "m"}]),
    "verifier": (VerifierSettings, "label", [{"verifier": "form"}]),
    "strategy": (CompareSettings, "compare", {"strategy": "group"}),
    "method": (AggregateSettings, "aggregate", {"method": "majority"}),
    "filter": (FilterSettings, "keep", [{"filter": "margin"}]),
    "format": (ExportSettings, "export", [{"format": "trl"}]),
    "task": (QueueSettings, "", {"task": "pairwise"}),
}
"""By what a kind of plug-in is called: its settings, and where they stand in a file."""


def load(folder: Path, kind: str, **more: Any) -> Any:
    _, key, entry = KINDS[kind]
    changed = [{**entry[0], **more}] if isinstance(entry, list) else {**entry, **more}
    whole = {**RUN, key: changed} if key else changed
    path = folder / "settings.yaml"
    path.write_text(yaml.safe_dump(whole), encoding="utf-8")
    return load_settings(path) if key else load_queue_settings(path)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_plug_in_is_looked_up_in_a_registry_under_its_own_word(kind: str) -> None:
    settings, _, _ = KINDS[kind]
    assert (settings.registry.what, settings.named_by) == (kind, kind)
    assert all((k.name, k.version > 0) == (name, True) for name, k in settings.registry.items())


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_that_no_plug_in_has_is_said_with_file_key_and_known_names(
    tmp_path: Path, kind: str
) -> None:
    with pytest.raises(InvalidSettings) as refused:
        load(tmp_path, kind, **{kind: "zzz"})
    said, (settings, key, _) = str(refused.value), KINDS[kind]
    assert said.startswith(f"{tmp_path / 'settings.yaml'}: {key}")
    assert f"no {kind} named 'zzz'" in said
    assert all(name in said for name in settings.registry)


@pytest.mark.parametrize("kind", KINDS)
def test_a_setting_that_a_plug_in_lacks_is_said_with_file_key_and_its_settings(
    tmp_path: Path, kind: str
) -> None:
    with pytest.raises(InvalidSettings) as refused:
        load(tmp_path, kind, zzz=1)
    said, (_, key, entry) = str(refused.value), KINDS[kind]
    name = (entry[0] if isinstance(entry, list) else entry)[kind]
    assert said.startswith(f"{tmp_path / 'settings.yaml'}: {key}")
    assert f"{name} has no setting 'zzz'; its settings: " in said


@pytest.mark.parametrize(
    ("kind", "setting", "value", "said"),
    [
        ("judge", "max_critique_chars", "x", "label[0].judge: max_critique_chars of pairwise is 'x', wanted a whole number"),
        ("verifier", "min_chars", -1, "label[0].verifier: min_chars of form is -1, wanted greater than or equal to 0"),
        ("strategy", "size", 1, "compare: size of group is 1, wanted greater than or equal to 2"),
        ("filter", "options", {"threshold": 3}, "keep[0]: threshold of margin is 3, wanted less than or equal to 1"),
        ("format", "variant", "x", "export[0]: variant of trl is 'x', wanted 'preference', "),
        ("task", "is_justified", [], "is_justified of pairwise is [], wanted true or false"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_said_with_file_key_value_and_what_was_wanted(
    tmp_path: Path, kind: str, setting: str, value: Any, said: str
) -> None:
    with pytest.raises(InvalidSettings) as refused:
        load(tmp_path, kind, **{setting: value})
    assert str(refused.value).startswith(f"{tmp_path / 'settings.yaml'}: {said}")


def test_a_mistyped_key_of_an_entry_is_told_from_the_plug_ins_own(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match=r"no setting 'temprature' \(did you mean 'temper"):
        load(tmp_path, "judge", temprature=0.2)


def test_a_threshold_may_stand_among_the_options_of_its_filter() -> None:
    written = [{"margin": 0.2}, {"filter": "margin", "options": {"threshold": 0.2}}]
    built = [FilterSettings.model_validate(entry).build() for entry in written]
    assert built[0] == built[1]


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"orders": "ab"}, "orders is 'ab', but rating with these settings is asked about one"),
        ({"min_difference": 2}, "rating: min_difference is 2, but with pointwise no two responses"),
        ({"pointwise": "one"}, "pointwise of rating is 'one', wanted"),
    ],
    ids=["orders", "min_difference", "pointwise"],
)
def test_what_a_judge_of_one_response_cannot_take_is_said_with_file_key_value_and_way_out(
    tmp_path: Path, more: dict[str, Any], text: str
) -> None:
    with pytest.raises(InvalidSettings) as refused:
        load(tmp_path, "judge", **{"judge": "rating", "pointwise": True, **more})
    said = str(refused.value)
    assert said.startswith(f"{tmp_path / 'settings.yaml'}: label[0]") and text in said
