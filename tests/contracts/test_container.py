"""What the image and the compose file promise about safety, read from their text."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "service" / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
OURS = {name: service for name, service in COMPOSE["services"].items() if "build" in service}


def test_only_audio_and_service_are_copied_into_the_image():
    copied = re.findall(r"^COPY (?!--from)(\S+) ", DOCKERFILE, re.MULTILINE)
    assert copied == ["requirements/${REQUIREMENTS}", "audio/", "service/"]


def test_the_image_runs_as_a_numbered_user_that_is_not_root():
    user, group = re.findall(r"^USER (\d+):(\d+)$", DOCKERFILE, re.MULTILINE)[-1]
    assert int(user) > 0
    assert int(group) > 0


def test_the_process_receives_signals_itself():
    command = re.search(r"^CMD (\[.+\])$", DOCKERFILE, re.MULTILINE)
    assert command is not None
    assert json.loads(command[1]) == ["python", "-m", "service"]


def test_the_health_of_the_container_is_the_readiness_of_the_service():
    assert re.search(r"^HEALTHCHECK .*\\\n\s+CMD \[.*/health/ready", DOCKERFILE, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_container_can_write_nowhere_and_gain_nothing(name):
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "./models:/models:ro" in service["volumes"]
    assert all("noexec" in mount for mount in service["tmpfs"])
    assert service["mem_limit"]


def test_what_observes_the_service_gains_nothing_either():
    for name in ("prometheus", "grafana"):
        observer = COMPOSE["services"][name]
        assert observer["profiles"] == ["monitoring"]
        assert observer["read_only"] is True
        assert observer["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in observer["security_opt"]
        mounts = [mount.split(":") for mount in observer["volumes"]]
        assert all(mount[-1] == "ro" for mount in mounts if mount[0].startswith("."))
        assert all((ROOT / mount[0]).exists() for mount in mounts if mount[0].startswith("."))


@pytest.mark.parametrize("name", sorted(COMPOSE["services"]))
def test_a_port_is_published_on_this_machine_only(name):
    assert all(port.startswith("127.0.0.1:") for port in COMPOSE["services"][name].get("ports", []))


def test_the_services_have_ports_of_their_own():
    published = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    on_the_host = [port.rsplit(":", 1)[0] for port in published]
    assert len(on_the_host) == len(set(on_the_host))


def test_without_a_profile_only_the_cpu_service_starts():
    assert [name for name, service in COMPOSE["services"].items() if "profiles" not in service] == [
        "tonespace"
    ]


@pytest.mark.parametrize(
    ("name", "requirements"), [("tonespace", "service.txt"), ("tonespace-gpu", "service-gpu.txt")]
)
def test_each_image_is_built_from_its_own_lock(name, requirements):
    default = re.search(r"^ARG REQUIREMENTS=(\S+)$", DOCKERFILE, re.MULTILINE)
    assert default is not None
    chosen = COMPOSE["services"][name]["build"].get("args", {}).get("REQUIREMENTS", default[1])
    let_in = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert chosen == requirements
    assert f"!requirements/{requirements}" in let_in


def test_an_image_can_be_built_with_the_libraries_of_traces():
    assert (
        "!requirements/service-traces.txt"
        in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    )


def test_the_gpu_service_does_not_start_without_a_gpu():
    assert COMPOSE["services"]["tonespace-gpu"]["environment"]["TONESPACE_PROVIDER"] == "cuda"
