"""Fill the template."""

import json
import re
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from schemas.durations import duration
from schemas.runs import StageCount
from warehouse.audit import AuditResult
from warehouse.report import shortcuts
from warehouse.report.data import ReportData
from warehouse.report.figures import confidence_figure, length_figure, margin_figure
from warehouse.report.intervals import percent, share
from warehouse.report.people import people_section
from warehouse.report.sampled import sampled_sentences
from warehouse.report.words import (
    cycles_sentence,
    decides_nothing,
    display_name,
    kind_of,
    length_sentence,
    sentences,
    summary,
)

_TEMPLATES = (
    "page.html.j2", "macros.html.j2", "people.html.j2", "shortcuts.html.j2", "page.css", "people.css",
)  # fmt: skip
_SHOWN_CHARACTERS = 1_500
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def render(data: ReportData) -> str:
    """Give the page as HTML. Text from prompts, responses and judges is escaped, and never runs or loads anything."""
    sources = {name: source(name) for name in _TEMPLATES}
    environment = page_environment(sources)
    environment.globals |= {
        "sentences": sentences,
        "display_name": display_name,
        "kind_of": kind_of,
        "decides_nothing": decides_nothing,
        "shortcuts": shortcuts,
        "length_sentence": length_sentence,
        "share_of": share,
    }
    measured = [s for s in data.shortcuts if s.finding != "absent"]
    plots = {
        "shortcuts": Markup(shortcuts.shortcut_figure(measured) if measured else ""),
        "confidence": Markup(confidence_figure(data.rows["confidence"])),
        "margins": Markup(margin_figure(data.rows["margins"])),
        "lengths": Markup(length_figure(data.rows["lengths"])),
    }
    return environment.get_template("page.html.j2").render(
        data=data,
        release=data.provenance.release,
        run=data.provenance.run,
        audit=AuditResult.model_validate_json(data.provenance.release.audit),
        cycles=cycles_sentence(data.rows["cycles"][0]),
        sampled=list(sampled_sentences(data.rows["sampled"])),
        plots=plots,
        css=Markup(sources["page.css"] + sources["people.css"]),
        people=people_section(data),
        summary=summary(data),
        n_mute=sum(decides_nothing(a.record) for a in data.annotators),
        stages=[stage_row(count) for count in data.provenance.run.counts],
        domains=domain_table(data.rows["splits"]),
    )


def page_environment(sources: dict[str, str]) -> Environment:
    """Give what fills templates: everything is escaped, and figures are written as the pages write them.

    Args:
        sources: Texts of the templates by name.
    """
    environment = Environment(
        loader=DictLoader(sources),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "n": lambda value: f"{value:,}",
        "percent": percent,
        "shown": shown,
        "seconds": duration,
        "figure": signed,
        "pretty": pretty,
    }
    return environment


def shown(text: str | None, limit: int = _SHOWN_CHARACTERS) -> str:
    """Shorten text for the page, saying by how much, and make control characters visible."""
    text = _CONTROLS.sub(lambda found: chr(0x2400 + ord(found[0])), text or "")
    if len(text) <= limit:
        return text
    return f"{text[:limit]} … ({len(text) - limit:,} more characters)"


def signed(value: float) -> str:
    """Write a weight with one decimal; what rounds to nothing has no sign."""
    return f"{value + 0.0:.1f}".replace("-0.0", "0.0")


def pretty(text: str) -> str:
    """Write JSON text with indents."""
    return json.dumps(json.loads(text), indent=2, ensure_ascii=False)


def stage_row(count: StageCount) -> dict[str, Any]:
    """Give a stage with the parts of its bar, in percent of what went in."""
    whole = max(count.n_in, 1)
    return {
        "count": count,
        "n_rejects": count.n_in - count.n_out,
        "out": 100 * count.n_out / whole,
        "parts": [(reject.reason, reject.n, 100 * reject.n / whole) for reject in count.rejects],
    }


def domain_table(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Turn rows of (domain, split) into a table with totals."""
    splits = sorted({r["split"] for r in rows}, key=["train", "validation", "test"].index)
    domains: dict[str, dict[str, int]] = {}
    for row in rows:
        domains.setdefault(row["domain"], dict.fromkeys(splits, 0))[row["split"]] = row["n"]
    totals = {split: sum(d[split] for d in domains.values()) for split in splits}
    prompts = {split: sum(r["n_prompts"] for r in rows if r["split"] == split) for split in splits}
    return {
        "splits": splits,
        "domains": domains,
        "totals": totals,
        "prompts": prompts,
        "n_tied": sum(r["n_tied"] for r in rows),
    }


def source(name: str) -> str:
    """Give the text of a template or of the style sheet that all pages share."""
    return files("warehouse.report").joinpath("templates", name).read_text(encoding="utf-8")
