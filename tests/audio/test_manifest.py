"""The contract of a model directory: what is written is read, what differs is refused."""

import io
import json
import pickle
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from audio.errors import ChecksumError, ManifestError, ModelDirectoryError
from audio.manifest import (
    MANIFEST_FILE,
    Latents,
    Manifest,
    load_latents,
    load_manifest,
    save_latents,
    save_manifest,
    sha256_of,
)

N_CLIPS, LATENT_DIM, N_COMPONENTS = 12, 3, 4
DIGITS = ("zero", "one", "two")
SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-4


def latents():
    rng = np.random.default_rng(0)
    return Latents(
        z_mean=rng.standard_normal((N_CLIPS, LATENT_DIM)).astype(np.float32),
        component=(np.arange(N_CLIPS) % N_COMPONENTS).astype(np.int32),
        labels={"digit": (np.arange(N_CLIPS) % len(DIGITS)).astype(np.int32)},
    )


def content(directory):
    """A valid manifest of the files in the directory, as JSON holds it."""

    def promise(name):
        return {"file": name, "sha256": sha256_of(directory / name)}

    image, latent, digit = [None, 28, 28, 1], [None, LATENT_DIM], [None, len(DIGITS)]
    return {
        "manifest_version": 1,
        "name": "tiny-vae",
        "version": 1,
        "kind": "variational-autoencoder",
        "description": "A café [ of  two ] words,\nand [\n  a  b\n] too.",
        "spectrogram": {"image_height": 28, "image_width": 28},
        "latent_dim": LATENT_DIM,
        "labels": {"digit": list(DIGITS)},
        "level_db": -12.5,
        "encoder": promise("encoder.onnx")
        | {
            "inputs": {"log_magnitude": image},
            "outputs": {"z_mean": latent, "z_log_var": latent, "digit": digit},
        },
        "decoder": promise("decoder.onnx")
        | {"inputs": {"z": latent, "digit": digit}, "outputs": {"log_magnitude": image}},
        "latents": promise("latents.npz"),
        "latent_distribution": {"n_components": N_COMPONENTS, "own_share": 0.5, "temperature": 0.7},
        "data": {
            "name": "noise",
            "source": "a generator",
            "licence": "none",
            "n_training_clips": N_CLIPS,
            "n_validation_clips": 0,
            "splits": "none",
        },
        "metrics": {"digit_accuracy": 0.97},
    }


@pytest.fixture
def directory(tmp_path):
    """A whole model directory; the graphs are bytes only, no test here runs them."""
    (tmp_path / "encoder.onnx").write_bytes(b"encoder")
    (tmp_path / "decoder.onnx").write_bytes(b"decoder")
    save_latents(tmp_path / "latents.npz", latents())
    save_manifest(tmp_path, Manifest.model_validate(content(tmp_path)))
    return tmp_path


def rewrite(directory, **changes):
    """manifest.json with other values, by a hand that asks no schema."""
    path = directory / MANIFEST_FILE
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | changes), encoding="utf-8")


def replace_latents(directory, data):
    """Other bytes for latents.npz, with the checksum that belongs to them."""
    path = directory / "latents.npz"
    path.write_bytes(data)
    rewrite(directory, latents={"file": path.name, "sha256": sha256_of(path)})
    return load_manifest(directory)


def npz(**arrays):
    whole = latents()
    known: dict[str, Any] = {
        "z_mean": whole.z_mean,
        "component": whole.component,
        "label_digit": whole.labels["digit"],
    }
    buffer = io.BytesIO()
    np.savez(buffer, **{n: a for n, a in (known | arrays).items() if a is not None})
    return buffer.getvalue()


# --- manifest.json -----------------------------------------------------------------------------------


def test_the_manifest_that_was_saved_is_loaded(directory):
    expected = Manifest.model_validate(content(directory))
    loaded = load_manifest(directory)
    assert loaded == expected
    assert loaded.description == content(directory)["description"]  # its brackets and blanks untouched
    assert list(loaded.labels["digit"]) == list(DIGITS)


@pytest.mark.parametrize(
    "values",
    [["a  b", "c"], [" a ", "b"], ["[ x ]", "{ y }"], ["a\nb", "c\td"], ['"', "\\"], ["é", "日本"], ["only"]],
)
def test_odd_label_values_survive_the_layout_of_the_json(directory, values):
    changed = content(directory) | {"labels": {"digit": values}}
    shape = [None, len(values)]
    changed["encoder"]["outputs"]["digit"] = changed["decoder"]["inputs"]["digit"] = shape
    manifest = Manifest.model_validate(changed)
    save_manifest(directory, manifest)
    assert load_manifest(directory) == manifest


def test_saving_what_was_loaded_changes_no_byte(directory):
    before = (directory / MANIFEST_FILE).read_bytes()
    save_manifest(directory, load_manifest(directory))
    assert (directory / MANIFEST_FILE).read_bytes() == before


def test_a_shape_is_one_line_of_the_json(directory):
    assert "[null, 28, 28, 1]" in (directory / MANIFEST_FILE).read_text("utf-8")


def test_a_half_written_directory_has_no_manifest(tmp_path):
    (tmp_path / "encoder.onnx").write_bytes(b"encoder")
    with pytest.raises(ManifestError, match="cannot be read") as caught:
        load_manifest(tmp_path)
    assert caught.value.path == tmp_path / MANIFEST_FILE


def test_a_directory_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(ManifestError):
        load_manifest(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"name": NaN}', b"\x80\x04K\x01."]
)
def test_a_manifest_that_is_no_json_object_is_refused(directory, text):
    (directory / MANIFEST_FILE).write_bytes(text)
    with pytest.raises(ManifestError):
        load_manifest(directory)


def test_every_cut_of_the_manifest_is_refused(directory):
    path = directory / MANIFEST_FILE
    whole = path.read_bytes().rstrip()
    for length in range(0, len(whole), 37):
        path.write_bytes(whole[:length])
        with pytest.raises(ManifestError):
            load_manifest(directory)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"accuracy": 1}, "accuracy"),
        ({"manifest_version": 2}, "manifest_version"),
        ({"name": "../etc"}, "name"),
        ({"name": "Tiny"}, "name"),
        ({"version": 0}, "version"),
        ({"kind": "gan"}, "kind"),
        ({"latent_dim": 0}, "latent_dim"),
        ({"latent_dim": "3"}, "latent_dim"),
        ({"level_db": "loud"}, "level_db"),
        ({"spectrogram": {"n_mels": 80}}, "spectrogram.n_mels"),
        ({"metrics": {"accuracy": None}}, "metrics.accuracy"),
        ({"labels": {"Digit!": ["a"]}}, "labels"),
    ],
)
def test_what_breaks_the_schema_is_refused_by_the_name_of_the_field(directory, changes, where):
    rewrite(directory, **changes)
    with pytest.raises(ManifestError) as caught:
        load_manifest(directory)
    assert caught.value.reason.startswith(where)


@pytest.mark.parametrize("field", ["level_db", "spectrogram", "latents", "data", "latent_distribution"])
def test_a_missing_field_is_refused(directory, field):
    path = directory / MANIFEST_FILE
    whole = json.loads(path.read_text("utf-8"))
    del whole[field]
    path.write_text(json.dumps(whole))
    with pytest.raises(ManifestError, match=field):
        load_manifest(directory)


def test_a_refiner_is_promised_with_the_tensors_of_one_clip(directory):
    (directory / "refiner.onnx").write_bytes(b"refiner")
    one = {"log_magnitude": [1, 28, 28, 1], "z": [1, LATENT_DIM], "digit": [1, len(DIGITS)]}
    refiner = {
        "file": "refiner.onnx",
        "sha256": sha256_of(directory / "refiner.onnx"),
        "inputs": one,
        "outputs": {"step": [1, LATENT_DIM]},
        "n_steps": 8,
        "rate": 0.1,
        "momentum": 0.5,
    }
    rewrite(directory, refiner=refiner)
    manifest = load_manifest(directory)
    assert [file.file for file in manifest.files] == [
        "encoder.onnx",
        "decoder.onnx",
        "refiner.onnx",
        "latents.npz",
    ]
    for broken in (
        {"inputs": one | {"z": [None, LATENT_DIM]}},
        {"outputs": {"z": [1, LATENT_DIM]}},
        {"n_steps": 0},
        {"momentum": 1.0},
    ):
        rewrite(directory, refiner=refiner | broken)
        with pytest.raises(ManifestError):
            load_manifest(directory)
    rewrite(directory, refiner=refiner)
    (directory / "refiner.onnx").unlink()
    with pytest.raises(ChecksumError, match="missing"):
        load_manifest(directory)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_numbers_that_are_not_finite_are_refused(directory, number):
    path = directory / MANIFEST_FILE
    path.write_text(path.read_text("utf-8").replace("-12.5", number), encoding="utf-8")
    with pytest.raises(ManifestError):
        load_manifest(directory)


@pytest.mark.parametrize(
    "file", ["../encoder.onnx", "/etc/passwd", "..", ".hidden", "a/b", "a\\b", "", "a\n"]
)
def test_files_are_named_within_the_directory(directory, file):
    rewrite(directory, latents={"file": file, "sha256": "0" * 64})
    with pytest.raises(ManifestError, match=r"latents\.file"):
        load_manifest(directory)


@pytest.mark.parametrize("network", ["encoder", "decoder"])
@pytest.mark.parametrize("side", ["inputs", "outputs"])
@pytest.mark.parametrize("change", ["renamed", "reshaped", "missing", "additional"])
def test_tensors_of_another_name_or_shape_are_refused(directory, network, side, change):
    changed = content(directory)
    tensors = changed[network][side]
    name = next(iter(tensors))
    match change:
        case "renamed":
            tensors["Identity:0"] = tensors.pop(name)
        case "reshaped":
            tensors[name] = [None, 5]
        case "missing":
            del tensors[name]
        case _:
            tensors["extra"] = [None, 1]
    with pytest.raises(ValidationError, match="are expected"):
        Manifest.model_validate(changed)


def test_an_autoencoder_has_no_variance(directory):
    changed = content(directory) | {"kind": "autoencoder"}
    with pytest.raises(ValidationError, match="are expected"):
        Manifest.model_validate(changed)
    del changed["encoder"]["outputs"]["z_log_var"]
    assert Manifest.model_validate(changed).kind == "autoencoder"


@pytest.mark.parametrize("name", ["z", "z_mean", "z_log_var", "log_magnitude"])
def test_a_label_cannot_take_the_name_of_a_tensor(directory, name):
    changed = content(directory) | {"labels": {name: list(DIGITS)}}
    shape = [None, len(DIGITS)]
    for tensors in (changed["encoder"]["outputs"], changed["decoder"]["inputs"]):
        del tensors["digit"]
        tensors[name] = shape  # consistent with itself: only the name is wrong
    with pytest.raises(ValidationError, match="names of tensors"):
        Manifest.model_validate(changed)


def test_a_loaded_manifest_cannot_be_changed(directory):
    manifest = load_manifest(directory)
    with pytest.raises(ValidationError, match="frozen"):
        manifest.latent_dim = 4  # type: ignore[misc]  # that it is refused is the test


# --- the files it promises ---------------------------------------------------------------------------


def test_the_checksum_is_sha256(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256_of(tmp_path / "abc") == SHA256_OF_ABC


@pytest.mark.parametrize("file", ["encoder.onnx", "decoder.onnx", "latents.npz"])
def test_a_missing_file_is_told(directory, file):
    (directory / file).unlink()
    with pytest.raises(ChecksumError, match="missing") as caught:
        load_manifest(directory)
    assert caught.value.path == directory / file


@pytest.mark.parametrize("file", ["encoder.onnx", "decoder.onnx", "latents.npz"])
def test_one_changed_byte_is_told(directory, file):
    data = bytearray((directory / file).read_bytes())
    data[len(data) // 2] ^= 1
    (directory / file).write_bytes(data)
    with pytest.raises(ChecksumError, match="differs") as caught:
        load_manifest(directory)
    assert caught.value.path == directory / file
    assert isinstance(caught.value, ModelDirectoryError)


def test_a_directory_in_place_of_a_file_is_told(directory):
    (directory / "encoder.onnx").unlink()
    (directory / "encoder.onnx").mkdir()
    with pytest.raises(ChecksumError, match="missing"):
        load_manifest(directory)


# --- saving ------------------------------------------------------------------------------------------


def test_a_save_that_breaks_off_leaves_the_old_manifest(directory, monkeypatch):
    old = load_manifest(directory)

    def power_cut(*_):
        raise OSError("power cut")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", power_cut)
        with pytest.raises(OSError, match="power cut"):
            save_manifest(directory, old.model_copy(update={"version": 2}))
    assert load_manifest(directory) == old


def test_a_reader_never_sees_half_a_manifest(directory):
    manifest = load_manifest(directory)
    done = threading.Event()

    def write():
        for version in range(1, 100):
            save_manifest(directory, manifest.model_copy(update={"version": version}))
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    versions = [load_manifest(directory).version]
    while not done.is_set():
        versions.append(load_manifest(directory).version)
    writer.join()
    assert versions == sorted(versions)


def test_saving_leaves_no_other_file_behind(directory):
    save_manifest(directory, load_manifest(directory))
    assert sorted(p.name for p in directory.iterdir()) == [
        "decoder.onnx",
        "encoder.onnx",
        "latents.npz",
        "manifest.json",
    ]


# --- latents.npz -------------------------------------------------------------------------------------


def test_the_latents_that_were_saved_are_loaded(directory):
    expected, actual = latents(), load_latents(directory, load_manifest(directory))
    assert np.array_equal(actual.z_mean, expected.z_mean)
    assert np.array_equal(actual.component, expected.component)
    assert actual.labels.keys() == expected.labels.keys()
    assert np.array_equal(actual.labels["digit"], expected.labels["digit"])
    assert (actual.z_mean.dtype, actual.component.dtype) == (np.float32, np.int32)


def test_labels_that_only_the_clips_have_are_loaded_and_checked(directory):
    rewrite(directory, clip_labels={"speaker": ["ann", "bob"]})
    speakers = np.arange(N_CLIPS) % 2
    loaded = load_latents(directory, replace_latents(directory, npz(label_speaker=speakers)))
    assert np.array_equal(loaded.labels["speaker"], speakers)
    for wrong in (None, speakers + 1):
        manifest = replace_latents(directory, npz(label_speaker=wrong))
        with pytest.raises(ManifestError, match="speaker"):
            load_latents(directory, manifest)


def test_a_pickle_in_the_latents_is_refused_and_never_run(directory, tmp_path):
    trace = tmp_path / "it ran"

    class Payload:
        def __reduce__(self):
            return Path.touch, (trace,)

    with pytest.raises(ManifestError, match="latents"):
        load_latents(directory, replace_latents(directory, npz(z_mean=np.array([Payload()], dtype=object))))
    with pytest.raises(ManifestError, match="latents"):
        load_latents(directory, replace_latents(directory, pickle.dumps(Payload())))
    assert not trace.exists()


@pytest.mark.parametrize(
    "arrays",
    [
        {"z_mean": None},
        {"component": None},
        {"label_digit": None},
        {"z_mean": np.zeros((N_CLIPS, LATENT_DIM + 1))},
        {"z_mean": np.zeros((N_CLIPS - 1, LATENT_DIM))},
        {"z_mean": np.full((N_CLIPS, LATENT_DIM), np.nan)},
        {"z_mean": np.full((N_CLIPS, LATENT_DIM), "x")},
        {"component": np.full(N_CLIPS, N_COMPONENTS)},
        {"component": np.full(N_CLIPS, -1)},
        {"component": np.zeros(N_CLIPS - 1, int)},
        {"component": np.zeros(0, int)},
        {"label_digit": np.full(N_CLIPS, len(DIGITS))},
        {"label_digit": np.zeros((N_CLIPS, 1), int)},
    ],
    ids=lambda arrays: "-".join(f"{n}{'' if a is None else a.shape}" for n, a in arrays.items()),
)
def test_arrays_of_another_model_are_refused(directory, arrays):
    manifest = replace_latents(directory, npz(**arrays))
    with pytest.raises(ManifestError):
        load_latents(directory, manifest)


def damaged_archives():
    whole, lone_array = npz(), io.BytesIO()
    np.save(lone_array, np.zeros(3))
    compressed = io.BytesIO()
    np.savez_compressed(compressed, z_mean=np.random.default_rng(0).standard_normal((100, 4)))
    flipped = bytearray(compressed.getvalue())
    flipped[200] ^= 0xFF
    return {
        "empty": b"",
        "text": b"no archive",
        "cut": whole[: len(whole) // 2],
        "flipped": bytes(flipped),
        "a lone array": lone_array.getvalue(),
    }


@pytest.mark.parametrize("damage", damaged_archives().values(), ids=damaged_archives().keys())
def test_damaged_archives_are_refused(directory, damage):
    manifest = replace_latents(directory, damage)
    with pytest.raises(ManifestError, match="latents"):
        load_latents(directory, manifest)


def test_missing_latents_are_refused(directory):
    manifest = load_manifest(directory)
    (directory / "latents.npz").unlink()
    with pytest.raises(ManifestError, match="latents"):
        load_latents(directory, manifest)
