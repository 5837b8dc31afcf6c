"""Importing without the garbage collector."""

import gc

import pytest

from winnow.schemas.importing import importing


def test_no_garbage_is_looked_for_while_modules_are_imported_nor_among_them_later() -> None:
    before = gc.get_freeze_count()
    with importing():
        assert not gc.isenabled()
        kept = [[] for _ in range(1_000)]
    assert gc.isenabled() and gc.get_freeze_count() >= before + len(kept)


def test_garbage_is_looked_for_again_where_an_import_fails() -> None:
    with pytest.raises(ImportError), importing():
        raise ImportError
    assert gc.isenabled()


def test_who_looks_for_no_garbage_at_all_is_left_at_it() -> None:
    gc.disable()
    try:
        with importing():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
