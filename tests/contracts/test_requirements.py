"""What the locks promise: exact files, one version everywhere, and nothing where it does not belong."""

import re
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).parents[2] / "requirements"
OURS = ["service", "service-gpu", "service-traces", "ray", "cli", "dev", "adapt", "training"]
LOCKS = [*OURS, "bench"]  # the last is for servers to compare, which ask for versions of their own

# name==version ; marker \
PIN = re.compile(r"^(?P<name>[a-z0-9.-]+)==(?P<version>\S+)(?: ; (?P<marker>.+?))? \\$", re.MULTILINE)
HASHED = re.compile(r"[a-z0-9.-]+==.* --hash=sha256:[0-9a-f]{64}")


def text(lock):
    return (REQUIREMENTS / f"{lock}.txt").read_text(encoding="utf-8")


def names(lock):
    return {pin["name"] for pin in PIN.finditer(text(lock))}


def test_there_is_no_other_lock():
    assert {file.stem for file in REQUIREMENTS.iterdir()} == set(LOCKS)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_and_hashed(lock):
    logical_lines = text(lock).replace("\\\n", " ").splitlines()
    assert [line for line in logical_lines if not HASHED.match(line)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_names_the_place_it_was_downloaded_from(lock):
    assert "//" not in text(lock)
    assert "--index" not in text(lock)
    assert "--find-links" not in text(lock)


@pytest.mark.parametrize("lock", ["service", "service-gpu", "service-traces", "ray", "cli", "dev"])
def test_tensorflow_is_only_in_the_training_lock(lock):
    assert not {"tensorflow", "keras", "tf2onnx"} & names(lock)
    assert {"tensorflow", "keras", "tf2onnx"} <= names("training")


@pytest.mark.parametrize("lock", ["service", "service-gpu", "service-traces", "ray"])
def test_the_service_locks_hold_nothing_of_training_or_development(lock):
    assert not {"librosa", "matplotlib", "onnx", "pytest", "ruff", "mypy"} & names(lock)


def test_the_lock_of_adaptation_is_a_part_of_that_of_training():
    assert {"tensorflow", "keras", "tf2onnx"} <= names("adapt") < names("training")
    assert not {"librosa", "matplotlib", "tensorboard", "pytest", "fastapi"} & names("adapt")


def test_only_one_service_lock_holds_the_libraries_of_traces():
    for lock in ("service", "service-gpu", "cli"):
        assert not any(name.startswith("opentelemetry-exporter") for name in names(lock))
    assert names("service") < names("service-traces") <= names("dev")


def test_only_one_of_our_locks_holds_ray():
    assert [lock for lock in OURS if "ray" in names(lock)] == ["ray"]
    assert names("service") < names("ray")


def test_the_two_onnx_runtimes_never_meet():
    assert "onnxruntime" not in names("service-gpu")
    assert {"onnxruntime-gpu", "nvidia-cudnn-cu13", "nvidia-cuda-runtime"} <= names("service-gpu")
    assert not any("onnxruntime-gpu" in names(lock) for lock in ("service", "ray", "cli", "dev", "training"))


def test_a_package_has_the_same_version_in_every_lock():
    versions: dict[tuple[str, str | None], set[str]] = {}
    for lock in OURS:
        for pin in PIN.finditer(text(lock)):
            versions.setdefault((pin["name"], pin["marker"]), set()).add(pin["version"])
    assert {package: found for package, found in versions.items() if len(found) > 1} == {}


def test_tests_run_with_exactly_what_is_served():
    assert names("service") <= names("cli") <= names("dev") <= names("training")
