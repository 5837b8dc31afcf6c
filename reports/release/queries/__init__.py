"""The SQL behind every figure, as it runs and as the page shows it."""

import re
from collections.abc import Iterable
from importlib.resources import files

from winnow.schemas.judgments import VERIFIED
from winnow.warehouse.sql import quote


def figure_sql(
    name: str,
    *,
    release: str,
    run_id: str,
    preferences: Iterable[str] = (),
    rubrics: Iterable[str] = (),
) -> str:
    """Return the SQL of one figure, ready to be run by hand with `winnow query --at RELEASE`."""
    text = _text(name).replace("$decided_lengths", _text("decided_lengths"))
    values = {
        "release": quote(release),
        "run": quote(run_id),
        "verified": quote(VERIFIED),
        "preferences": ", ".join(map(quote, preferences)) or "NULL",
        "rubrics": ", ".join(map(quote, rubrics)) or "NULL",
    }
    return re.sub(r"\$(\w+)", lambda found: values[found[1]], text).strip()


def _text(name: str) -> str:
    return files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8").strip()
