from pathlib import Path

import pytest
from pydantic import ValidationError

from winnow.schemas.errors import InvalidSettings
from winnow.warehouse.catalog import Warehouse
from winnow.warehouse.settings import WarehouseSettings


def test_everything_lies_in_one_folder_unless_said_otherwise():
    settings = WarehouseSettings()
    assert settings.catalog_address == "sqlite:.winnow/catalog.sqlite"
    assert settings.data_address == f"{Path.cwd()}/.winnow/data/"
    assert settings.staging("1f") == Path(".winnow/staging/1f")


@pytest.mark.parametrize(
    "catalog", ["postgres:dbname=a password=hunter2", "postgres:postgresql://me:hunter2@host/a"]
)
def test_a_password_in_the_settings_is_refused_and_not_repeated(catalog):
    with pytest.raises(ValidationError, match="holds a password; put it into PGPASSWORD") as error:
        WarehouseSettings(catalog=catalog)
    assert "hunter2" not in str(error.value)


def test_another_kind_of_catalog_is_refused():
    with pytest.raises(ValidationError, match=r'wanted "postgres:dbname=... host=..."'):
        WarehouseSettings(catalog="mysql:db=a")


def test_an_object_store_without_keys_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    settings = WarehouseSettings(path=tmp_path, data_path="s3://bucket/winnow")
    with pytest.raises(InvalidSettings, match=r"AWS_ACCESS_KEY_ID .* not in the environment"):
        Warehouse.open(settings)
    assert not list(tmp_path.iterdir())


def test_an_address_is_no_folder_of_a_warehouse():
    with pytest.raises(ValidationError, match=r"it is s3://bucket/x, .* with warehouse.place"):
        WarehouseSettings(path="s3://bucket/x")


@pytest.mark.parametrize("data_path", ["hf://datasets/me/x", "gs://bucket/x"])
def test_published_data_lie_in_a_folder_or_a_store_that_speaks_s3(data_path):
    with pytest.raises(ValidationError, match=r":// is no place that Winnow writes to; wanted a"):
        WarehouseSettings(data_path=data_path)


def test_what_machines_share_lies_in_the_place_and_what_is_local_in_the_folder(tmp_path):
    alone = WarehouseSettings(path=tmp_path)
    assert alone.completions.folder == tmp_path / "completions"
    assert alone.runs.folder == tmp_path / "staging" and alone.is_one_folder
    team = WarehouseSettings(path=tmp_path, place="s3://bucket/winnow/")
    assert team.completions.address == "s3://bucket/winnow/completions"
    assert team.runs.address == "s3://bucket/winnow/staging"
    assert (team.data_address, team.is_remote) == ("s3://bucket/winnow/data/", True)
    assert team.staging("r1") == tmp_path / "staging" / "r1"
    disk = WarehouseSettings(path=tmp_path, place=str(tmp_path / "shared"))
    assert disk.data_address == f"{tmp_path}/shared/data/" and not disk.is_one_folder
    with pytest.raises(ValidationError, match="gs:// is no place that Winnow writes to"):
        WarehouseSettings(path=tmp_path, place="gs://bucket/winnow")
