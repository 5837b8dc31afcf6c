import re
from pathlib import Path

from winnow.flows.settings.evaluation import load_evaluation

PAGE = (Path(__file__).parents[2] / "docs" / "evaluate.md").read_text(encoding="utf-8")


def test_the_settings_on_the_page_are_valid(tmp_path: Path) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "judges.yaml"
    path.write_text(block, encoding="utf-8")
    settings = load_evaluation(path)
    assert settings.model_names() == ["judge"]
    price = settings.models["judge"].price
    assert price and price.of(1_000_000, 1_000_000) == 0.75
