"""A warehouse that is given a place after people have labelled."""

import shutil
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from winnow.schemas.errors import InvalidSettings, TransientError
from winnow.warehouse import carrying
from winnow.warehouse.carrying import carry_over
from winnow.warehouse.places.place import Place
from winnow.warehouse.settings import S3Settings, WarehouseSettings

FILES = {
    "people/names.json": b"{}",
    "people/birds/queue.json": b'{"name": "birds"}',
    "people/birds/answers/1.parquet": b"said",
    "people/birds/answers/2.parquet": b"",
    "rounds/birds/asked/round-0001.parquet": b"asked",
}


def fill(folder: Path) -> None:
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def files_of(place: Place, beginning: str = "") -> dict[str, bytes]:
    found = {
        f"{beginning}{e.name}": bytes(place.content(e.name)) if e.size else b""
        for e in place.entries()
        if not e.name.endswith(".lock")
    }
    for name in place.places():
        found |= files_of(place.within(name), f"{beginning}{name}/")
    return found


@pytest.fixture
def settings(tmp_path: Path) -> WarehouseSettings:
    fill(tmp_path / "own")
    return WarehouseSettings(path=tmp_path / "own", place=str(tmp_path / "shared"))


@pytest.mark.parametrize(
    "kind", ["folder", pytest.param("store", marks=pytest.mark.server)], ids=str
)
def test_what_people_did_before_there_was_a_place_is_carried_over_once_and_said(
    tmp_path: Path, settings: WarehouseSettings, kind: str, request: pytest.FixtureRequest
) -> None:
    if kind == "store":
        s3: S3Settings = request.getfixturevalue("s3")
        place = f"s3://winnow/{uuid4().hex}"
        settings = WarehouseSettings(path=settings.path, place=place, s3=s3)
    (settings.path / "people/birds/answers/.draft.tmp").write_bytes(b"half")
    said: list[str] = []
    carry_over(settings, said.append)
    assert said == [
        f"people and rounds of {settings.path} carried over into {settings.kept.address}, "
        "where machines share them; those here are read no more"
    ]
    assert files_of(settings.kept) == FILES
    settings.people.within("birds").write("cursor.json", lambda file: file.write(b"new"))
    (settings.path / "people/birds/cursor.json").write_bytes(b"old")
    other = settings.model_copy(update={"path": tmp_path / "other"})
    fill(other.path)
    for machine in (settings, other):
        carry_over(machine, said.append)
    assert len(said) == 1
    assert files_of(settings.kept) == {**FILES, "people/birds/cursor.json": b"new"}


@pytest.mark.parametrize("n", range(len(FILES)))
def test_what_was_carried_over_by_half_is_read_by_nobody_until_it_is_whole(
    tmp_path: Path, settings: WarehouseSettings, n: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[str] = []

    def killed(*files: Any) -> None:
        if len(copied) == n:
            raise KeyboardInterrupt
        copied.append(files[1].name)
        copy(*files)

    copy = shutil.copyfileobj
    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(shutil, "copyfileobj", killed)
        carry_over(settings, pytest.fail)
    other = settings.model_copy(update={"path": tmp_path / "other"})
    with pytest.raises(InvalidSettings, match=rf"was being carried over from .*:{settings.path}"):
        carry_over(other, pytest.fail)
    said: list[str] = []
    carry_over(settings, said.append)
    carry_over(other, pytest.fail)
    assert len(said) == 1 and files_of(settings.kept) == FILES


def test_one_process_at_a_time_carries_over(
    settings: WarehouseSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying, "_WAIT_S", 0.0)
    with (
        settings.kept.alone("carrying.lock"),
        pytest.raises(TransientError, match=r"process \d+ carries over"),
    ):
        carry_over(settings, pytest.fail)
    assert files_of(settings.kept) == {}


def test_only_what_the_place_has_nothing_of_is_carried_over(settings: WarehouseSettings) -> None:
    settings.people.within("ants").write("queue.json", lambda file: file.write(b"{}"))
    said: list[str] = []
    carry_over(settings, said.append)
    assert [line.split(" of ")[0] for line in said] == ["rounds"]
    assert settings.people.places() == ["ants"] and settings.rounds.places() == ["birds"]


def test_a_warehouse_without_a_place_of_its_own_keeps_all_where_it_is(tmp_path: Path) -> None:
    fill(tmp_path)
    for place in (None, str(tmp_path)):
        carry_over(WarehouseSettings(path=tmp_path, place=place), pytest.fail)
    assert files_of(WarehouseSettings(path=tmp_path).kept) == FILES
