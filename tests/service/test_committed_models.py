"""The committed models keep their promise, and make sound through the real service."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio.files import AudioLimits, read_audio
from audio.manifest import CARD_FILE, load_latents, load_manifest
from audio.spectrogram import SpectrogramTransform

ROOT = Path(__file__).parents[2]
DIRECTORIES = sorted(path.parent for path in (ROOT / "models").glob("*/*/manifest.json"))
RECORDINGS = Path(os.environ.get("TONESPACE_RECORDINGS", ROOT / "../shared/data/fsdd/recordings"))
NAMES = {"digits-vae", "thesis-ae", "thesis-vae"}

MAX_TOTAL_BYTES = 30 * 10**6
MIN_SAMPLE_DURATION_S = 0.1
MIN_PEAK_DBFS = -45.0
MAX_REPLICA_DISTANCE_DB = 8.0  # of the default model, over the cells of the picture; noise reads about 40
MAX_LEVEL_ERROR_DB = 3.0  # a loud clip comes back loud


@pytest.fixture(scope="module")
def client(start):
    return start(models_dir=ROOT / "models", default_model="digits-vae")


def test_the_three_models_are_committed():
    assert {path.parent.name for path in DIRECTORIES} == NAMES


def test_all_models_together_stay_small():
    assert sum(p.stat().st_size for p in (ROOT / "models").rglob("*") if p.is_file()) < MAX_TOTAL_BYTES


def test_nothing_is_pickled():
    endings = {path.suffix for path in (ROOT / "models").rglob("*") if path.is_file()}
    assert endings <= {".onnx", ".json", ".npz", ".md"}


@pytest.mark.parametrize("directory", DIRECTORIES, ids=lambda path: f"{path.parent.name}@{path.name}")
def test_a_model_keeps_its_manifest(directory):
    manifest = load_manifest(directory)
    latents = load_latents(directory, manifest)
    assert (manifest.name, manifest.version) == (directory.parent.name, int(directory.name))
    assert set(latents.labels) == {"digit", "speaker"}
    assert manifest.data.licence == "CC BY-SA 4.0"


@pytest.mark.parametrize("directory", DIRECTORIES, ids=lambda path: f"{path.parent.name}@{path.name}")
def test_the_card_tells_every_metric(directory):
    card = (directory / CARD_FILE).read_text(encoding="utf-8")
    metrics = load_manifest(directory).metrics
    assert metrics
    for name, value in metrics.items():
        assert f"| {name.replace('_', ' ')} | {value:.4g} |" in card


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_sample_is_a_sound(client, name):
    answer = client.get("/sample", params={"model": name, "seed": 7})
    assert answer.status_code == 200, answer.text
    waveform, sample_rate = soundfile.read(io.BytesIO(answer.content))
    assert sample_rate == 8000
    assert waveform.size / sample_rate >= MIN_SAMPLE_DURATION_S
    assert 20 * np.log10(np.abs(waveform).max()) > MIN_PEAK_DBFS


def test_the_default_model_speaks_what_it_is_asked(client):
    asked = [client.get("/sample", params={"seed": 7, "label": f"digit:{d}"}).content for d in range(10)]
    assert len(set(asked)) == len(asked)
    said = [client.post("/encode", files={"audio": content}).json()["labels"]["digit"] for content in asked]
    heard = [max(probabilities, key=probabilities.get) for probabilities in said]
    assert sum(int(h) == d for d, h in enumerate(heard)) >= 9


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the spoken digit recordings are not here")
@pytest.mark.parametrize("clip", ["0_george_5.wav", "3_theo_7.wav", "7_lucas_9.wav", "9_jackson_6.wav"])
def test_the_default_model_replicates_a_recording_it_was_not_trained_on(client, clip):
    manifest = load_manifest(ROOT / "models/digits-vae/1")
    transform = SpectrogramTransform(manifest.spectrogram)

    def picture(data: bytes) -> np.ndarray:
        return transform.forward(transform.fit_length(read_audio(data, 8000, AudioLimits()).waveform)[0])

    original = (RECORDINGS / clip).read_bytes()
    answer = client.post("/reconstruct", files={"audio": original})
    (x, level_db), (y, replica_level_db) = picture(original), picture(answer.content)
    distance_db = 80 * np.sqrt(np.mean((x - y) ** 2))
    assert distance_db < MAX_REPLICA_DISTANCE_DB
    assert abs(level_db - replica_level_db) < MAX_LEVEL_ERROR_DB
