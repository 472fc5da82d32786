"""Models that are opened anew while the service runs."""

import json
import shutil
import threading
import time

import pytest

from service.pool.watch import changes

PATIENCE_S = 15.0


@pytest.fixture
def root(tmp_path, make_model):
    make_model(tmp_path, "voice")
    make_model(tmp_path, "other")
    return tmp_path


@pytest.fixture
def client(start, root):
    return start(models_dir=root, default_model="voice", workers=1)


def damage(directory):
    manifest = json.loads((directory / "manifest.json").read_text())
    (directory / "decoder.onnx").write_bytes(b"not a network")
    return manifest


def test_a_new_version_takes_the_place_of_the_old_one(client, root, make_model, listen):
    assert client.get("/sample?seed=7").headers["tonespace-model"] == "voice@1"
    make_model(root, "voice", version=2)
    shutil.rmtree(root / "other")
    reloaded = client.post("/admin/reload")
    assert reloaded.json() == {"models": ["voice@2", "voice@1"], "default": "voice@2", "unavailable": []}
    answer = client.get("/sample?seed=7")
    listen(answer)
    assert answer.headers["tonespace-model"] == "voice@2"
    assert client.get("/sample?model=voice@1").headers["tonespace-model"] == "voice@1"
    assert client.get("/sample?model=other").status_code == 404
    assert 'tonespace_model_info{model="voice",provider="CPUExecutionProvider",version="2"} 1.0' in (
        client.get("/metrics").text
    )
    assert "other" not in client.get("/metrics").text


@pytest.mark.parametrize("damaged", ["voice", "other"])
def test_damage_to_an_open_model_leaves_the_old_ones_in_service(client, root, refused, listen, damaged):
    damage(root / damaged / "1")
    problem = refused(client.post("/admin/reload"), 409, "reload")
    assert "decoder.onnx" in problem["detail"]
    listen(client.get("/sample?model=voice"))
    listen(client.get("/sample?model=other"))
    assert client.get("/health/ready").json()["reload_error"] == problem["detail"]
    assert 'tonespace_reloads_total{result="failed"}' in client.get("/metrics").text


def test_a_damaged_model_that_was_never_open_is_left_out(client, root, make_model, listen):
    damage(make_model(root, "third"))
    (left_out,) = client.post("/admin/reload").json()["unavailable"]
    assert left_out["directory"] == "third/1"
    listen(client.get("/sample"))


def test_no_request_is_lost_while_models_are_opened_anew(client):
    statuses, reloading = [], threading.Event()

    def ask():
        while not reloading.is_set():
            statuses.append(client.get("/sample?n=3").status_code)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert client.post("/admin/reload").status_code == 200
    assert client.post("/admin/reload").status_code == 200
    reloading.set()
    for thread in threads:
        thread.join()
    assert len(statuses) > 4
    assert set(statuses) == {200}


def test_models_are_chosen_by_setting(start, root, make_model):
    make_model(root, "voice", version=2)
    client = start(models_dir=root, default_model="voice@1", models=("voice@1", "other"), workers=1)
    listed = [f"{m['name']}@{m['version']}" for m in client.get("/models").json()["models"]]
    assert listed == ["other@1", "voice@1"]


def test_a_watched_directory_is_opened_anew_when_it_changes(start, root, make_model):
    client = start(models_dir=root, default_model="voice", watch=True, workers=1)
    make_model(root, "late")
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and client.get("/sample?model=late").status_code == 404:
        time.sleep(0.1)
    assert client.get("/sample?model=late").headers["tonespace-model"] == "late@1"


def test_a_change_is_reported_once_it_has_ended(client, root, make_model, monkeypatch):
    monkeypatch.setattr("service.pool.watch.LOOK_EVERY_S", 0.05)

    async def first_change():
        await anext(changes(root))
        return (root / "late" / "1" / "manifest.json").is_file()

    threading.Timer(0.2, make_model, [root, "late"]).start()
    assert client._portal.call(first_change)
