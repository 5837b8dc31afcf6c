"""What one annotator is handed to get in: a file for this person alone."""

import socket
from pathlib import Path
from string import Template

from winnow.annotation.argilla.server.accounts import write_private

_TEXT = Template("""\
Your account for labelling

address:    $address
user name:  $name
password:   $password

1. Open the address in a browser and sign in.
2. Choose a queue from the list and read its guidelines.
3. Answer an item and press Submit; press Discard for one that you cannot judge.

This is for you alone. If somebody else has seen it, ask for a new password.
""")


def path_of(home: Path, name: str) -> Path:
    """Return the file that one annotator is handed.

    Args:
        home: Folder of the server, or what stands for it.
        name: Name of the account.
    """
    return home / "credentials" / f"{name}.txt"


def write(home: Path, name: str, password: str, address: str) -> Path:
    """Write the file that one annotator is handed; only the user that runs Winnow can read it.

    Args:
        home: Folder of the server, or what stands for it.
        name: Name of the account.
        password: Its password.
        address: Where the annotator's browser finds the page.
    """
    path = path_of(home, name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, _TEXT.substitute(address=address, name=name, password=password))
    return path


def remove(home: Path, name: str) -> None:
    """Remove the file that one annotator was handed, where there is one."""
    path_of(home, name).unlink(missing_ok=True)


def address_for_others(url: str, host: str) -> str:
    """Return the address at which other machines find a page, as far as one can tell.

    Args:
        url: Where this machine finds it.
        host: What the server listens on.
    """
    if host in ("0.0.0.0", "::"):
        return f"http://{socket.gethostname()}:{url.rpartition(':')[2]}"
    return url
