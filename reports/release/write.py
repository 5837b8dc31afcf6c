"""Write the report of a release: one HTML page that needs nothing else."""

from pathlib import Path
from typing import TYPE_CHECKING

from winnow.reports.files import write_page
from winnow.schemas.errors import MissingPackage

if TYPE_CHECKING:
    from winnow.warehouse.catalog import Warehouse


def write_report(warehouse: "Warehouse", release: str, out: Path) -> Path:
    """Write one self-contained HTML page about a release: no script, no network, light, dark and on paper.

    Args:
        warehouse: Where the release lies.
        release: Name such as "preferences@3"; without a number, the newest.
        out: File to write; an earlier one is replaced. Of a folder, `<release>.html` in it.

    Returns:
        The file that was written.

    Raises:
        UnknownName: There is no such release.
        MissingPackage: jinja2, matplotlib or scipy is not installed.
    """
    try:
        from winnow.reports.release.data import read_report
        from winnow.reports.release.page import render
    except ModuleNotFoundError as error:
        raise MissingPackage(
            f"a report needs the package {error.name}; pip install 'winnow[run]'",
            package=error.name,
        ) from error
    data = read_report(warehouse, release)
    path = out / f"{data.provenance.release.release}.html" if out.is_dir() else out
    write_page(render(data), path)
    return path
