"""Which port the page listens on."""

import errno
import socket
import time
from pathlib import Path
from random import sample

from winnow.annotation.argilla.server.accounts import write_private
from winnow.schemas.errors import InvalidSettings

USUAL = 6900
_PATIENCE_S = 3.0
_OTHERS = range(6901, 7000)
"""Below the ports that the system hands out to connections, which would take one over while its server restarts."""


def choose(host: str, fixed: int | None, last: int | None) -> int:
    """Return the fixed port, else the last one, else Argilla's usual one, else one near it that is free.

    Raises:
        InvalidSettings: The fixed port is taken, or nothing can listen on this host.
    """
    check(host, fixed)
    if fixed is not None:
        return fixed
    if last is not None and _gets_free(host, last):
        return last
    wanted = (USUAL, *sample(_OTHERS, len(_OTHERS)))
    return next((port for port in wanted if _is_free(host, port)), 0) or _any(host)


def check(host: str, fixed: int | None) -> None:
    """Check that a server can listen on this host, and on the fixed port where there is one.

    Raises:
        InvalidSettings: It cannot; says why.
    """
    if (error := _refusal(host, 0)) is not None:
        raise InvalidSettings(
            f"cannot listen on {host}: {str(error.strerror).lower()}; give an address of this machine with --host",
            host=host,
        )
    if fixed is None or _gets_free(host, fixed):
        return
    error = _refusal(host, fixed)
    if error is not None and error.errno == errno.EACCES:
        raise InvalidSettings(
            f"port {fixed} is not for this user to listen on; choose one above 1023 with --port",
            port=fixed,
        )
    raise InvalidSettings(
        f"port {fixed} on {host} is taken by another program; choose another one with --port",
        port=fixed,
    )


def last(home: Path) -> int | None:
    """Return the port of the last start; None where there was none."""
    try:
        return int((home / "port").read_text())
    except (FileNotFoundError, ValueError):
        return None


def remember(home: Path, port: int) -> None:
    """Keep the port, so that bookmarks and open pages survive a restart."""
    write_private(home / "port", f"{port}\n")


def _gets_free(host: str, port: int) -> bool:
    """Whether the port is free soon; a killed server's last thread holds it a moment longer."""
    end = time.monotonic() + _PATIENCE_S
    while not (is_free := _is_free(host, port)) and time.monotonic() < end:
        time.sleep(0.05)
    return is_free


def _is_free(host: str, port: int) -> bool:
    return _refusal(host, port) is None


def _refusal(host: str, port: int) -> OSError | None:
    """Return why a port cannot be listened on, port 0 standing for any; None where it can."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
    return None


def _any(host: str) -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
