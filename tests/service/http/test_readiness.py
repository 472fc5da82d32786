"""What the service answers before its models are open, while it stops, and of models that do not open."""

from service.runtime import Runtime
from service.settings import Settings


def test_until_the_models_are_open_every_path_but_live_says_so(start, models_dir, refused, wav):
    client = start(models_dir=models_dir)
    client.app.state.runtime = Runtime(Settings(models_dir=models_dir))
    assert client.get("/health/live").status_code == 200
    for answer in (
        client.get("/health/ready"),
        client.get("/sample"),
        client.get("/models"),
        client.post("/encode", content=wav),
        client.post("/generate", json={"z": [0]}),
    ):
        assert refused(answer, 503, "not-ready")["detail"] == "The service is starting."
        assert answer.headers["retry-after"] == "1"


def test_a_draining_service_is_not_ready_but_answers(start, models_dir, refused, listen):
    client = start(models_dir=models_dir)
    client.app.state.runtime.drain()
    refused(client.get("/health/ready"), 503, "not-ready")
    listen(client.get("/sample"))


def test_broken_models_leave_no_store_and_one_line_in_the_log(start, make_model, tmp_path, refused, caplog):
    model_dir = make_model(tmp_path, "voice")
    (model_dir / "latents.npz").unlink()
    client = start(models_dir=tmp_path, default_model="voice")
    problem = refused(client.get("/health/ready"), 503, "not-ready")
    assert problem["detail"] == "The service is broken."
    (line,) = [r.getMessage() for r in caplog.records if r.levelname == "CRITICAL"]
    assert line == f"cannot start: {model_dir / 'latents.npz'}: is missing"


def test_models_that_are_left_out_are_reported(start, make_model, tmp_path):
    make_model(tmp_path, "voice")
    (make_model(tmp_path, "bad") / "manifest.json").write_text("not json")
    client = start(models_dir=tmp_path, default_model="voice")
    ready, listed = client.get("/health/ready").json(), client.get("/models").json()
    assert ready["status"] == "ready"
    assert [model["name"] for model in listed["models"]] == ["voice"]
    (left_out,) = ready["unavailable"]
    assert left_out["directory"] == "bad/1"
    assert left_out["reason"].startswith("bad/1/manifest.json: ")
    assert listed["unavailable"] == ready["unavailable"]
    assert "tonespace_models_unavailable 1.0" in client.get("/metrics").text
