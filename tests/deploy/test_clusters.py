from pathlib import Path
from typing import Any

import pytest
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
FLINK, DASK = DEPLOY / "flink", DEPLOY / "dask"
SHARED = "${WINNOW_SHARED:?the folder of the warehouse}:${WINNOW_SHARED}"


def services(folder: Path) -> dict[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = yaml.safe_load((folder / "compose.yaml").read_text())
    return loaded["services"]


def kubernetes(folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """Give what a manifest makes, by kind and name."""
    made = yaml.safe_load_all((folder / "kubernetes.yaml").read_text())
    return {(one["kind"], one["metadata"]["name"]): one for one in made}


def containers(deployment: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = deployment["spec"]["template"]["spec"]["containers"]
    return {container["name"]: container for container in found}


def properties(text: str) -> dict[str, str]:
    return {k: str(v) for k, v in yaml.safe_load(text).items()}


def test_containers_have_the_settings_that_survive_a_lost_task_manager() -> None:
    survives = properties((FLINK / "config.yaml").read_text()).items()
    for name in ("jobmanager", "taskmanager-1", "taskmanager-2"):
        environment = services(FLINK)[name]["environment"]
        assert survives <= properties(environment["FLINK_PROPERTIES"]).items()
    made = kubernetes(FLINK)["ConfigMap", "flink-properties"]["data"]["FLINK_PROPERTIES"]
    assert survives <= properties(made).items()
    for name in ("jobmanager", "taskmanager"):
        (told,) = containers(kubernetes(FLINK)["Deployment", name])[name]["envFrom"]
        assert told["configMapRef"]["name"] == "flink-properties"


def test_each_task_manager_alone_reaches_its_pool_of_workers() -> None:
    for number in (1, 2):
        pool = services(FLINK)[f"pool-{number}"]
        assert pool["network_mode"] == f"service:taskmanager-{number}"
        assert "--listen 127.0.0.1:50000" in pool["command"]
        assert pool["volumes"] == [SHARED]
    pod = containers(kubernetes(FLINK)["Deployment", "taskmanager"])
    assert pod.keys() == {"taskmanager", "pool"}
    assert pod["pool"]["command"][-2:] == ["--listen", "127.0.0.1:50000"]
    assert [v["mountPath"] for v in pod["pool"]["volumeMounts"]] == ["/srv/winnow"]


@pytest.mark.parametrize("folder", [FLINK, DASK], ids=["flink", "dask"])
def test_nothing_is_published_beyond_this_machine(folder: Path) -> None:
    ports = [port for service in services(folder).values() for port in service.get("ports", ())]
    assert ports and all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("folder", [FLINK, DASK], ids=["flink", "dask"])
def test_every_container_finds_what_it_is_given(folder: Path) -> None:
    made = kubernetes(folder)
    for (kind, name), one in made.items():
        if kind == "Service":
            labels = made["Deployment", name]["spec"]["template"]["metadata"]["labels"]
            assert one["spec"]["selector"].items() <= labels.items()
        if kind != "Deployment":
            continue
        spec = one["spec"]["template"]["spec"]
        volumes = {volume["name"]: volume for volume in spec.get("volumes", ())}
        for container in spec["containers"]:
            assert {v["name"] for v in container.get("volumeMounts", ())} <= volumes.keys()
        if claim := volumes.get("winnow"):
            assert ("PersistentVolumeClaim", claim["persistentVolumeClaim"]["claimName"]) in made


@pytest.mark.parametrize("folder", [FLINK, DASK], ids=["flink", "dask"])
def test_without_what_is_marked_as_the_shared_folder_an_object_store_alone_will_do(
    folder: Path,
) -> None:
    def unmarked(file: str) -> str:
        lines = (folder / file).read_text().splitlines()
        return "\n".join(line for line in lines if not line.endswith("# shared folder"))

    left = yaml.safe_load(unmarked("compose.yaml"))
    assert left.keys() > {"services"} and "WINNOW_SHARED" not in str(left)
    made = [one for one in yaml.safe_load_all(unmarked("kubernetes.yaml")) if one]
    assert [one["metadata"]["name"] for one in made if one["kind"] == "PersistentVolumeClaim"]
    assert "claimName" not in str(made) and "/srv/winnow" not in str(made)


def test_dask_has_its_settings_wherever_it_runs() -> None:
    for service in services(DASK).values():
        assert service["environment"]["DASK_CONFIG"] == "/etc/dask/distributed.yaml"
        assert "./distributed.yaml:/etc/dask/distributed.yaml:ro" in service["volumes"]
    for name in ("scheduler", "worker"):
        container = containers(kubernetes(DASK)["Deployment", name])[name]
        assert {"name": "DASK_CONFIG", "value": "/etc/dask/distributed.yaml"} in container["env"]
        assert {"name": "config", "mountPath": "/etc/dask"} in container["volumeMounts"]
    assert SHARED in services(DASK)["worker"]["volumes"]


def test_dask_knows_every_key_of_its_settings() -> None:
    pytest.importorskip("distributed")
    import dask.config

    def leaves(tree: dict[str, Any], above: str = "") -> list[str]:
        found = [(f"{above}{key}", value) for key, value in tree.items()]
        return [
            leaf
            for key, value in found
            for leaf in (leaves(value, f"{key}.") if isinstance(value, dict) else [key])
        ]

    keys = leaves(yaml.safe_load((DASK / "distributed.yaml").read_text()))
    assert keys and [key for key in keys if dask.config.get(key, "missing") == "missing"] == []
