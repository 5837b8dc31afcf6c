import re
from pathlib import Path

from winnow.flows.settings.rounds import RoundsSettings
from winnow.flows.settings.run import load_settings_of

PAGE = Path(__file__).parents[2] / "docs" / "rounds.md"


def test_the_settings_on_the_page_are_valid(tmp_path: Path) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    path = tmp_path / "rounds.yaml"
    path.write_text(block)
    assert load_settings_of(RoundsSettings, path).rounds.given == "vendor"


def test_the_plot_is_there() -> None:
    assert (PAGE.parent / "rounds.png").read_bytes().startswith(b"\x89PNG")
