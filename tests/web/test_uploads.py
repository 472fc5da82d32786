"""The visitor's own sounds in a real browser: recorded, chosen, dropped, one or several."""

import io

import numpy as np
import pytest
import soundfile

RATE_HZ = 16_000


def sound_of(*parts, audio_format="WAV"):
    """A file of parts, each a frequency in Hz, 0 for silence, and a duration in s."""
    waves = [0.4 * np.sin(2 * np.pi * hz * np.arange(round(s * RATE_HZ)) / RATE_HZ) for hz, s in parts]
    buffer = io.BytesIO()
    soundfile.write(buffer, np.concatenate(waves), RATE_HZ, format=audio_format)
    return buffer.getvalue()


def test_a_recording_of_the_microphone_is_replicated_and_converted(visitor):
    page = visitor.page
    page.click("#record")
    page.wait_for_selector("#level:visible")
    page.wait_for_timeout(1600)
    visitor.plays(lambda: page.click("#record"))
    assert page.inner_text("#result-title").startswith("Your sound")
    assert visitor.painted("#original canvas") > 1000
    assert "dB" in page.inner_text("#quality")
    visitor.plays(lambda: page.locator("#original .play").click())
    visitor.plays(lambda: page.locator("#replica .play").click())
    replica = visitor.file()
    visitor.plays(lambda: visitor.convert(1))
    first = visitor.file()
    visitor.plays(lambda: visitor.convert(2))
    assert len({replica, first, visitor.file()}) >= 2
    assert "--data-binary @recording-" in page.inner_text("#curl")


def test_a_file_is_marked_on_the_map(visitor, recording):
    visitor.plays(lambda: visitor.upload(recording))
    assert "mine.wav" in visitor.page.inner_text("#about")
    assert visitor.page.is_visible("#original")


def test_dropped_files_are_replicated(visitor, recording):
    drop = """(data) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(data)], "dropped.wav", { type: "audio/wav" }));
      for (const kind of ["dragover", "drop"])
        document.body.dispatchEvent(
          new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }"""
    visitor.press()
    visitor.plays(lambda: visitor.page.evaluate(drop, list(recording)))
    assert visitor.page.is_hidden("#drop")


@pytest.mark.parametrize(("data", "words"), [(b"no sound at all", "read"), (b"", "empty")])
def test_a_refused_upload_is_explained_in_the_words_of_the_service(visitor, data, words):
    visitor.upload(data, "notes.txt", "text/plain")
    problem = visitor.page.get_by_role("alert")
    problem.wait_for()
    assert words in problem.inner_text()
    visitor.forgive("422")  # the browser logs the answer
    visitor.plays(visitor.press)
    assert problem.is_hidden()


def test_after_a_refused_upload_the_one_before_can_be_converted(visitor, recording):
    visitor.plays(lambda: visitor.upload(recording))
    visitor.upload(b"no sound at all", "notes.txt", "text/plain")
    visitor.page.get_by_role("alert").wait_for()
    visitor.forgive("422")
    own = visitor.file()
    visitor.plays(lambda: visitor.convert(1))
    assert visitor.file() != own


def test_several_files_are_listed_numbered_and_played_on_a_click(visitor, recording):
    visitor.plays(
        lambda: visitor.upload_several({"one.wav": recording, "bad.wav": b"no sound", "two.wav": recording})
    )
    rows = visitor.page.locator("#upload-list li")
    visitor.page.wait_for_function(
        "() => document.querySelectorAll('#upload-list li')[2].innerText.includes('Recognised')"
    )
    assert [row.split("\n")[0] for row in rows.all_inner_texts()] == [
        "1. one.wav",
        "2. bad.wav",
        "3. two.wav",
    ]
    assert "read" in rows.nth(1).inner_text()
    assert len(visitor.played()) == 1
    visitor.forgive("422")
    visitor.plays(rows.nth(2).get_by_role("button").click)
    assert "two.wav" in visitor.page.inner_text("#about")
    assert rows.nth(2).get_by_role("button").get_attribute("aria-current") == "true"


def test_the_page_says_what_happens_to_a_recording(visitor, recording):
    assert "does not keep the recording" in visitor.page.inner_text("#upload-hint")
    visitor.plays(lambda: visitor.upload(recording))
    about = visitor.page.inner_text("#about")
    assert "mine.wav lasts 0.40 s." in about
    assert "The service does not keep your recording, and the link contains only the replica." in about


@pytest.mark.parametrize("familiar", [True, False])
def test_an_unfamiliar_sound_is_shown_with_the_way_to_adapt(visitor, recording, familiar):
    def answered(route):
        answer = route.fetch()
        familiarity = {"score": 0.5 if familiar else 1.37, "threshold": 1.0, "familiar": familiar}
        route.fulfill(response=answer, json={**answer.json(), "familiarity": familiarity})

    visitor.page.route("**/encode?*", answered)
    visitor.plays(lambda: visitor.upload(recording))
    assert visitor.page.is_visible("#unfamiliar") != familiar
    if not familiar:
        assert "tonespace adapt --clips my-clips --label speaker:new" in visitor.page.inner_text(
            "#unfamiliar"
        )


def test_the_start_of_the_window_is_chosen_with_a_handle(visitor):
    page = visitor.page
    visitor.plays(lambda: visitor.upload(sound_of((440, 0.5), (0, 2), (880, 0.5))))
    first = visitor.file()
    assert page.is_visible("#excerpt")
    assert page.input_value("#start") == "0"
    assert visitor.painted("#whole") > 1000
    page.focus("#start")
    visitor.plays(lambda: page.keyboard.press("End"))
    page.wait_for_function("() => about.innerText.includes('from 1.98 s on')")
    assert visitor.file() != first
    assert "start_s=1.98" in page.inner_text("#curl")
    visitor.plays(lambda: visitor.upload(sound_of((440, 0.5))))
    assert page.is_hidden("#excerpt")


def test_skipped_silence_is_reported(visitor):
    visitor.plays(lambda: visitor.upload(sound_of((0, 1.5), (440, 0.5))))
    assert "s are silence and were skipped" in visitor.page.inner_text("#about")
    assert float(visitor.page.input_value("#start")) == pytest.approx(1.4, abs=0.1)


def test_a_file_that_was_cut_off_is_reported(visitor):
    visitor.plays(lambda: visitor.upload(sound_of((440, 0.8))[: RATE_HZ // 2]))
    assert "cut off" in visitor.page.inner_text("#about")


def test_the_browser_decodes_what_the_service_cannot_read(visitor):
    problem = {"type": "urn:tonespace:problem:unreadable-audio", "detail": "The audio cannot be read."}

    def without_flac(route):
        if route.request.post_data_buffer.startswith(b"fLaC"):
            route.fulfill(status=422, json=problem)
        else:
            route.continue_()

    visitor.page.route("**/encode?*", without_flac)
    visitor.page.route("**/reconstruct?*", without_flac)
    visitor.plays(
        lambda: visitor.upload(sound_of((440, 0.5), audio_format="FLAC"), "mine.flac", "audio/flac")
    )
    assert "Your browser decoded mine.flac. mine.wav lasts 0.50 s." in visitor.page.inner_text("#about")
    visitor.forgive("422")
