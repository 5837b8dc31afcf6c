"""The Redis that Argilla queues its background jobs in: an installed one, behind a private socket."""

import hashlib
import os
import shutil
import socket
import tempfile
from pathlib import Path

from winnow.annotation.argilla.server.accounts import write_private
from winnow.schemas.errors import InvalidSettings, MissingPackage

_LONGEST_SOCKET_PATH = 100
"""Bytes; the kernel takes 107."""

_SETTINGS = """\
port 0
unixsocket {socket}
unixsocketperm 700
dir {folder}
appendonly yes
save ""
daemonize no
set-proc-title no
"""


def find() -> str:
    """Return the path of an installed redis-server, or of Valkey, its twin.

    Raises:
        MissingPackage: There is none; the text says how to get one.
    """
    for program in ("redis-server", "valkey-server"):
        if path := shutil.which(program):
            return path
    raise MissingPackage(
        "Argilla needs Redis and no redis-server is installed: `apt-get install redis-server` (Debian, Ubuntu), "
        "`dnf install valkey` (Fedora) or `conda install redis-server`; or set ARGILLA_REDIS_URL to a Redis of yours"
    )


def socket_path(home: Path) -> Path:
    """Return the place of the socket: in `home`, or, where that path is too long for one, in a private folder."""
    usual = home.resolve() / "redis.sock"
    if len(os.fsencode(usual)) <= _LONGEST_SOCKET_PATH:
        return usual
    short = hashlib.sha256(os.fsencode(usual)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"winnow-{os.getuid()}-{short}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise InvalidSettings(
            f"{folder} is open to others; remove it, or choose a shorter home than {home}",
            folder=str(folder),
        )
    return folder / "redis.sock"


def command(home: Path) -> list[str]:
    """Write the settings of a Redis that only this user reaches, and give the command that starts it."""
    folder = home.resolve() / "redis"
    folder.mkdir(mode=0o700, exist_ok=True)
    settings = folder / "redis.conf"
    quoted = f'"{socket_path(home)}"'
    write_private(settings, _SETTINGS.format(socket=quoted, folder=f'"{folder}"'))
    return [find(), str(settings)]


def url(home: Path) -> str:
    """Return the address by which Argilla reaches it."""
    return f"unix://{socket_path(home)}"


def answers(home: Path) -> bool:
    """Whether something takes connections on the socket and answers a ping."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(2)
        try:
            client.connect(str(socket_path(home)))
            client.sendall(b"PING\r\n")
            return client.recv(64).startswith(b"+PONG")
        except OSError:
            return False
