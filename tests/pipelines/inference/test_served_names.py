from pathlib import Path

import pytest
import yaml

from tests.pipelines.inference.asking import ask
from winnow.flows.settings.evaluation import load_evaluation
from winnow.flows.settings.run import load_settings
from winnow.pipelines.inference.models import OpenAIModel, identify
from winnow.schemas.errors import InvalidSettings

BIG = {"engine": "openai", "model": "default", "urls": ["http://h:1/v1"]}
SMALL = BIG | {"urls": ["http://h:2/v1"]}
RUN = {
    "name": "toy",
    "prompts": {"path": "prompts.jsonl"},
    "sample": [{"model": "big", "n": 2}],
    "label": [{"verifier": "form"}],
}
JUDGE = {"judge": "pairwise", "model": "small"}


def load(folder: Path, small: dict[str, object], **more: object) -> None:
    path = folder / "run.yaml"
    path.write_text(yaml.safe_dump(RUN | {"models": {"big": BIG, "small": small}} | more))
    load_settings(path)


@pytest.mark.parametrize(
    "more",
    [{"sample": [{"model": "big"}, {"model": "small"}]}, {"label": [JUDGE]}],
    ids=["both sample", "one judges"],
)
def test_two_models_of_one_served_name_are_refused_with_the_way_out(
    tmp_path: Path, more: dict[str, object]
) -> None:
    with pytest.raises(
        InvalidSettings,
        match=r"run.yaml: models.big and models.small are both 'default', at http://h:1/v1 and at http://h:2/v1: one "
        r"would get the answers of the other; .* give one a 'revision' .models.small.revision: small.; .*list all urls under one name",
    ):
        load(tmp_path, SMALL, **more)


@pytest.mark.parametrize(
    "small",
    [
        SMALL | {"revision": "small"},
        SMALL | {"extra_body": {"seed": None}},
        SMALL | {"urls": ["http://h:2/v1", "http://H:1/v1/"]},
        SMALL | {"model": "other"},
    ],
    ids=["revision", "answers otherwise", "an address in common", "name"],
)
def test_models_that_can_be_told_apart_or_are_one_pass(
    tmp_path: Path, small: dict[str, object]
) -> None:
    load(tmp_path, small, label=[JUDGE])


def test_a_model_that_is_not_called_is_in_nobodys_way(tmp_path: Path) -> None:
    load(tmp_path, SMALL)


def test_judges_of_an_evaluation_are_told_apart_as_well(tmp_path: Path) -> None:
    path = tmp_path / "judges.yaml"
    judges = [JUDGE, JUDGE | {"model": "big"}]
    path.write_text(yaml.safe_dump({"models": {"big": BIG, "small": SMALL}, "label": judges}))
    with pytest.raises(InvalidSettings, match="are both 'default'"):
        load_evaluation(path)


def test_a_revision_of_the_second_leaves_what_was_paid_for_the_first(tmp_path: Path) -> None:
    def request_id(settings: dict[str, object]) -> str:
        return ask(
            identify(OpenAIModel.model_validate(settings), tmp_path, name="x"), "q"
        ).request_id

    assert request_id(BIG) != request_id(SMALL | {"revision": "small"})
    assert request_id(BIG) == request_id(BIG | {"urls": ["http://elsewhere/v1"]})
