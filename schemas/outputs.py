"""Outputs: what is written must not be what is read, and must be what its name says."""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from winnow.schemas.errors import InvalidSettings, UnknownName

_ADDRESS = re.compile(
    r"(hf|s3a?|gs|gcs|r2|az|abfss?|https?|ftp|file):/+(.*)", re.IGNORECASE | re.DOTALL
)
"""An address, also as `Path` writes it, with one slash."""

_WAYS = {
    "hf": "give a folder, and push it with `hf upload ME/NAME FOLDER --repo-type dataset`",
    "s3": "give a folder, and copy it with `aws s3 cp --recursive FOLDER {address}`",
    "gs": "give a folder, and copy it with `gcloud storage cp --recursive FOLDER {address}`",
    "file": "give the path alone: {path}",
}
_WAY = "give a folder, and copy it there"


def ending_of(path: Path, known: Iterable[str]) -> str:
    """Return the ending of a file's name, which says the format to write, such as ".csv" or ".csv.gz".

    Raises:
        UnknownName: It is none of the known ones; lists them.
    """
    listed = tuple(known)
    for ending in ("".join(path.suffixes[-2:]), path.suffix):
        if ending.lower() in listed:
            return ending.lower()
    raise UnknownName.among("file ending", path.suffix, listed)


def refuse_inputs(outputs: Mapping[str, Path], inputs: Mapping[str, Path | None]) -> None:
    """Check, before anything is written, that no output would replace an input or be read as one.

    Args:
        outputs: Files or folders to write, by what they are called, such as "--out".
        inputs: Files or folders that are read, by what they are called; what is not there or None is passed over.

    Raises:
        InvalidSettings: An output is an address; an input, whatever its spelling or links; a folder that holds one and
            would be replaced; or a file that would stand in a folder all of which is read.
    """
    for said, out in outputs.items():
        refuse_address(said, out)
        for name, path in inputs.items():
            if path is not None and (how := _meets(out, path)):
                raise InvalidSettings(
                    f"{said} {out} {how} {name} {path}, which is read; choose another place to write to",
                    path=str(out),
                )


def refuse_address(said: str, out: Path, way_out: str | None = None) -> None:
    """Refuse an address where a folder or file of this machine is to be written.

    Args:
        said: What the place is called, such as "--out".
        out: The place.
        way_out: What to do instead; None for writing to a folder and copying that.

    Raises:
        InvalidSettings: It is an address, such as hf://datasets/me/mine or s3://bucket/mine.
    """
    if found := _ADDRESS.fullmatch(str(out)):
        scheme, place = found[1].lower(), found[2]
        address = f"{scheme}://{place}"
        way = way_out or _WAYS.get(scheme, _WAY).format(address=address, path=f"/{place}")
        raise InvalidSettings(
            f"{said} is {address}, but it has to be a place on this machine; {way}", path=str(out)
        )


def _meets(out: Path, path: Path) -> str | None:
    if not path.exists():
        return None
    target, source = _real(out), _real(path)
    if target == source or (out.exists() and out.samefile(path)):
        return "is"
    if source.is_relative_to(target):
        return "holds"
    is_file = out.is_file() or (bool(out.suffix) and not out.is_dir())
    return "would stand in" if path.is_dir() and is_file and target.parent == source else None


def refuse_within(outputs: Mapping[str, Path], folder: Path, but: tuple[str, ...] = ()) -> None:
    """Check that no output would replace what a folder holds, or the folder.

    Args:
        outputs: Files or folders to write, by what they are called.
        folder: What nothing but Winnow itself writes to, such as a warehouse.
        but: Names in it under which outputs may stand.

    Raises:
        InvalidSettings: An output is a file of the folder; or it is the folder, or holds it.
    """
    for said, out in outputs.items():
        target, root = _real(out), _real(folder)
        inside = target.relative_to(root).parts if target.is_relative_to(root) else None
        # A folder there is an export, or is not replaced: `winnow.warehouse.export` sees to that.
        if inside and (inside[0] in but or not out.is_file()):
            continue
        if folder.exists() and (inside is not None or root.is_relative_to(target)):
            raise InvalidSettings(
                f"{said} {out} would replace what the warehouse {folder} holds; choose another place to write to",
                path=str(out),
            )


def refuse_unwritable(outputs: Mapping[str, Path]) -> None:
    """Check, before any work is done, that outputs can be written where they are to be.

    Args:
        outputs: Files or folders to write, by what they are called.

    Raises:
        InvalidSettings: A name is too long or no name, a folder on the way is a file, or this user may not write there.
    """
    for said, out in outputs.items():
        if reason := _why_not(out):
            raise InvalidSettings(
                f"{said} {out} cannot be written: {reason}; choose another place", path=str(out)
            )


def _why_not(out: Path) -> str | None:
    try:
        there = next((p for p in (out, *out.absolute().parents) if p.exists()), Path("/"))
    except OSError as error:
        return str(error.strerror).lower()
    except ValueError as error:
        return str(error)
    if out.is_symlink() and not out.exists():
        return "it is a link to nowhere"
    if there != out and not there.is_dir():
        return f"{there} is a file, no folder"
    folder = there if there.is_dir() else there.absolute().parent
    return None if os.access(folder, os.W_OK | os.X_OK) else f"you may not write in {folder}"


def _real(path: Path) -> Path:
    # Unlike Path.resolve, this names the file behind a link in the last part as well, also where it is missing.
    return Path(os.path.realpath(path))
