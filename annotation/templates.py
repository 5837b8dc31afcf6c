"""The prompts in annotation/prompts/."""

from functools import cache
from importlib.resources import files
from string import Template


@cache
def load_prompt(name: str) -> Template:
    """Read a prompt by the name of its file without ".md"; `$name` marks what is filled in."""
    return Template((files("winnow.annotation") / "prompts" / f"{name}.md").read_text("utf-8"))
