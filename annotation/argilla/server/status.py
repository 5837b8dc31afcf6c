"""What a look at the server finds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Status:
    """Whether the server runs, and the parts it consists of."""

    url: str | None
    """Address of the web page; None where it was never started."""

    is_answering: bool
    """Whether the page answers."""

    processes: dict[str, int | None]
    """Process id of each part by name; None where it does not run."""

    home: str
    """Folder of its database, logs and accounts."""
