"""Where in a segment the record of a request stands: a small file beside each large segment, so that it need not be read."""

from hashlib import blake2b
from typing import BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Keys = npt.NDArray[np.bytes_]
"""16 bytes a request, of its request_id."""

Rows = npt.NDArray[np.int64]
"""Places in a list or a file, from 0."""

_DIGITS = 64
_N_BYTES = 16
KEY_TYPE = np.dtype(f"S{_N_BYTES}")
"""Type of a key."""
_SCHEMA = pa.schema(
    [pa.field("key", pa.binary(_N_BYTES), False), pa.field("row", pa.uint32(), False)]
)
_VALUES = np.full(256, 255, np.uint8)
_VALUES[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.arange(16, dtype=np.uint8)


class Found(NamedTuple):
    """Which of the wanted keys a segment has."""

    wanted: Rows
    """Places of the keys that it has in the list of those wanted."""

    rows: Rows
    """The row of each in the segment."""


class KeyIndex(NamedTuple):
    """The keys of a segment, each once, with the row in which it stands first."""

    keys: Keys
    """Sorted."""

    rows: Rows
    """The row of each in the segment."""

    @classmethod
    def of(cls, keys: Keys) -> "KeyIndex":
        """Index the keys of a segment's rows."""
        return cls(*np.unique(keys, return_index=True))

    @classmethod
    def read(cls, content: pa.Buffer) -> "KeyIndex":
        """Read what `write` wrote; nothing is copied, and only what is looked at is read.

        Raises:
            pyarrow.ArrowInvalid: It is something else.
        """
        with pa.ipc.open_file(content) as file:
            table = file.read_all()
        if not table.num_rows:
            return cls(np.empty(0, f"S{_N_BYTES}"), np.empty(0, np.uint32))
        keys, rows = (table[name].chunk(0) for name in _SCHEMA.names)
        return cls(np.frombuffer(keys.buffers()[1], f"S{_N_BYTES}", len(keys)), rows.to_numpy())

    def write(self, file: BinaryIO) -> None:
        """Write the index as an Arrow file, as it lies in memory."""
        keys = pa.py_buffer(np.ascontiguousarray(self.keys))
        columns = [
            pa.FixedSizeBinaryArray.from_buffers(pa.binary(_N_BYTES), len(self.keys), [None, keys]),
            pa.array(self.rows, pa.uint32()),
        ]
        with pa.ipc.new_file(file, _SCHEMA) as writer:
            writer.write_batch(pa.record_batch(columns, schema=_SCHEMA))

    def find(self, wanted: Keys) -> Found:
        """Look up sorted keys, in time that grows with their number and the logarithm of the segment's."""
        if not len(self.keys):
            return Found(np.empty(0, np.int64), np.empty(0, np.int64))
        places = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        is_there = self.keys[places] == wanted
        return Found(np.flatnonzero(is_there), self.rows[places[is_there]].astype(np.int64))


def keys_of(request_ids: pa.Array | pa.ChunkedArray) -> Keys:
    """Shorten request_ids to 16 bytes: half of a SHA-256, which tells any two of them apart.

    Args:
        request_ids: Strings, none of them null. What is no SHA-256 in 64 hex digits is hashed.
    """
    if isinstance(request_ids, pa.ChunkedArray):
        parts = [keys_of(chunk) for chunk in request_ids.chunks]
        return np.concatenate([np.empty(0, f"S{_N_BYTES}"), *parts])
    is_usual = pc.equal(pc.binary_length(request_ids), _DIGITS)
    if len(request_ids) and pc.all(is_usual).as_py():
        halves = _first_bytes(request_ids)
        if halves is not None:
            return halves
    digests = [_digest(one) for one in request_ids.to_pylist()]
    return np.array(digests, f"S{_N_BYTES}")


def _first_bytes(request_ids: pa.Array) -> Keys | None:
    """Read the first half of the hex digits; None where something else stands among them."""
    ids = request_ids.cast(pa.large_string())
    text = np.frombuffer(ids.buffers()[2], np.uint8)
    first = np.frombuffer(ids.buffers()[1], np.int64)[ids.offset]
    digits = text[first : first + len(ids) * _DIGITS].reshape(-1, _DIGITS)
    values = _VALUES[digits[:, : 2 * _N_BYTES]]
    if values.max() > 15 or _VALUES[digits[:, 2 * _N_BYTES :]].max() > 15:
        return None
    packed = (values[:, ::2] << 4) | values[:, 1::2]
    return np.ascontiguousarray(packed).view(f"S{_N_BYTES}").reshape(-1)


def _digest(request_id: str) -> bytes:
    if len(request_id) == _DIGITS and set(request_id) <= set("0123456789abcdef"):
        return bytes.fromhex(request_id[: 2 * _N_BYTES])
    return blake2b(request_id.encode("utf-8", "replace"), digest_size=_N_BYTES).digest()
