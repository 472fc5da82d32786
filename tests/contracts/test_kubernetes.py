"""The manifests in kubernetes/ are valid, and name what the service has."""

import importlib
from pathlib import Path

import pytest
import yaml

from service.app import create_app
from service.metrics import REGISTRY
from service.settings import Settings, variables

MANIFESTS = Path(__file__).parents[2] / "kubernetes"
KUBERNETES = "1.33"  # any that has these versions of its API
ALL = [m for file in sorted(MANIFESTS.glob("*.yaml")) for m in yaml.safe_load_all(file.read_text("utf-8"))]


def the(kind):
    (manifest,) = [manifest for manifest in ALL if manifest["kind"] == kind]
    return manifest


def container():
    (only,) = the("Deployment")["spec"]["template"]["spec"]["containers"]
    return only


@pytest.fixture(scope="module")
def kubernetes_validate():
    return importlib.import_module("kubernetes_validate")  # takes seconds


@pytest.mark.parametrize("manifest", ALL, ids=lambda manifest: manifest["kind"])
def test_a_manifest_is_valid(manifest, kubernetes_validate):
    kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


@pytest.mark.parametrize("manifest", ALL, ids=lambda manifest: manifest["kind"])
def test_a_misspelt_field_is_not(manifest, kubernetes_validate):
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(
            manifest | {"spec": {**manifest["spec"], "replica": 2}}, KUBERNETES, strict=True
        )


def test_probes_ask_paths_of_the_service_at_its_port():
    paths = create_app(Settings()).openapi()["paths"]
    ports = {port["name"]: port["containerPort"] for port in container()["ports"]}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        asked = container()[probe]["httpGet"]
        assert "get" in paths[asked["path"]]
        assert ports[asked["port"]] == Settings.model_fields["port"].default


def test_variables_are_settings():
    assert {variable["name"] for variable in container()["env"]} <= set(variables())


def test_pods_end_after_the_service_has_finished():
    set_here = {variable["name"]: variable.get("value") for variable in container()["env"]}
    needed_s = float(set_here["TONESPACE_DRAIN_S"]) + Settings.model_fields["deadline_s"].default
    assert the("Deployment")["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] > needed_s


def test_the_service_and_the_disruption_budget_select_the_pods():
    labels = the("Deployment")["spec"]["template"]["metadata"]["labels"]
    assert the("Deployment")["spec"]["selector"]["matchLabels"] == labels
    assert the("Service")["spec"]["selector"] == labels
    assert the("PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == labels


def test_the_autoscaler_scales_the_deployment_by_a_gauge_of_the_service():
    spec = the("HorizontalPodAutoscaler")["spec"]
    assert spec["scaleTargetRef"]["name"] == the("Deployment")["metadata"]["name"]
    assert "replicas" not in the("Deployment")["spec"]
    (gauge,) = [metric["pods"]["metric"]["name"] for metric in spec["metrics"] if metric["type"] == "Pods"]
    assert {metric.type for metric in REGISTRY.collect() if metric.name == gauge} == {"gauge"}
