"""A folder of one-shots needs no config: rate, window, spectrogram and labels are chosen from it."""

import numpy as np
import pytest
import soundfile

from training.__main__ import main
from training.config import parse_config
from training.errors import RecordingsError
from training.fit.run import load_run_config
from training.proposal import proposed


def write(path, rate=44_100, duration_s=0.5):
    path.parent.mkdir(parents=True, exist_ok=True)
    t = np.arange(int(duration_s * rate)) / rate
    soundfile.write(path, 0.5 * np.sin(2 * np.pi * 300 * t) * np.exp(-5 * t), rate)


def chosen(folder, *overrides):
    return parse_config(proposed(folder).text, list(overrides), "test")


@pytest.fixture
def folder(tmp_path):
    """Twenty hits of half a second, in two kinds."""
    for i in range(20):
        write(tmp_path / "My Drums" / f"{'kick' if i % 2 else 'snare'}" / f"{i}.wav")
    return tmp_path / "My Drums"


def test_a_folder_becomes_a_config_with_its_labels(folder):
    config = chosen(folder)
    assert config.name == "my-drums"
    assert config.data.recordings == folder
    assert config.conditions == ("kind",)
    assert config.fit.epochs == 300
    assert config.spectrogram.n_fft == 2048
    assert config.spectrogram.hop_length == 512
    assert config.spectrogram.duration_s == pytest.approx(0.5, abs=8 * 512 / 44_100)
    assert config.spectrogram.duration_s >= 0.5
    assert config.spectrogram.high_pass_hz == 20  # what nobody hears decides nothing


@pytest.mark.parametrize(
    ("rates", "expected", "n_fft"),
    [
        ([48_000, 96_000, 22_050], 44_100, 2048),  # what lies above 44.1 kHz counts as that
        ([22_050, 22_050, 44_100], 22_050, 1024),
        ([8000], 8000, 256),
        ([16_000, 44_100], 44_100, 2048),  # of two as common, the higher
    ],
)
def test_the_rate_is_the_commonest_up_to_that_of_a_cd(tmp_path, rates, expected, n_fft):
    for i, rate in enumerate(rates):
        write(tmp_path / f"{i}.wav", rate)
    spectrogram = chosen(tmp_path).spectrogram
    assert (spectrogram.sample_rate, spectrogram.n_fft, spectrogram.win_length) == (expected, n_fft, n_fft)


@pytest.mark.parametrize(
    ("durations", "expected_s", "hop"),
    [
        ([0.05] * 3, 16 * 64 / 8000, 64),  # never fewer than 16 frames
        ([1.0] * 20 + [9.0], 1.0, 64),  # the longest is cut
        ([1.5] * 3, 1.5, 128),
        ([30.0] * 3, 128 * 128 / 8000, 128),  # never more than 128 frames
    ],
)
def test_the_window_covers_most_recordings_within_limits(tmp_path, durations, expected_s, hop):
    for i, duration_s in enumerate(durations):
        write(tmp_path / f"{i}.wav", 8000, duration_s)
    spectrogram = chosen(tmp_path).spectrogram
    assert spectrogram.hop_length == hop
    assert expected_s <= spectrogram.duration_s < expected_s + 8 * hop / 8000


def test_more_recordings_get_fewer_epochs(tmp_path):
    for i in range(400):
        write(tmp_path / f"{i}.wav", 8000, 0.02)
    assert chosen(tmp_path).fit.epochs == 3000 * 16 // 400


def test_every_choice_is_said_and_can_be_overruled(folder):
    said = " ".join(proposed(folder).reasons)
    for choice in (
        "20 recordings",
        "44100 Hz: 20 have 44100 Hz",
        "The window is 0.56 s. The",
        "kick (10), snare (10)",
        "n_fft 2048 and hop_length 512",
        "max_transposition 0,",
        "300 epochs",
    ):
        assert choice in said
    (folder / "pitches.csv").write_text("file,pitch\n", encoding="utf-8")
    assert "max_transposition 0.0293, half a semitone" in " ".join(proposed(folder).reasons)
    (folder / "pitches.csv").unlink()
    config = chosen(folder, "spectrogram.n_frames=32", "fit.epochs=2", "model.conditional=false")
    assert (config.spectrogram.n_frames, config.fit.epochs, config.conditions) == (32, 2, ())


def test_the_window_is_as_long_as_a_recording_and_the_longer_ones_are_counted(tmp_path):
    for i in range(17):
        write(tmp_path / f"{i}.wav", 8000, 0.9)
    write(tmp_path / "long.wav", 8000, 40.0)
    proposal = proposed(tmp_path)
    assert parse_config(proposal.text, [], "test").spectrogram.duration_s == pytest.approx(0.9, abs=0.064)
    assert proposal.reasons[2].endswith(" s: 1 of 18 recordings is longer.")
    assert proposal.reasons[3] == (
        'With data.segment = "start", the default, only the start of a longer recording is used; '
        '"onset" and "hop" use all of it.'
    )


def test_recordings_that_cannot_be_used_are_counted_as_well(tmp_path):
    write(tmp_path / "a.wav", 48_000)
    (tmp_path / "b.wav").symlink_to(tmp_path / "gone.wav")
    reasons = proposed(tmp_path).reasons
    assert reasons[0] == f"{tmp_path} holds 2 recordings."
    assert reasons[1] == "The sample rate is 44100 Hz: 1 has 48000 Hz."


def test_a_table_of_pitches_steers_the_decoder(folder):
    (folder / "pitches.csv").write_text("file,pitch\n", encoding="utf-8")
    config = chosen(folder)
    assert config.conditions == ("kind", "pitch")
    assert config.pitch_label == "pitch"
    assert config.data.labels_file == folder / "pitches.csv"
    assert config.fit.max_transposition > 0


def test_what_cannot_be_read_takes_no_part(folder, tmp_path):
    (folder / "kick" / "broken.wav").write_bytes(b"no sound")
    assert chosen(folder).spectrogram.sample_rate == 44_100
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "broken.wav").write_bytes(b"no sound")
    with pytest.raises(RecordingsError, match="none of the recordings can be read"):
        proposed(tmp_path / "bad")


def test_quotes_and_letters_in_names_stay_what_they_are(tmp_path):
    folder = tmp_path / 'große "Trommel"'
    write(folder / "a.wav")
    assert chosen(folder).data.recordings == folder
    assert chosen(folder).data.name == 'große "Trommel"'


def test_the_command_prints_a_config_that_can_be_edited(folder, capsys):
    assert main(["config", str(folder)]) == 0
    assert parse_config(capsys.readouterr().out, [], "printed") == chosen(folder)


def test_train_takes_a_folder_and_keeps_the_config_in_the_run(folder, tmp_path):
    run, smaller = tmp_path / "run", ["fit.epochs=1", "model.network.encoder_width=8", "model.latent_dim=4"]
    smaller += ["model.network.decoder_width=8", "spectrogram.n_frames=16", "data.segment=start"]
    options = [part for setting in smaller for part in ("--set", setting)]
    arguments = ["train", "--recordings", str(folder), "--run", str(run), "--no-export", *options]
    assert main(arguments) == 0
    assert load_run_config(run) == chosen(folder, *smaller)


def test_what_is_overruled_is_said_after_what_was_chosen(folder, tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    with caplog.at_level("INFO", logger="training"):
        assert main(["prepare", "--recordings", str(folder), "--set", "fit.epochs=2"]) == 0
    chosen_then, overruled = (caplog.text.index(part) for part in ("trained for", "by --set: fit.epochs=2."))
    assert chosen_then < overruled


def test_a_config_and_a_folder_exclude_each_other(folder, tiny_toml, capsys):
    with pytest.raises(SystemExit):
        main(["train", "--recordings", str(folder), "--config", str(tiny_toml)])
    assert "not allowed with" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["train"])
    assert "--config --recordings" in capsys.readouterr().err
