"""What a person should know of the splits of a release."""

from collections.abc import Iterator

from rich.text import Text

from winnow.schemas.plurals import counted
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.provenance import Provenance
from winnow.warehouse.sql import quote

_PROMPTS = """
select split, count(distinct prompt_id) as n from preferences where release = {release} group by split
"""


def split_lines(warehouse: Warehouse, provenance: Provenance) -> Iterator[Text]:
    """Say which splits that were asked for stay empty, and which hold prompts without being asked for.

    Args:
        warehouse: Where the release lies.
        provenance: What stands behind the release.
    """
    release = quote(provenance.release.release)
    rows = warehouse.query(_PROMPTS.format(release=release)).to_pylist()
    found = {row["split"]: row["n"] for row in rows}
    shares = provenance.published_shares
    total = sum(found.values())
    for name in sorted(shares.keys() - found.keys()) if total else ():
        yield Text(
            f"split {name} is empty: none of {counted(total, 'prompt')} fell into it, wanted {shares[name]:.0%}; "
            "near-duplicate prompts share a split, and a prompt stays in the split it was first published in",
            style="yellow",
        )
    for name in sorted(found.keys() - shares.keys()):
        yield Text(
            f"split {name} holds {counted(found[name], 'prompt')} though the settings ask for none: "
            "earlier releases have them there, and a prompt stays in its split",
            style="yellow",
        )
