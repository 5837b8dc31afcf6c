"""Redaction: where text leaves the process, a secret in it is replaced by the name of what holds it.

Errors, records of failures, logs and tracebacks pass through `redacted`. It knows the secrets of the environment, those
that were read on the way, and the places in an address, a header or a setting where only a secret can stand.
"""

import base64
import os
import re
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from pydantic import AfterValidator

_SHORTEST = 4
_SHORTEST_WORD = 8
"""Fewer letters or digits alone are a placeholder, such as EMPTY, or part of any text."""

_HOLDS_SECRET = re.compile(
    r"(?:^|_)(?:KEY|TOKEN|SECRET|PASSPHRASE)$|PASSWORD$|PASSWD$|_AUTH_STRING$"
)
_SECRET_PARAMETER = re.compile(
    r"(?:api[-_]?|access[-_]?)?(?:key|token|secret|password|sig|signature)", re.I
)
_PLACES = (
    # http://user:password@host
    (re.compile(r"(://[^/\s:@'\"]*:)[^/\s@'\"]+(?=@)"), r"\1***"),
    # ?api-key=...
    (re.compile(rf"([?&]{_SECRET_PARAMETER.pattern}=)[^&\s#'\"]+", re.I), r"\1***"),
    # Authorization: Bearer ...; a word of plain lower-case letters is prose
    (re.compile(r"\b(Bearer |Basic )(?=[a-z]*[^a-z\s])[\w.~+/=-]{4,}"), r"\1***"),
    # password: ..., "api_key": "..."
    (re.compile(r"\b((?:password|passwd|api_?key)['\"]?\s*[:=]\s*['\"]?)[^\s'\",;&}]+", re.I), r"\1***"),
)  # fmt: skip

_names: dict[str, str] = {}
_known: re.Pattern[str] | None = None


def remember(secret: str, name: str) -> None:
    """Have a secret replaced from now on.

    Args:
        secret: The secret as it is. One of fewer than 4 characters, or of fewer than 8 that are all letters or all
            digits, is passed over: it may be part of any text, and is a placeholder such as EMPTY rather than a secret.
        name: What stands in its place, such as "$MY_KEY".
    """
    global _known
    is_plain = secret.isalpha() or secret.isdigit()
    if len(secret) < (_SHORTEST_WORD if is_plain else _SHORTEST):
        return
    for form in (secret, quote(secret, safe=""), secret.replace("/", "\\/")):
        _names.setdefault(form, name)
    longest_first = sorted(_names, key=len, reverse=True)
    _known = re.compile("|".join(map(re.escape, longest_first)))


def remember_environment(environment: Mapping[str, str] = os.environ) -> None:
    """Have the secrets replaced that variables hold: keys, tokens and passwords by their names, and those in addresses."""
    for variable, value in environment.items():
        secret = value.strip()
        if _HOLDS_SECRET.search(variable.upper()) and len(secret) >= _SHORTEST_WORD:
            remember(secret, f"${variable}")
        if "://" in secret:
            _remember_address(secret, f"${variable}")


def _remember_address(address: str, name: str) -> None:
    try:
        parts = urlsplit(address)
        user, password = parts.username or "", parts.password or ""
    except ValueError:
        return
    if password:
        plain = unquote(password)
        remember(password, name)
        remember(plain, name)
        # As the header of a proxy holds it.
        remember(base64.b64encode(f"{unquote(user)}:{plain}".encode()).decode(), name)
    for parameter, value in parse_qsl(parts.query):
        if _SECRET_PARAMETER.fullmatch(parameter):
            remember(value, name)


def redacted(text: str) -> str:
    """Return a text without the secrets in it; one without any is given back as it is."""
    if _known is not None:
        text = _known.sub(lambda found: _names[found[0]], text)
    for place, shown in _PLACES:
        text = place.sub(shown, text)
    return text


Shown = Annotated[str, AfterValidator(redacted)]
"""A text of a record that holds what others said, kept without secrets."""

remember_environment()
