"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from winnow.schemas.errors import InvalidSettings


def _known_encoding(name: str | None) -> str | None:
    if name is None:
        return None
    from winnow.pipelines.reading.settings import known_encoding

    try:
        return known_encoding(name)
    except ValueError as error:
        raise InvalidSettings(f"--encoding: {error}") from None


EncodingOption = Annotated[
    str | None,
    typer.Option(
        help="Encoding of text files that are not UTF-8, such as cp1252.", callback=_known_encoding
    ),
]

WarehouseOption = Annotated[
    Path | None,
    typer.Option(
        help="Folder of the warehouse, .winnow where nothing says otherwise. Catalog and object storage: "
        "the settings of a run, or WINNOW_WAREHOUSE__CATALOG and WINNOW_WAREHOUSE__DATA_PATH.",
        show_default=False,
    ),
]

ReleaseArgument = Annotated[
    str, typer.Argument(help="Release such as preferences@3; without a number, the newest.")
]
