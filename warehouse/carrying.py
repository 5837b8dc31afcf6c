"""What people did in a warehouse before it had a place, carried over into that place: once, and whole."""

import shutil
import socket
from collections.abc import Callable
from os.path import realpath
from uuid import uuid4

from winnow.schemas.base import Value
from winnow.schemas.errors import InvalidSettings, TransientError
from winnow.warehouse.folders import PEOPLE, ROUNDS
from winnow.warehouse.places.folder import Folder
from winnow.warehouse.places.place import Place
from winnow.warehouse.settings import WarehouseSettings

_MARK, _LOCK = "carrying.json", "carrying.lock"
_WAIT_S = 120.0


class _Carrying(Value):
    """What is being carried over; while it stands in a place, nothing there is whole, and in the source it says whose it is."""

    source: str
    """Machine and folder, for people."""

    parts: tuple[str, ...]
    """Names of what is carried over."""

    token: str
    """Random; tells the source from every other."""


def carry_over(settings: WarehouseSettings, say: Callable[[str], object]) -> None:
    """Carry people's answers and rounds over where they lie in a warehouse's folder, and its place has none.

    To be called before either is read. What was carried over stays where it was as well, and is read no more. A call that was killed
    is gone on with by the next one; until then nobody else reads what is there by half.

    Args:
        settings: The warehouse.
        say: Told in a line what was carried over.

    Raises:
        InvalidSettings: What another machine was carrying over is there by half.
        TransientError: Another process is at it.
    """
    source, target = Folder(settings.path), settings.kept
    if target.folder is not None and realpath(target.folder) == realpath(source.path):
        return
    if _begun(target) is None and not _missing(source, target):
        return
    with target.alone(_LOCK, _WAIT_S) as lock:
        if not lock.is_held:
            holder = target.holder(_LOCK) or "another process"
            raise TransientError(
                f"{holder} carries over what people did into {target.address}; run again when it is done"
            )
        begun = _begun(target)
        if begun is not None and begun != _begun(source):
            raise InvalidSettings(
                f"{target.address} holds by half what was being carried over from {begun.source}; give any command there again, or, "
                f"where that folder is lost, remove {target.address}/{_MARK} to go on with what is there"
            )
        if begun is None:
            if not (parts := _missing(source, target)):
                return  # another process has done it meanwhile
            name = f"{socket.gethostname()}:{source.path.absolute()}"
            begun = _Carrying(source=name, parts=parts, token=uuid4().hex)
            for place in (source, target):
                _put(begun, place)
        for part in begun.parts:
            _copy(source.within(part), target.within(part))
        if not lock.is_held:
            raise TransientError(f"{target.address}/{_LOCK} was lost meanwhile; run again")
        target.remove(_MARK)
        source.remove(_MARK)
    what = " and ".join(begun.parts)
    say(
        f"{what} of {source.address} carried over into {target.address}, where machines share them; those here are read no more"
    )


def _missing(source: Folder, target: Place) -> tuple[str, ...]:
    """Name what the source has and the target has nothing of."""
    return tuple(
        part
        for part in (PEOPLE, ROUNDS)
        if _has_files(source.within(part)) and not _has_files(target.within(part))
    )


def _has_files(place: Place) -> bool:
    return bool(_files(place)) or any(_has_files(place.within(name)) for name in place.places())


def _files(place: Place) -> list[str]:
    """List the files of a place, but for drafts that a killed process left."""
    return [entry.name for entry in place.entries() if not entry.name.startswith(".")]


def _copy(source: Folder, target: Place) -> None:
    for name in _files(source):
        with (source.path / name).open("rb") as file, target.draft(name) as copy:
            shutil.copyfileobj(file, copy)
    for name in source.places():
        _copy(source.within(name), target.within(name))


def _begun(place: Place) -> _Carrying | None:
    try:
        return _Carrying.model_validate_json(bytes(place.content(_MARK)))
    except FileNotFoundError:
        return None


def _put(begun: _Carrying, place: Place) -> None:
    content = begun.model_dump_json(indent=1).encode()
    place.write(_MARK, lambda file: file.write(content))
