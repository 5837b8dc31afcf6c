"""What is written for users promises what engines keep, and links lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT
from winnow.pipelines.inference.requests import ChatRequest
from winnow.pipelines.inference.vllm_engine import VllmEngine

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def words(text: str | None) -> str:
    return " ".join((text or "").split())


def test_the_same_text_is_promised_of_stored_answers_alone() -> None:
    readme = words((ROOT / "README.md").read_text("utf-8"))
    assert "the same stored answers give the same release, byte for byte" in readme
    assert (
        "engines do not promise the same text for the same seed at another batch size, and neither do we"
        in readme
    )
    assert "does not promise the same text for the same seed" in words(VllmEngine.__doc__)
    assert "text" not in words(ChatRequest.seed.__doc__)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_promises_the_same_text_again(page: Path) -> None:
    text = words(page.read_text("utf-8"))
    promises = r"(?i)reproducib|deterministic|bit-identical|(?<!promise )the same text (again|for the same)"
    assert re.findall(promises, text) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_to_a_file_and_a_heading(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text("utf-8")):
        file, _, anchor = target.partition("#")
        path = page.parent / file if file else page
        assert path.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
            made = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
            assert anchor in made, target


def test_the_readme_leads_to_every_page() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [
        p.name for p in PAGES if p.parent.name == "docs" and f"docs/{p.name}" not in readme
    ] == []
