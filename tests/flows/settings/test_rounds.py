from pathlib import Path

import pytest

from winnow.flows.settings.rounds import RoundsSettings
from winnow.flows.settings.run import load_settings_of
from winnow.schemas.errors import InvalidSettings

GOOD = """
name: toy
comparisons: {path: pairs.jsonl}
label: [{verifier: form}]
rounds: {budget: 10, per_round: 5, people: {replay: gold.parquet}}
"""


def load(tmp_path: Path, text: str) -> RoundsSettings:
    path = tmp_path / "rounds.yaml"
    path.write_text(text)
    return load_settings_of(RoundsSettings, path)


def test_recorded_verdicts_may_be_named_by_their_file(tmp_path: Path) -> None:
    replay = load(tmp_path, GOOD).rounds.people.replay
    assert replay is not None and replay.path == Path("gold.parquet")


def test_exemplars_need_no_other_gold(tmp_path: Path) -> None:
    judged = GOOD.replace("{verifier: form}", "{judge: pairwise, model: tiny, exemplars: 4}")
    assert load(tmp_path, judged).label[0].annotator_id.startswith("pairwise@1:tiny#")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("{replay: gold.parquet}", "{}"), "give one of 'queue', 'sheet' and 'replay'; found nothing"),
        (("gold.parquet}", "gold.parquet, queue: q}"), "found queue and replay"),
        (("replay: gold.parquet", "sheet: to_label.xlsx"), "wanted a name that ends in .csv"),
        (("gold.parquet}", "gold.parquet, n_people: 3}"), "n_people is 3, but a replay has one answer each"),
        (("budget: 10", "budget: 0"), "rounds.budget is 0, wanted greater than or equal to 1"),
        (("budget: 10, ", ""), "rounds.budget is missing"),
        (("rounds:", "aggregate: {method: votes}\nrounds:"), "rounds decide by 'winnow' alone"),
        (("budget: 10", "budgte: 10, budget: 10"), "did you mean 'budget'?"),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)  # fmt: skip
def test_a_wrong_setting_is_named_with_the_way_out(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    with pytest.raises(InvalidSettings) as caught:
        load(tmp_path, GOOD.replace(*change))
    assert message in str(caught.value)
