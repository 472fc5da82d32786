"""Instruments through the real application: the files, what maps them, and what is refused."""

import base64
import io
import json
import re
import struct
import tarfile
import zipfile
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile

FLUTE = {"z": [0.1, 0.2, 0.3, 0.4], "labels": {"instrument": "flute"}}
HYDROGEN = {"h": "http://www.hydrogen-music.org/drumkit"}


def files_of(response):
    assert response.status_code == 200, response.text
    archive = zipfile.ZipFile(io.BytesIO(response.content))
    assert archive.testzip() is None
    return {name: archive.read(name) for name in archive.namelist()}


def regions_of(files):
    (text,) = (data.decode() for name, data in files.items() if name.endswith(".sfz"))
    lines = [line for line in text.splitlines() if line.startswith("<region>")]
    return [dict(opcode.split("=", 1) for opcode in line.split()[1:]) for line in lines]


def smpl_of(wav):
    """Unity note and loops of the smpl chunk."""
    at = wav.index(b"smpl") + 8
    _, _, _, key, _, _, _, n_loops, _ = struct.unpack_from("<9I", wav, at)
    return key, [struct.unpack_from("<6I", wav, at + 36 + 24 * i)[2:4] for i in range(n_loops)]


def test_an_instrument_has_a_file_for_each_key_and_what_maps_them(notes):
    files = files_of(notes.post("/instrument", json={**FLUTE, "pitches": [64, 60]}))
    assert [name for name in files if name.endswith(".wav")] == ["samples/060-C4.wav", "samples/064-E4.wav"]
    low, high = regions_of(files)
    assert (low["sample"], low["lokey"], low["hikey"], low["pitch_keycenter"]) == (
        "samples/060-C4.wav",
        "60",
        "62",
        "60",
    )
    assert (high["lokey"], high["hikey"], high["lovel"], high["hivel"]) == ("63", "64", "1", "127")
    assert "CC0-1.0" in files["README.txt"].decode()


def test_each_file_is_a_sound_at_its_full_level_and_names_its_key(notes):
    for name, data in files_of(notes.post("/instrument", json=FLUTE)).items():
        if name.endswith(".wav"):
            waveform, rate = soundfile.read(io.BytesIO(data), dtype="float32")
            assert rate == 8000
            assert np.abs(waveform).max() == pytest.approx(0.9, abs=0.001)
            assert smpl_of(data)[0] == int(re.search(r"(\d{3})-", name)[1])


def test_without_pitches_all_keys_of_the_model_are_computed(notes):
    regions = regions_of(files_of(notes.post("/instrument", json=FLUTE)))
    assert [int(region["pitch_keycenter"]) for region in regions] == [60, 61, 62, 63, 64]


def test_the_pitch_is_known_by_its_unit_and_not_by_its_name(notes):
    pitch, tone = (
        regions_of(files_of(notes.post("/instrument", json={**FLUTE, "model": model})))
        for model in ("notes", "tones")
    )
    assert pitch == tone


def test_the_loudest_key_plays_at_0_db_and_others_as_much_softer_as_the_model_makes_them(notes):
    volumes = [float(r["volume"]) for r in regions_of(files_of(notes.post("/instrument", json=FLUTE)))]
    assert max(volumes) == 0
    assert min(volumes) < -1


@pytest.mark.parametrize("audio_format", ["sfz", "hydrogen", "zip"])
def test_the_same_request_gives_the_same_bytes(notes, audio_format):
    body = {"seed": 3, "labels": {"instrument": "violin"}, "pitches": [60, 61], "format": audio_format}
    first, second = (notes.post("/instrument", json=body) for _ in range(2))
    assert first.status_code == 200
    assert first.content == second.content
    assert first.headers["tonespace-seed"] == "3"


def test_the_recipe_makes_the_same_files_again(notes):
    first = files_of(notes.post("/instrument", json={"pitches": [60]}))
    recipe = json.loads(first["recipe.json"])
    assert recipe["path"] == "/instrument"
    assert files_of(notes.post("/instrument", json=recipe["body"])) == first


def test_the_timbre_may_be_a_sound(notes, wav):
    body = {"audio": base64.b64encode(wav).decode(), "pitches": [62]}
    files = files_of(notes.post("/instrument", json=body))
    assert "samples/062-D4.wav" in files
    assert '"audio"' not in files["recipe.json"].decode()


def test_values_of_a_label_become_pads(notes):
    body = {"model": "voices", "pads": "digit", "seed": 1, "labels": {"speaker": "theo"}}
    files = files_of(notes.post("/instrument", json=body))
    assert [n for n in files if n.endswith(".wav")] == [
        f"samples/{key:03d}-{digit}.wav" for key, digit in ((36, 0), (37, 7), (38, 9))
    ]
    regions = regions_of(files)
    assert {r["loop_mode"] for r in regions} == {"one_shot"}
    assert [(r["lokey"], r["hikey"]) for r in regions] == [(k, k) for k in ("36", "37", "38")]


def test_a_kit_for_hydrogen_has_an_instrument_for_each_pad(notes):
    body = {"model": "voices", "pads": "digit", "seed": 1, "format": "hydrogen"}
    response = notes.post("/instrument", json=body)
    assert response.headers["content-type"] == "application/gzip"
    assert '.h2drumkit"' in response.headers["content-disposition"]
    with tarfile.open(fileobj=io.BytesIO(response.content), mode="r:gz") as archive:
        folder = archive.getnames()[0].split("/")[0]
        kit = ElementTree.parse(archive.extractfile(f"{folder}/drumkit.xml")).getroot()
        found = [i.findtext("h:name", namespaces=HYDROGEN) for i in kit.iterfind(".//h:instrument", HYDROGEN)]
        files = [e.text for e in kit.iterfind(".//h:filename", HYDROGEN)]
        assert found == ["0", "7", "9"]
        assert {f"{folder}/{file}" for file in files} <= set(archive.getnames())


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        ({"model": "voices"}, 422, "unpitched-model"),
        ({"model": "voices", "pads": "colour"}, 422, "unknown-label"),
        ({"pitches": [20]}, 422, "label-number"),
        ({"velocities": [80]}, 422, "unknown-label"),
        ({"labels": {"instrument": "kazoo"}}, 422, "unknown-label-value"),
        ({"z": [1]}, 422, "latent-shape"),
        ({"z": [0, 0, 0, 0], "seed": 1}, 422, "invalid-request"),
        ({"pads": "instrument", "pitches": [60]}, 422, "invalid-request"),
        ({"pitches": []}, 422, "invalid-request"),
        ({"pitches": [128]}, 422, "invalid-request"),
        ({"format": "sf2"}, 422, "invalid-request"),
        ({"model": "nothing"}, 404, "unknown-model"),
    ],
)
def test_what_makes_no_instrument_is_refused_before_a_sound_is_computed(notes, refused, body, status, slug):
    refused(notes.post("/instrument", json=body), status, slug)


@pytest.mark.parametrize("timbre", ["sample", "point", "sound"])
def test_each_file_has_the_request_that_makes_it_again(notes, wav, timbre):
    body = {
        "sample": {"seed": 5, "labels": {"instrument": "violin"}},
        "point": FLUTE,
        "sound": {"audio": base64.b64encode(wav).decode()},
    }[timbre]
    files = files_of(notes.post("/instrument", json={**body, "pitches": [60, 62]}))
    wav_file = files["samples/062-D4.wav"]
    recipe, _ = json.JSONDecoder().raw_decode(wav_file[wav_file.index(b'{"path"') :].decode("latin-1"))
    again = files_of(notes.post(recipe["path"], json=recipe["body"]))
    assert [name for name in again if name.endswith(".wav")] == ["samples/062-D4.wav"]
    assert again["samples/062-D4.wav"] == wav_file
