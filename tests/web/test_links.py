"""Links and curl lines that make a sound again."""

import shutil
import subprocess

import pytest

from tests.web.visitor import MAX_SPECTRAL_ERROR, spectral_error

STEPS = 4
LONGEST_LINK = 80  # characters of a link to a spot of the map, a sample or a path between spots
LONGEST_REPLICA_LINK = 900  # of one that holds 256 coordinates and weights of labels
SAME = 1e-3  # of full scale


def brings_back(visit, visitor, longest=LONGEST_LINK):
    """Whether the link of the shown sound gives the same bytes on a fresh page."""
    link = visitor.link()
    assert len(link) <= longest
    friend = visit(link)
    assert friend.played() == []  # a sound plays only after a click
    friend.plays(lambda: friend.page.locator("#replica .play").click())
    return friend.file() == visitor.file()


def test_a_link_brings_back_a_spot_of_the_map_and_its_conversion(visit, visitor):
    visitor.plays(lambda: visitor.press(0.4, 0.6))
    visitor.plays(lambda: visitor.convert(1))
    assert brings_back(visit, visitor)


def test_a_link_brings_back_a_sample(visit, visitor):
    visitor.open_tool("Sample")
    visitor.convert(1, label=0)
    visitor.plays(lambda: visitor.page.click("#new-sample"))
    assert brings_back(visit, visitor, longest=LONGEST_LINK + len("&label=digit:0"))


def test_a_link_brings_back_a_conversion_to_a_number_that_no_recording_has(visit, player):
    pitch = player.page.locator("#targets input[name=pitch]")
    player.plays(player.press)
    pitch.fill("60.5")  # tones were trained with 59 and 61
    player.plays(lambda: pitch.press("Tab"))
    assert "Pitch 60.5" in player.page.inner_text("#chips")
    assert "pitch 60.5" in player.page.inner_text("#result-title")
    assert brings_back(visit, player, longest=LONGEST_LINK + len("&label=pitch:60.5"))


def test_a_number_beyond_the_scale_is_no_conversion(player):
    pitch = player.page.locator("#targets input[name=pitch]")
    pitch.fill("85")
    pitch.press("Tab")
    assert player.page.is_hidden("#conversion")
    assert pitch.evaluate("(field) => field.validity.rangeOverflow")


def test_a_link_brings_back_a_step_and_a_path(visit, visitor):
    visitor.open_tool("Morph")
    visitor.page.focus("#share")
    visitor.plays(lambda: visitor.page.keyboard.press("PageUp"))
    assert brings_back(visit, visitor)
    visitor.page.fill("#steps", str(STEPS))
    visitor.plays(lambda: visitor.page.click("#play-path"))
    assert brings_back(visit, visitor)


def test_a_link_brings_back_a_shaped_sound(visit, visitor):
    visitor.plays(visitor.press)
    visitor.open_tool("Shape")
    visitor.page.locator("#sliders input").first.focus()
    visitor.plays(lambda: visitor.page.keyboard.press("End"))
    assert brings_back(visit, visitor, longest=LONGEST_REPLICA_LINK)


def test_a_link_brings_back_a_spot_among_hidden_recordings(visit, visitor):
    visitor.page.locator("#legend button").nth(4).click()
    visitor.plays(visitor.press)
    assert brings_back(visit, visitor, longest=LONGEST_REPLICA_LINK)


@pytest.mark.parametrize("target", ["", "theo"])
def test_a_link_brings_back_a_replica_without_the_recording(visit, visitor, recording, target):
    visitor.plays(lambda: visitor.upload(recording))
    if target:
        visitor.plays(lambda: visitor.convert(target))
    link = visitor.link()
    assert len(link) <= LONGEST_REPLICA_LINK
    friend = visit(link)
    friend.plays(lambda: friend.page.locator("#replica .play").click())
    replica, linked = visitor.samples(), friend.samples()
    assert len(linked) == len(replica)
    assert spectral_error(linked, replica) < MAX_SPECTRAL_ERROR


def test_the_link_of_a_sound_in_two_dimensions_is_short(visit, recording):
    visitor = visit("#model=thesis-vae")
    visitor.plays(lambda: visitor.upload(recording))
    link = visitor.link()
    assert len(link) <= LONGEST_LINK + 40
    friend = visit(link)
    assert friend.samples() == pytest.approx(visitor.samples(), abs=SAME)


@pytest.mark.parametrize(
    ("link", "words"),
    [
        ("seed=abc", 'its seed is "abc"'),
        ("seed=-4", 'its seed is "-4"'),
        ("point=1,x", 'its point is "1,x"'),
        ("point=1,2,3", 'its point is "1,2,3"'),
        ("point=AAA!", 'its point is "AAA!"'),
        ("seed=7&temperature=9", "temperature 9; 0 to 2 are possible"),
        ("seed=7&label=digit:77", "digit 77, which digits-vae@"),
        ("point=1,2&labels=oops", 'its labels is "oops"'),
        ("path=1,2", 'its path is "1,2"'),
        ("z=1,2", 'it contains "z"'),
    ],
)
def test_a_link_that_cannot_be_read_is_explained(visit, link, words):
    visitor = visit(f"#model=digits-vae&{link}")
    assert visitor.reads(words)
    assert visitor.played() == []


def test_a_link_to_no_model_is_explained(visit):
    visitor = visit("#model=nobody@9&point=1,2")
    assert visitor.reads("the model nobody@9, which this service does not have")


@pytest.mark.parametrize("z", [[0, -1.23, 4.56e-7, 3.98765432], [0.0, 0.0], [-1e9, 5e8], [0.1] * 256])
def test_a_packed_z_has_steps_of_a_sixteen_bit_number_and_stays_the_same(visitor, z):
    again = """async (z) => {
      const { packed, unpacked, packable } = await import('./web/packing.js');
      return [unpacked(packed(z)), packable(packable(z))];
    }"""
    once, twice = visitor.page.evaluate(again, z)
    assert once == twice
    assert once == pytest.approx(z, abs=0.51 * max(map(abs, z)) / 32767, rel=1e-6)


def test_downloads_of_different_sounds_have_different_names(visitor, recording):
    def name():
        with visitor.page.expect_download() as coming:
            visitor.page.click("#download")
        return coming.value.suggested_filename

    actions = [
        lambda: visitor.press(0.4, 0.4),
        lambda: visitor.press(0.42, 0.4),
        lambda: visitor.convert("theo"),
        lambda: visitor.upload(recording, "kick.wav"),
        lambda: visitor.convert("lucas"),
        lambda: visitor.page.locator("#chips button").click(),
    ]
    names = []
    for action in actions:
        visitor.plays(action)
        names.append(name())
    assert len(set(names)) == len(names)
    assert all(name.endswith(".wav") for name in names)
    assert sum(name.startswith("kick-") for name in names) == 3


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("kind", ["point", "sample", "path", "upload"])
def test_the_curl_line_gives_the_same_file(visitor, tmp_path, kind, recording):
    if kind == "point":
        visitor.plays(visitor.press)
    elif kind == "upload":
        (tmp_path / "it's mine.wav").write_bytes(recording)
        visitor.plays(lambda: visitor.upload(recording, "it's mine.wav"))
    else:
        visitor.open_tool("Sample" if kind == "sample" else "Morph")
        visitor.plays(lambda: visitor.page.click("#new-sample" if kind == "sample" else "#play-path"))
    line = visitor.copied("#copy-curl")
    subprocess.run(["sh", "-c", f"{line} -s -f"], cwd=tmp_path, check=True)
    (made,) = (path for path in tmp_path.iterdir() if not path.name.startswith("it's"))
    assert made.read_bytes() == visitor.file()
