"""The schema of a manifest: what is written is read, what breaks it is refused."""

import json

import pytest
from pydantic import ValidationError

from audio.errors import ChecksumError, ManifestError
from audio.manifest import MANIFEST_FILE, Manifest
from audio.model_directory import load_manifest, save_manifest, sha256_of
from tests.audio.written_model import DIGITS, LATENT_DIM, content, rewrite


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
    free = {"inputs": one | {"log_magnitude": [1, 28, None, 1]}}
    rewrite(directory, refiner=refiner | free | {"frames_multiple": 4})
    assert load_manifest(directory).refiner.frames_multiple == 4
    for broken in (free, {"frames_multiple": 4}, free | {"frames_multiple": 0}):
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


def test_the_labels_of_notes_are_found_by_their_units(directory):
    labels = {"kind": ["a", "b"], "force": ["40", "80"], "tone": ["60", "61"]}
    changed = content(directory) | {"labels": labels}
    for tensors in (changed["encoder"]["outputs"], changed["decoder"]["inputs"]):
        del tensors["digit"]
        tensors |= {name: [None, 2] for name in labels}
    without = Manifest.model_validate(changed)
    assert (without.pitch_label, without.velocity_label) == (None, None)
    numbers = {"force": "MIDI velocity", "tone": "MIDI note"}
    manifest = Manifest.model_validate(changed | {"numbers": numbers})
    assert (manifest.pitch_label, manifest.velocity_label) == ("tone", "force")


def test_a_loaded_manifest_cannot_be_changed(directory):
    manifest = load_manifest(directory)
    with pytest.raises(ValidationError, match="frozen"):
        manifest.latent_dim = 4  # type: ignore[misc]  # that it is refused is the test
