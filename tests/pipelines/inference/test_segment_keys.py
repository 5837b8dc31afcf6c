from hashlib import sha256

import numpy as np
import pyarrow as pa
import pytest

from winnow.pipelines.inference.segment_keys import KeyIndex, keys_of

HEX = [sha256(i.to_bytes(4, "big")).hexdigest() for i in range(500)]
ODD = ["", "a", "0-1", "g" * 64, "A" * 64, "0" * 64, "0" * 32 + "1" * 32, "0" * 63, "grain \ud7ff"]


@pytest.mark.parametrize("ids", [HEX, ODD, [*HEX, *ODD], []], ids=["usual", "odd", "both", "none"])
def test_an_id_has_one_key_whatever_it_stands_beside(ids: list[str]) -> None:
    together = keys_of(pa.array(ids, pa.string()))
    alone = [keys_of(pa.array([one]))[0] for one in ids]
    assert together.tolist() == alone
    pieces = pa.chunked_array([ids[:3], ids[3:]], pa.string())
    assert keys_of(pieces).tolist() == alone
    sliced = pa.array(["before", *ids], pa.string()).slice(1)
    assert keys_of(sliced).tolist() == alone


def test_no_two_ids_share_a_key_but_those_that_share_half_of_a_hash() -> None:
    ids = [*HEX, *ODD]
    assert len(set(keys_of(pa.array(ids)).tolist())) == len(ids) - 1


def test_an_index_that_was_written_finds_what_a_list_of_the_keys_would() -> None:
    stored = [*HEX[:300], *ODD, HEX[5], HEX[7]]
    sink = pa.BufferOutputStream()
    KeyIndex.of(keys_of(pa.array(stored))).write(sink)
    index = KeyIndex.read(sink.getvalue())
    wanted = np.sort(keys_of(pa.array([*HEX[250:], *ODD])))
    found = index.find(wanted)
    keys = keys_of(pa.array(stored)).tolist()
    expected = {i: keys.index(key) for i, key in enumerate(wanted.tolist()) if key in keys}
    assert dict(zip(found.wanted.tolist(), found.rows.tolist(), strict=True)) == expected


def test_an_index_of_nothing_finds_nothing() -> None:
    sink = pa.BufferOutputStream()
    KeyIndex.of(keys_of(pa.array([], pa.string()))).write(sink)
    assert len(KeyIndex.read(sink.getvalue()).find(keys_of(pa.array(HEX[:2]))).rows) == 0
