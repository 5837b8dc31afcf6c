import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from docs.environment import VARIABLES
from docs.examples import KINDS, examples, home_of
from docs.pages import PAGES
from docs.sections import SECTIONS
from docs.values import models_in
from winnow.annotation.judges import JUDGES
from winnow.annotation.queues.tasks import TASKS
from winnow.annotation.verifiers import VERIFIERS
from winnow.pipelines.filters import FILTERS
from winnow.pipelines.pairing import STRATEGIES
from winnow.pipelines.steps import STEPS
from winnow.schemas.field_docstrings import descriptions
from winnow.warehouse.export.formats import FORMATS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "settings.md").read_text("utf-8")
PLUG_INS = (JUDGES, VERIFIERS, TASKS, STRATEGIES, FORMATS)
OTHERS = {
    "ARGILLA_HOME_PATH", "ARGILLA_SEARCH_ENGINE", "ARGILLA_AUTH_SECRET_KEY", "ARGILLA_CORS_ORIGINS",
    "ARGILLA_DATABASE_SQLITE_TIMEOUT", "WINNOW_ARGILLA_PART", "WINNOW_ENGINE_OF_PROCESS",
    "PREFECT_API_KEY", "PREFECT_API_AUTH_STRING",
    "PREFECT_SERVER_ANALYTICS_ENABLED", "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "PREFECT_CLIENT_MAX_RETRIES",
    "PREFECT_UI_ENABLED", "HF_HUB_DISABLE_TELEMETRY", "HF_HUB_VERBOSITY", "HF_HUB_OFFLINE",
    "WINNOW_WAREHOUSE__PATH", "WINNOW_WAREHOUSE__CATALOG", "WINNOW_WAREHOUSE__DATA_PATH",
}  # fmt: skip
"""Variables that Winnow sets for others, reads of Prefect's own settings, or that are settings."""


def reached(kinds: Iterable[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    """List the models of settings, and those that their keys hold."""
    todo, seen = list(kinds), set[type[BaseModel]]()
    while todo:
        if (model := todo.pop()) in seen:
            continue
        seen.add(model)
        yield model
        for field in model.model_fields.values():
            todo += models_in(field.annotation)


def all_models() -> list[type[BaseModel]]:
    plug_ins: list[Any] = [kind for kinds in PLUG_INS for kind in kinds.values()]
    plug_ins += [kind for kind in STEPS.values() if not kind.holds]
    return list(reached([*KINDS.values(), *plug_ins]))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_page_is_exactly_what_the_definitions_say(path: Path) -> None:
    assert path.read_text("utf-8") == PAGES[path](), "run make docs"


def test_every_model_of_settings_has_a_section() -> None:
    assert set(all_models()) <= {section.model for section in SECTIONS}


def test_every_key_has_a_meaning_in_plain_words() -> None:
    filters: list[Any] = list(FILTERS.values())
    for model in [*all_models(), *filters]:
        said = descriptions(model)
        for name in model.model_fields:
            assert name in said, (model, name)
            assert "None" not in said[name], (model, name)


def test_every_key_without_keys_of_its_own_has_an_example() -> None:
    given = examples()
    lacking = [
        (model.__name__, name)
        for model in all_models()
        for name, field in model.model_fields.items()
        if (home_of(model, name), name) not in given and not list(models_in(field.annotation))
    ]
    assert lacking == []


def test_every_link_on_the_page_leads_to_a_heading() -> None:
    headings = re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
    assert len(anchors) == len(headings)
    assert set(re.findall(r"\]\(#([^)]*)\)", PAGE)) <= anchors


def test_every_environment_variable_that_the_code_reads_is_on_the_page() -> None:
    rooms = ("schemas", "warehouse", "annotation", "pipelines", "reports", "flows")
    code = "\n".join(p.read_text("utf-8") for room in rooms for p in (ROOT / room).rglob("*.py"))
    named = r"(?<![A-Z_])(?:(?:WINNOW|ARGILLA|AWS|PREFECT|HF)_[A-Z][A-Z_]*[A-Z]|PGPASSWORD|[A-Z]+_PROXY)(?![A-Z_])"
    found = set(re.findall(named, code)) - OTHERS
    assert found == {variable.name for variable in VARIABLES}
