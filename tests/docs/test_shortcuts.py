import re
from pathlib import Path

import yaml

from winnow.pipelines.shortcuts.find import ShortcutSettings
from winnow.schemas.shortcuts import SHORTCUTS

PAGE = (Path(__file__).parents[2] / "docs" / "shortcuts.md").read_text("utf-8")


def test_the_page_lists_every_shortcut() -> None:
    table = PAGE[PAGE.index("| shortcut |") : PAGE.index("`accuracy` is")]
    first_column = "".join(line.split("|")[1] for line in table.splitlines()[2:] if line)
    assert re.findall(r"`(\w+)`", first_column) == list(SHORTCUTS)


def test_the_settings_on_the_page_are_valid() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert ShortcutSettings.model_validate(yaml.safe_load(block)["shortcuts"]).fail
