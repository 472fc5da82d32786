"""Accept headers as clients send them, with and without a format."""

import shutil
import subprocess

import pytest

JAVA = "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"
FIREFOX = (
    "audio/webm,audio/ogg,audio/wav,audio/*;q=0.9,application/ogg;q=0.7,video/*;q=0.6,*/*;q=0.5"  # <audio>
)
Z = {"z": [0.1, 0.2, -0.3, 0.4]}


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (JAVA, "audio/wav"),
        (FIREFOX, "audio/wav"),
        ("*/*;q=.5", "audio/wav"),
        ("*", "audio/wav"),
        ("audio/x-wav", "audio/wav"),
        ("audio/wave", "audio/wav"),
        ("application/x-wav", "audio/wav"),
        ("audio/vnd.wave", "audio/wav"),
        ("audio/mpeg", "audio/mpeg"),
        ("audio/mp3", "audio/mpeg"),
        ("audio/flac", "audio/flac"),
        ("audio/x-flac, */*;q=.1", "audio/flac"),
        ("audio/ogg;codecs=vorbis", "audio/ogg"),
        ("application/ogg", "audio/ogg"),
        ("audio/pcm", "audio/pcm"),
        ("audio/mpeg, audio/flac;q=0.9, */*;q=0.8", "audio/mpeg"),
        ("audio/wav;q=0, audio/*", "audio/flac"),
        ("application/json, audio/mpeg;q=0.5", "application/json"),
    ],
)
def test_without_a_format_the_header_names_it(client, wav, accept, answered, listen):
    headers = {"accept": accept}
    for answer in (
        client.get("/sample?seed=7", headers=headers),
        client.post("/generate", json=Z, headers=headers),
        client.post("/reconstruct", content=wav, headers=headers),
        client.post("/morph", json={"from": Z["z"], "to": [1, 1, 1, 1], "steps": 3}, headers=headers),
    ):
        assert answer.headers["content-type"] == answered
        if answered.startswith("audio/"):
            listen(answer)


@pytest.mark.parametrize(("accept", "audio_format"), [("audio/mpeg", "mp3"), ("audio/flac", "flac")])
def test_what_the_header_names_is_what_the_format_asks_for(client, accept, audio_format):
    by_header = client.get("/sample?seed=7", headers={"accept": accept})
    by_query = client.get(f"/sample?seed=7&format={audio_format}")
    assert by_header.content == by_query.content
    assert by_header.headers["etag"] == by_query.headers["etag"]
    assert by_header.headers["content-disposition"].endswith(f'.{audio_format}"')


@pytest.mark.parametrize("audio_format", ["wav", "wav-float", "mp3"])
def test_a_format_that_the_header_refuses_is_a_conflict(client, refused, audio_format):
    headers = {"accept": "audio/flac"}
    for answer in (
        client.get(f"/sample?format={audio_format}", headers=headers),
        client.post("/generate", json={**Z, "format": audio_format}, headers=headers),
    ):
        assert f"format={audio_format}" in refused(answer, 406, "not-acceptable")["detail"]


@pytest.mark.parametrize("accept", [JAVA, "*/*;q=.5", "audio/*", "audio/x-wav, */*;q=0.1"])
def test_a_format_that_the_header_allows_is_answered(client, accept):
    for audio_format, media_type in [("mp3", "audio/mpeg"), ("wav-float", "audio/wav")]:
        answer = client.get(f"/sample?seed=7&format={audio_format}", headers={"accept": accept})
        assert answer.headers["content-type"] == media_type


def test_data_holds_wav_unless_a_format_is_asked(client):
    headers = {"accept": "application/json"}
    assert client.get("/sample?seed=7", headers=headers).json()["format"] == "wav"
    assert client.get("/sample?seed=7&format=ogg", headers=headers).json()["format"] == "ogg"


SOURCE = """
import java.io.*; import java.net.*;
public class Get {
  public static void main(String[] arguments) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) new URL(arguments[0]).openConnection();
    System.out.print(connection.getResponseCode() + " " + connection.getContentType());
  }
}
"""


@pytest.mark.skipif(shutil.which("java") is None, reason="java is not installed")
def test_java_gets_a_sound_with_the_header_it_sends_by_itself(running, tmp_path):
    (tmp_path / "Get.java").write_text(SOURCE)
    command = ["java", "-Xshare:auto", "Get.java", f"{running}/sample?seed=7"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    if "compiler" in ran.stderr:
        pytest.skip("this java has no compiler")
    assert ran.stdout == "200 audio/wav", ran.stderr
