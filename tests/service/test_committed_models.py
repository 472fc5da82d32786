"""The committed models keep their promise, and make sound through the real service."""

import gc
import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio.distances import log_spectral_distance_db
from audio.files import read_audio
from audio.formats import AudioLimits
from audio.model_directory import CARD_FILE, load_latents, load_manifest
from audio.spectrogram import SpectrogramTransform
from benchmarks.clips import recordings_folder
from service.sound.autoencoder import Autoencoder
from service.sound.labels import one_hot
from service.sound.sessions import ALIGNMENT, KERNELS_FILE, write_optimised
from service.worker.together import MAX_BATCH

MAPS = Path("/proc/self/maps")
ROOT = Path(__file__).parents[2]
RECORDINGS = recordings_folder()
SPOKEN = {"digits-vae", "digits-vae-fast", "thesis-ae", "thesis-vae"}
NAMES = SPOKEN | {"tones", "drums", "unlabelled-sounds"}
LABELS = {name: {"digit", "speaker"} for name in SPOKEN} | {
    "tones": {"instrument", "family", "pitch", "velocity"},
    "drums": {"kind"},
}
RATES = {"tones": 44_100, "drums": 44_100, "unlabelled-sounds": 16_000}
DIRECTORIES = sorted(path.parent for name in NAMES for path in ROOT.glob(f"models/{name}/*/manifest.json"))

MAX_TOTAL_BYTES = 60 * 10**6
MIN_SAMPLE_DURATION_S = 0.1
MIN_PEAK_DBFS = -45.0
MAX_REPLICA_DISTANCE_DB = 8.0  # of the default model, over the cells of the picture; noise reads about 40
MAX_ERROR_CENTS = 35.0  # of the loudest partial near the fundamental
MAX_RMS_ERROR_DB = 0.2  # a loud clip comes back loud
MAX_LEVEL_CHANGE_DB = 0.5  # by what nobody hears
MAX_Z_CHANGE, MEDIAN_Z_CHANGE = 0.1, 0.06  # of the length of z, by what nobody hears
SEEDS = range(10)


@pytest.fixture(scope="module")
def client(start):
    return start(models_dir=ROOT / "models", default_model="digits-vae")


def test_the_models_are_committed():
    assert {path.parent.name for path in DIRECTORIES} == NAMES


def test_all_models_together_stay_small():
    files = [path for directory in DIRECTORIES for path in directory.iterdir()]
    assert sum(path.stat().st_size for path in files) < MAX_TOTAL_BYTES


def test_nothing_is_pickled():
    endings = {path.suffix for directory in DIRECTORIES for path in directory.iterdir()}
    assert endings <= {".onnx", ".json", ".npz", ".md", ".png"}


@pytest.mark.parametrize("directory", DIRECTORIES, ids=lambda path: f"{path.parent.name}@{path.name}")
def test_points_that_are_decoded_together_get_the_bits_they_get_alone(directory):
    manifest = load_manifest(directory)
    autoencoder = Autoencoder.open(directory, manifest, "cpu")
    latents = load_latents(directory, manifest)
    clips = np.arange(MAX_BATCH) * (len(latents.z_mean) // MAX_BATCH)
    points = [
        (
            latents.z_mean[clip],
            {n: one_hot(latents.labels[n][clip], len(v)) for n, v in manifest.labels.items()},
        )
        for clip in clips
    ]
    alone = np.concatenate([autoencoder._decoded([point]) for point in points])
    for n in range(2, MAX_BATCH + 1):
        assert np.array_equal(autoencoder._decoded(points[:n]), alone[:n])


@pytest.mark.parametrize("directory", DIRECTORIES, ids=lambda path: f"{path.parent.name}@{path.name}")
def test_a_refiner_holds_the_kernels_of_its_decoder_so_both_can_share_them(directory, tmp_path):
    manifest = load_manifest(directory)
    if manifest.refiner is None:
        pytest.skip("it has no refiner")

    def n_bytes(*networks):
        write_optimised(directory, networks, tmp_path)
        return (tmp_path / KERNELS_FILE).stat().st_size

    padding = ALIGNMENT * 100  # it differs with the order
    of_both = n_bytes(manifest.decoder, manifest.refiner)
    assert of_both == pytest.approx(n_bytes(manifest.refiner), abs=padding)


@pytest.mark.skipif(not MAPS.exists(), reason="only Linux says what is mapped")
@pytest.mark.parametrize("directory", DIRECTORIES, ids=lambda path: f"{path.parent.name}@{path.name}")
def test_a_decoder_and_its_refiner_share_a_file_of_kernels(directory):
    gc.collect()
    before = MAPS.read_text().count(KERNELS_FILE)
    manifest = load_manifest(directory)
    autoencoder = Autoencoder.open(directory, manifest, "cpu")
    assert (MAPS.read_text().count(KERNELS_FILE) > before) == (manifest.refiner is not None)
    del autoencoder


@pytest.mark.parametrize("directory", DIRECTORIES, ids=lambda path: f"{path.parent.name}@{path.name}")
def test_a_model_keeps_its_manifest(directory):
    manifest = load_manifest(directory)
    latents = load_latents(directory, manifest)
    assert (manifest.name, manifest.version) == (directory.parent.name, int(directory.name))
    assert set(latents.labels) == LABELS.get(manifest.name, set())
    expected = "CC BY-SA 4.0" if manifest.name in SPOKEN else "MIT"
    assert manifest.data.licence.startswith(expected)


@pytest.mark.parametrize("directory", DIRECTORIES, ids=lambda path: f"{path.parent.name}@{path.name}")
def test_every_metric_is_in_the_card(directory):
    card = (directory / CARD_FILE).read_text(encoding="utf-8")
    metrics = load_manifest(directory).metrics
    assert metrics
    for name, value in metrics.items():
        figure = name.partition(".")[2] or name
        assert figure.replace(".", " ").replace("_", " ") in card
        assert f" {value:.4g}" in card


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_sample_is_a_sound(client, name):
    answer = client.get("/sample", params={"model": name, "seed": 7})
    assert answer.status_code == 200, answer.text
    waveform, sample_rate = soundfile.read(io.BytesIO(answer.content))
    assert sample_rate == RATES.get(name, 8000)
    assert waveform.size / sample_rate >= MIN_SAMPLE_DURATION_S
    assert 20 * np.log10(np.abs(waveform).max()) > MIN_PEAK_DBFS


@pytest.mark.parametrize("pitch", [57, 60.5, 69])
def test_tones_sound_at_the_pitch_that_is_asked_for(client, pitch):
    labels = ["instrument:flute", f"pitch:{pitch}", "velocity:80"]
    answer = client.get("/sample", params={"model": "tones", "seed": 1, "label": labels})
    waveform, sample_rate = soundfile.read(io.BytesIO(answer.content))
    spectrum = np.abs(np.fft.rfft(waveform * np.hanning(waveform.size), 8 * waveform.size))
    hz = np.fft.rfftfreq(8 * waveform.size, 1 / sample_rate)
    wanted_hz = 440 * 2 ** ((pitch - 69) / 12)
    near = np.abs(np.log2(np.maximum(hz, 1) / wanted_hz)) < 0.25  # three semitones around the fundamental
    found_hz = hz[near][spectrum[near].argmax()]
    assert abs(1200 * np.log2(found_hz / wanted_hz)) < MAX_ERROR_CENTS


def test_tones_are_sampled_by_their_family(client):
    (tones,) = (m for m in client.get("/models").json()["models"] if m["name"] == "tones")
    assert "brass" in tones["clip_labels"]["family"]
    found = set()
    for seed in range(8):
        query = {"model": "tones", "seed": seed, "label": ["family:brass", "pitch:60"]}
        answer = client.get("/sample", params=query, headers={"Accept": "application/json"}).json()
        found |= answer["labels"]["instrument"].keys()
        assert answer["nearest"] is None
        assert answer["labels"].keys() == tones["labels"].keys()
    assert len(found) > 1
    assert found <= {"trumpet", "tuba", "muted-trumpet", "french-horn", "brass-section"}
    assert client.get("/sample?model=tones&label=family:kazoos").status_code == 422
    body = {"model": "tones", "z": [0] * 128, "labels": {"family": "brass"}}
    assert client.post("/generate", json=body).status_code == 422


@pytest.mark.parametrize("pitch", [43.5, 45, 60, 67.3])  # which no clip of the model has
def test_tones_recognise_the_pitch_of_an_upload_between_those_that_they_learned(client, pitch):
    t, k = np.arange(88_200) / 44_100, np.arange(1, 9)[:, None]
    harmonics = np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * k * t) / k
    soundfile.write(file := io.BytesIO(), harmonics.sum(axis=0) * np.exp(-t) / 4, 44_100, format="WAV")
    answer = client.post("/encode?model=tones", files={"audio": file.getvalue()}).json()
    found = sum(float(value) * weight for value, weight in answer["labels"]["pitch"].items())
    assert found == pytest.approx(pitch, abs=0.2)


@pytest.mark.parametrize(
    ("kind", "lowest_hz", "highest_hz"), [("kick", 0, 800), ("closed-hat", 5000, 22_050)]
)
def test_drums_sound_as_high_as_their_kind(client, kind, lowest_hz, highest_hz):
    for seed in range(5):
        answer = client.get("/sample", params={"model": "drums", "seed": seed, "label": f"kind:{kind}"})
        waveform, sample_rate = soundfile.read(io.BytesIO(answer.content))
        power = np.square(np.abs(np.fft.rfft(waveform)))
        middle_hz = np.fft.rfftfreq(waveform.size, 1 / sample_rate)[
            np.searchsorted(power.cumsum(), power.sum() / 2)
        ]
        assert lowest_hz < middle_hz < highest_hz


def test_samples_of_the_default_model_are_recognised_as_what_was_asked(client):
    asked = [client.get("/sample", params={"seed": 7, "label": f"digit:{d}"}).content for d in range(10)]
    assert len(set(asked)) == len(asked)
    labels = [client.post("/encode", files={"audio": content}).json()["labels"]["digit"] for content in asked]
    recognised = [max(probabilities, key=probabilities.get) for probabilities in labels]
    assert sum(int(r) == d for d, r in enumerate(recognised)) >= 9


@pytest.mark.skipif(RECORDINGS is None, reason="no recordings: set TONESPACE_RECORDINGS to a folder of them")
@pytest.mark.parametrize("clip", ["0_george_5.wav", "3_theo_7.wav", "7_lucas_9.wav", "9_jackson_6.wav"])
def test_the_default_model_replicates_a_recording_it_was_not_trained_on(client, clip):
    manifest = load_manifest(ROOT / "models/digits-vae/9")
    transform = SpectrogramTransform(manifest.spectrogram)

    def waveform(data, offset_s=0.0):
        read = read_audio(data, 8000, AudioLimits()).waveform
        return transform.fit_length(read[round(8000 * offset_s) :])[0]

    original = (RECORDINGS / clip).read_bytes()
    answer = client.post("/reconstruct", files={"audio": original})
    offset_s = float(answer.headers["tonespace-offset"])
    given, made = waveform(original, offset_s), waveform(answer.content)
    difference = transform.forward(given).log_magnitude - transform.forward(made).log_magnitude
    assert 80 * np.sqrt(np.mean(difference**2)) < MAX_REPLICA_DISTANCE_DB
    assert abs(10 * np.log10(np.mean(made**2) / np.mean(given**2))) < MAX_RMS_ERROR_DB


@pytest.mark.parametrize("rumble", [0.0, 0.02])
def test_neither_silence_nor_what_cannot_be_heard_hides_where_a_sound_begins(client, make_sound, rumble):
    late = np.arange(2 * 8000) / 8000
    spoken = np.where(late >= 1, np.exp(-6 * (late - 1)) * np.sin(2 * np.pi * 400 * late), 0)
    heard = 0.1 * spoken + rumble * np.sin(2 * np.pi * 8 * late)
    answer = client.post("/encode", content=make_sound(heard.astype(np.float32)))
    assert answer.json()["offset_s"] == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("name", sorted(NAMES - {"thesis-ae", "thesis-vae"}))
def test_what_cannot_be_heard_moves_neither_z_nor_level_nor_replica(client, make_sound, name):
    rate = RATES.get(name, 8000)
    (directory,) = (d for d in DIRECTORIES if d.parent.name == name)
    transform = SpectrogramTransform(load_manifest(directory).spectrogram)
    asked = {"model": name, "format": "wav-float"}

    def distance_db(one, other):
        return log_spectral_distance_db(*(transform.fit_length(w)[0] for w in (one, other)), transform)

    changes = []
    for seed in SEEDS:
        waveform = decoded(client.get("/sample", params=asked | {"seed": seed}))
        seconds = np.arange(waveform.size) / rate
        inaudible = (0.01 + 0.02 * np.sin(2 * np.pi * 8 * seconds)).astype(np.float32)
        uploads = [make_sound(w, sample_rate=rate, subtype="FLOAT") for w in (waveform, waveform + inaudible)]
        start = {"start_s": 0}
        clean, disturbed = (
            client.post("/encode", params={"model": name} | start, content=upload).json()
            for upload in uploads
        )
        assert abs(disturbed["level_db"] - clean["level_db"]) < MAX_LEVEL_CHANGE_DB
        change = np.subtract(disturbed["z_mean"], clean["z_mean"])
        changes.append(np.linalg.norm(change) / np.linalg.norm(clean["z_mean"]))
        replicas = [
            decoded(client.post("/reconstruct", params=asked | start, content=upload)) for upload in uploads
        ]
        assert distance_db(*replicas) < distance_db(waveform, replicas[0])
    assert np.median(changes) < MEDIAN_Z_CHANGE
    assert name == "tones" or max(changes) < MAX_Z_CHANGE  # docs/decisions/0047


def decoded(answer):
    return soundfile.read(io.BytesIO(answer.content), dtype="float32")[0]


def test_hum_makes_no_clip_of_the_default_model_unfamiliar_and_noise_is(client, make_sound):
    rng, familiar = np.random.default_rng(0), {"clean": 0, "hum": 0, "noise": 0}
    for digit in range(10):
        sampled = client.get("/sample", params={"seed": digit, "label": f"digit:{digit}"})
        clip = soundfile.read(io.BytesIO(sampled.content))[0]
        seconds, level = np.arange(clip.size) / 8000, np.sqrt(np.mean(clip**2))
        hum = sum(np.sin(2 * np.pi * 50 * k * seconds) / k for k in range(1, 9))
        uploads = {
            "clean": clip,
            "hum": clip + 0.1 * level * hum / np.sqrt(np.mean(hum**2)),  # 20 dB under the clip
            "noise": rng.normal(0, level, clip.size),
        }
        for name, upload in uploads.items():
            answer = client.post("/encode", content=make_sound(upload.astype(np.float32))).json()
            familiar[name] += answer["familiarity"]["familiar"]
    assert familiar == {"clean": 10, "hum": 10, "noise": 0}
