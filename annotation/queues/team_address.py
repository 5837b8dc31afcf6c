"""The team's own Argilla, where there is one."""

import os
from collections.abc import Mapping

from winnow.annotation.argilla.server import Address
from winnow.schemas.errors import InvalidSettings
from winnow.schemas.secrets import read_key


def team_address(environment: Mapping[str, str] = os.environ) -> Address | None:
    """Return the team's own Argilla, named by ARGILLA_API_URL and ARGILLA_API_KEY; None where neither is set.

    Raises:
        InvalidSettings: Only one of the two is set, or the key cannot be one.
    """
    url, key = environment.get("ARGILLA_API_URL"), read_key("ARGILLA_API_KEY", environment)
    if url and key:
        return Address(url.rstrip("/"), key, environment.get("ARGILLA_WORKSPACE"))
    if url or key:
        there, missing = ("ARGILLA_API_URL", "ARGILLA_API_KEY")[:: 1 if url else -1]
        raise InvalidSettings(
            f"{there} is set but {missing} is not; set both to use your own Argilla, or neither to use the one on "
            "this machine",
            missing=missing,
        )
    return None
