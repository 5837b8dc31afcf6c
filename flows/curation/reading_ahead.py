"""Import what a run needs later while it waits: for its Prefect server, and for the audit."""

from collections.abc import Callable
from contextlib import suppress
from importlib import import_module

from winnow.schemas.importing import importing

_LATER = (
    "scipy.optimize",
    "scipy.sparse.csgraph",
    "scipy.stats",
    "winnow.reports.release.data",
    "winnow.reports.release.page",
    "matplotlib.figure",
    "sklearn.linear_model",
    "sklearn.model_selection",
    "datasets",
)
_TO_ASK = ("apache_beam",)


def read_ahead(is_time: Callable[[], bool], *, asks: bool = False) -> None:
    """Import one package after the other for as long as there is time; the rest is imported when it is needed.

    Args:
        is_time: Whether what is waited for is still to come.
        asks: Whether models are still to be asked.
    """
    with importing():
        for name in (*_LATER, *(_TO_ASK if asks else ())):
            if not is_time():
                return
            with suppress(ImportError):  # what is missing is told where it is needed
                import_module(name)
