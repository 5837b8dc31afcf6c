import hashlib

from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.pipelines.reading.digests import ABSENT, DigestMap


def key(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.lists(st.tuples(st.integers(0, 800), st.integers(-1, 9)), max_size=400), max_size=5)
)
def test_a_map_of_digests_holds_what_a_dict_would(rounds: list[list[tuple[int, int]]]) -> None:
    found, wanted = DigestMap(), dict[bytes, int]()
    for changes in rounds:
        for number, value in changes:
            if value < 0:
                del found[key(number)]
                wanted.pop(key(number), None)
            else:
                found[key(number)] = wanted[key(number)] = value
        assert [found.get(key(n)) for n in range(50)] == [wanted.get(key(n)) for n in range(50)]
        found.settle()
        every = [key(n) for n in range(801)]
        assert found.find(every) == [wanted.get(k, ABSENT) for k in every]
        assert [k in found for k in every] == [k in wanted for k in every]


def test_digests_that_want_one_slot_all_find_a_place() -> None:
    found = DigestMap()
    alike = [bytes(8) + n.to_bytes(8, "little") + bytes(16) for n in range(300)]
    for n, one in enumerate(alike):
        found[one] = n
    found.settle()
    assert found.find(alike) == list(range(300))
    assert [found.get(one) for one in alike] == list(range(300))
