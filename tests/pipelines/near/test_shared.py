import random

import numpy as np
import pyarrow as pa

from winnow.pipelines.near.batches import Texts
from winnow.pipelines.near.shared import Sets, own_pieces, own_sets, shared_runs


def each(sets: Sets) -> list[set[int]]:
    return [set(part.tolist()) for part in np.split(sets.hashes, sets.starts[1:-1])]


def test_what_is_sketched_of_a_text_is_its_set_of_pieces_that_count() -> None:
    draw = random.Random(3)
    words = ["".join(draw.choices("abcdefghiklm", k=5)) for _ in range(200)]
    template = " ".join(draw.choices(words, k=40))
    texts = [" ".join(draw.choices(words, k=draw.randint(0, 30))) for _ in range(60)]
    texts = pa.array(sorted({f"{template} {text}" if i % 3 == 0 else text for i, text in enumerate(texts)}))  # fmt: skip
    runs = shared_runs(Texts(texts))
    assert len(runs.hashes)
    found, wanted = own_pieces(texts, runs), own_sets(texts, runs)
    assert each(found) == each(wanted)
    assert len(own_pieces(texts, shared_runs(Texts(texts[:1]))).hashes) > len(wanted.hashes)  # fmt: skip
