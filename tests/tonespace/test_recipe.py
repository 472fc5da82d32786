"""The recipe in a file is read without a library for its container."""

import json
import struct

import numpy as np
import pytest

from audio import files
from audio.formats import AUDIO_FORMATS
from tonespace.errors import NoRecipeError
from tonespace.recipe import read_recipe

SOUND = np.sin(np.arange(4000) / 5).astype(np.float32)
RECIPE = {"path": "/sample", "query": {"seed": 7, "label": ['digit:ü"}']}, "z": [0.1] * 1024}
TAGGED = ["wav", "wav-float", "flac", "ogg", "mp3"]


@pytest.mark.parametrize("audio_format", TAGGED)
def test_it_is_what_was_written(audio_format):
    data = files.write_audio(SOUND, 8000, audio_format, RECIPE)
    assert read_recipe(data) == RECIPE


@pytest.mark.parametrize("audio_format", AUDIO_FORMATS)
def test_a_file_that_does_not_say_is_an_exception(audio_format):
    with pytest.raises(NoRecipeError):
        read_recipe(files.write_audio(SOUND, 8000, audio_format))


@pytest.mark.parametrize(
    "recipe",
    [
        '{"path":"/metrics","query":{}}',
        '{"path":"/sample"}',
        '{"path":"/sample","query":[]}',
        '{"path":"/sample","query":{}',
        '{"path":"/sample","query":' + "[" * 100_000,
    ],
)
def test_what_the_service_would_not_have_written_is_an_exception(recipe):
    body = b"ICMT" + struct.pack("<I", len(recipe)) + recipe.encode()
    with pytest.raises(NoRecipeError):
        read_recipe(b"RIFF____WAVELIST" + struct.pack("<I", len(body) + 4) + b"INFO" + body)


def test_other_text_that_looks_alike_stands_in_no_ones_way():
    text = json.dumps({"path": "/generate", "body": {"z": [1]}}, separators=(",", ":"))
    assert read_recipe(b'{"path": "no"}' + text.encode() + b"{}")["path"] == "/generate"
