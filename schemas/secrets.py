"""Keys of servers, read from the environment in one place."""

import os
from collections.abc import Mapping

from winnow.schemas.errors import InvalidSettings
from winnow.schemas.redaction import remember


def read_key(variable: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """Read a key that an HTTP header is to carry, without the white space round it; None where there is none.

    From then on no text of this process shows it: see `winnow.schemas.redaction`.

    Args:
        variable: Environment variable that holds it.
        environment: Where it is looked up.

    Raises:
        InvalidSettings: It holds a character that no key has; the text names the variable and never the key.
    """
    key = environment.get(variable, "").strip()
    if not key:
        return None
    remember(key, f"${variable}")
    for place, character in enumerate(key, 1):
        if not "!" <= character <= "~":
            raise InvalidSettings(
                f"{variable} holds {_named(character)} at character {place} of {len(key)}, which no key has; "
                f"set it to the key alone",
                variable=variable,
            )
    return key


def _named(character: str) -> str:
    if character in "\r\n":
        return "a line break"
    if character.isspace():
        return "white space"
    return f"U+{ord(character):04X}"
