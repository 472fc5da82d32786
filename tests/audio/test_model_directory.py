"""A model directory: files that differ from the manifest, writes that break off, latents, versions."""

import io
import pickle
import threading
from pathlib import Path

import numpy as np
import pytest

from audio.errors import ChecksumError, ManifestError, ModelDirectoryError, NoVersionError
from audio.model_directory import (
    load_latents,
    load_manifest,
    newest_version,
    save_manifest,
    sha256_of,
    versions_of,
)
from tests.audio.written_model import (
    DIGITS,
    LATENT_DIM,
    N_CLIPS,
    N_COMPONENTS,
    latents,
    npz,
    replace_latents,
    rewrite,
)

SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-4


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


def test_versions_are_ordered_as_numbers_and_whole(tmp_path):
    for name in ("10", "9", "1", "01", "beta", ".11.new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").touch()
    (tmp_path / "12").mkdir()  # unfinished: the manifest is written last
    assert [path.name for path in versions_of(tmp_path)] == ["1", "9", "10"]
    assert newest_version(tmp_path).name == "10"
    assert versions_of(tmp_path / "nowhere") == []
    with pytest.raises(NoVersionError, match="nowhere holds no model"):
        newest_version(tmp_path / "nowhere")
