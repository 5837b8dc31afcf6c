"""Import what a run needs later while its Prefect server comes up."""

from contextlib import suppress
from importlib import import_module

from flows.prefect_server import StartingServer

_LATER = (
    "scipy.optimize",
    "scipy.sparse.csgraph",
    "scipy.stats",
    "warehouse.report.data",
    "warehouse.report.page",
    "matplotlib.figure",
    "sklearn.linear_model",
    "sklearn.model_selection",
    "datasets",
    "apache_beam",
)


def read_ahead(server: StartingServer) -> None:
    """Import one package after the other for as long as the server is awaited; the rest is imported when it is needed."""
    for name in _LATER:
        if not server.is_awaited:
            return
        with suppress(ImportError):  # what is missing is told where it is needed
            import_module(name)
