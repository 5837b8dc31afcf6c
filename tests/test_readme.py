"""What the README shows can be done as it says."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests import orchard
from winnow.flows.settings.run import load_settings

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_the_python_works(tmp_path: Path) -> None:
    orchard.publish_orchard(tmp_path).close()
    (code,) = blocks("python")
    found: dict[str, Any] = {}
    exec(code.replace("/home/you/winnow/.winnow", str(tmp_path)), found)
    assert found["reasons"].num_rows > 0
    assert found["table"].num_rows > len(found["train"]) > 0


@pytest.mark.parametrize("sql", blocks("sql"))
def test_every_query_gives_rows(sql: str, tmp_path: Path) -> None:
    with orchard.publish_orchard(tmp_path) as warehouse:
        assert warehouse.query(sql).num_rows > 0


def test_the_settings_are_valid(tmp_path: Path) -> None:
    (text,) = blocks("yaml")
    path = tmp_path / "run.yaml"
    path.write_text(text, encoding="utf-8")
    assert load_settings(path).model_names() == ["qwen", "judge"]


def test_every_link_into_the_repository_leads_somewhere() -> None:
    targets = re.findall(r"\]\(((?!https?:)[^)#]+)\)", README)
    assert targets
    assert [t for t in targets if not (Path(__file__).parents[1] / t).exists()] == []
