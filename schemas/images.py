"""The address of an image, with the hash of its bytes where they lay in a file when it was read.

The hash stands behind the path, as in `cat.png#sha256=9f86d0...`. A picture is known by its bytes: ids depend on the hash and
not on the path, so another picture under the same path is another, and the same picture under another path is the same.
"""

import hashlib
from pathlib import Path
from typing import NamedTuple

_SEAL = "#sha256="
_N_DIGITS = 64


class ImagePlace(NamedTuple):
    """Where an image is."""

    place: str
    """Address, path or data URI."""

    sha256: str | None
    """SHA-256 of the file's bytes, as 64 hex digits; None where it was no file that could be read."""


def sealed(image: str) -> str:
    """Return an address with the hash of the file that it names from here; as it is where it names none."""
    path = local_path(image)
    try:
        content = path.read_bytes() if path and path.is_file() else None
    except (OSError, ValueError):
        content = None
    return image if content is None else f"{image}{_SEAL}{hashlib.sha256(content).hexdigest()}"


def address_of(image: str) -> ImagePlace:
    """Take an address and its hash apart."""
    place, seal, digits = image.rpartition(_SEAL)
    return (
        ImagePlace(place, digits) if seal and len(digits) == _N_DIGITS else ImagePlace(image, None)
    )


def local_path(image: str) -> Path | None:
    """Return the path that an address without a hash names; None for a URL or a data URI."""
    if image.startswith("file://"):
        return Path(image.removeprefix("file://"))
    return None if "://" in image or image.startswith("data:") else Path(image)


def image_key(image: str) -> str:
    """Return what tells an image from another: the hash of its bytes where that is known, its address else."""
    place, sha256 = address_of(image)
    return f"sha256:{sha256}" if sha256 else place


def read_image(image: str) -> bytes:
    """Read the file that an address names.

    Raises:
        OSError: It cannot be read, or holds another picture than when the address was written.
    """
    place, sha256 = address_of(image)
    content = (local_path(place) or Path(place)).read_bytes()
    if sha256 and hashlib.sha256(content).hexdigest() != sha256:
        raise OSError(f"{place} holds another picture than when the prompt was read; run again")
    return content
