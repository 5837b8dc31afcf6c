"""Where an Argilla is, and the key that opens it."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Address:
    """One Argilla server and how to sign in there."""

    url: str
    """Root of the web page and of the API, such as "http://127.0.0.1:6900"."""

    api_key: str = field(repr=False)
    """Key of an owner or admin; kept out of `repr`, so that logs never show it."""

    workspace: str | None = None
    """Workspace to work in; None where the team decides per data set."""
