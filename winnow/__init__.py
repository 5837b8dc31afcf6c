"""Winnow in Python: open a warehouse, query it, load a release, run a curation, aggregate a table of judgments.

    import winnow

    release = winnow.run("run.yaml")
    rows = winnow.load(release, warehouse=".winnow")
    split = winnow.load(release, warehouse=".winnow", to="datasets")
    counts = winnow.query("select reason, count(*) from rejects group by reason")

Each name is imported when it is first used, so `import winnow` itself takes no time.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from winnow.annotation.aggregation import Aggregation, aggregate
    from winnow.api import load, open, query, releases, run
    from winnow.schemas.errors import CurationError
    from winnow.schemas.runs import Release
    from winnow.warehouse.catalog import Warehouse

__all__ = [
    "Aggregation",
    "CurationError",
    "Release",
    "Warehouse",
    "aggregate",
    "load",
    "open",
    "query",
    "releases",
    "run",
]

_ELSEWHERE = {
    "Aggregation": "winnow.annotation.aggregation",
    "CurationError": "winnow.schemas.errors",
    "Release": "winnow.schemas.runs",
    "Warehouse": "winnow.warehouse.catalog",
    "aggregate": "winnow.annotation.aggregation",
}
"""Names that `winnow.api` does not define itself."""


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'winnow' has no attribute {name!r}")
    return getattr(import_module(_ELSEWHERE.get(name, "winnow.api")), name)


def __dir__() -> list[str]:
    return __all__
