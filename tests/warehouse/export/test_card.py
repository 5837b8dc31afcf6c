import re

import pytest
from datasets import Features
from markdown_it import MarkdownIt

from winnow.schemas.runs import ModelUse
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.export.card import read_me
from winnow.warehouse.export.facts import ExportFacts
from winnow.warehouse.export.formats import FORMATS
from winnow.warehouse.provenance import provenance_of

NAMES = (
    "`<img src=x>`",
    "a`b``c <b>",
    "``` <script>1</script>",
    "x | <b> | y",
    "two\n\nlines <b>",
    "![x](http://a.example/p.png) [y](javascript:1)",
    "\x1b[31m\u202egpj",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_on_the_card_is_shown_and_makes_nothing(
    orchard_warehouse: Warehouse, name: str
) -> None:
    found = provenance_of(orchard_warehouse, "preferences@1")
    annotator = found.annotators[0].model_copy(update={"annotator_id": name})
    use = ModelUse(
        name="m", model=name, revision=name, engine="vllm", n_requests=1, n_prompt_tokens=1, n_tokens=1
    )  # fmt: skip
    run = found.run.model_copy(update={"models": (use,)})
    facts = ExportFacts(
        found._replace(annotators=[annotator], run=run),
        FORMATS["trl"](),
        Features({}),
        "3.6",
        (),
        None,
        {},
        {},
        0,
    )
    body = read_me(facts).split("---\n", 2)[2]
    html = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(body)
    for alive in ("<img", "<b>", "<script", "<a ", "\x1b", "\u202e"):
        assert alive not in html
    (row,) = re.findall(r"<tr>\n<td><code>.*?</tr>", html, re.DOTALL)
    assert row.count("<td>") == 6
