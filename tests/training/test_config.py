"""One experiment is one file, and everything in it is checked before anything runs."""

from pathlib import Path

import pytest

from training.config import Config, load_config
from training.errors import ConfigError

CONFIGS = sorted((Path(__file__).parents[2] / "training/configs").glob("*.toml"))


@pytest.fixture
def edited(tiny_toml, tmp_path):
    """The tiny experiment with one piece of its text replaced."""

    def edit(old, new):
        text = tiny_toml.read_text(encoding="utf-8")
        assert old in text
        path = tmp_path / "edited.toml"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return path

    return edit


def refusal(path, *overrides):
    with pytest.raises(ConfigError) as raised:
        load_config(path, list(overrides))
    return str(raised.value)


def test_there_are_experiments():
    assert {"digits-vae.toml", "thesis-ae.toml", "thesis-vae.toml"} <= {path.name for path in CONFIGS}


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_experiment_of_the_repository_loads(path):
    config = load_config(path)
    assert config.name == path.stem
    assert config.data.test is not None
    if config.data.name == "Free Spoken Digit Dataset":  # its official test split
        assert (config.data.test.field, config.data.test.values) == ("index", "0-4")


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_no_experiment_but_those_of_the_thesis_keeps_what_cannot_be_heard(path):
    assert (load_config(path).spectrogram.high_pass_hz > 0) != path.stem.startswith("thesis-")


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_the_resolved_config_comes_back_from_json(path):
    config = load_config(path, ["fit.learning_rate=0.1", "data.recordings=some/where"])
    assert Config.model_validate_json(config.model_dump_json(indent=2)) == config


def test_the_tiny_experiment_comes_back_from_json_in_both_families(tiny):
    for config in (tiny(), tiny(family="thesis")):
        assert Config.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("seed = 3", "sede = 3", "sede"),
        ("\nepochs = 2", "\nepoch = 2", "fit.epoch:"),
        ("image_height = 16", "image_hight = 16", "spectrogram.image_hight"),
        ("encoder_width = 8", "filters = [8]", "model.network.residual.filters"),
        ("\nepochs = 2", '\nepochs = "two"', "fit.epochs"),
        ("labels = [", 'labels = "digit" #', "data.labels"),
        ("\nepochs = 2", "\nepochs = 1.5", "fit.epochs"),
        ("\nepochs = 2", "\nepochs = 0", "fit.epochs"),
        ("latent_dim = 3", "latent_dim = 0", "model.latent_dim"),
        ("learning_rate = 1e-2", "learning_rate = -1.0", "fit.learning_rate"),
        ("learning_rate = 1e-2", "learning_rate = inf", "fit.learning_rate"),
        ("beta = 1e-3", "beta = nan", "model.beta"),
        ("n_fft = 64", "n_fft = 8", "spectrogram.n_fft"),
        ("win_length = 64", "win_length = 65", "win_length must not exceed n_fft"),
        ("strides = [2]", "strides = [0]", "model.network.residual.strides.0"),
        ('family = "residual"', 'family = "transformer"', "model.network"),
        ('kind = "loudness-weighted"', 'kind = "absolute"', "model.loss"),
        ('kind = "variational-autoencoder"', 'kind = "gan"', "model.kind"),
        ('name = "tiny"', 'name = "Tiny Model"', "name"),
        ('description = "Tones"', "", "description"),
        ('labels = ["digit", "speaker"]', "", "model.conditional needs data.labels"),
        ('labels = ["digit", "speaker"]', 'labels = ["digit", "mood"]', "data.pattern"),
        ('labels = ["digit", "speaker"]', 'labels = ["Digit"]', "data.labels.0"),
        ("{digit}_{speaker}", "{z}_{speaker}", "data.pattern"),
        ("{digit}_{speaker}_{index}", "{digit}_{speaker}_{digit}", "data: "),
        ("{digit}_{speaker}_{index}", "{digit}_{speaker}_{}", "data: "),
        ('field = "index", values = "0-1"', 'field = "index"', "data.test"),
        ('field = "index", values = "0-1"', 'fraction = 0.2, field = "index", values = "1"', "data.test"),
        ('field = "index", values = "0-1"', "fraction = 1.5", "data.test.fraction"),
    ],
)
def test_a_refused_setting_is_named(old, new, key, edited):
    assert key in refusal(edited(old, new))


@pytest.mark.parametrize("name", ["z", "z_mean", "log_magnitude", "reconstruction", "kl", "features"])
def test_a_label_does_not_take_the_name_of_a_tensor(name, tiny_toml):
    pattern = f"data.pattern={{{name}}}_{{speaker}}_{{index}}"
    assert name in refusal(tiny_toml, pattern, f'data.labels=["{name}"]')


def test_filters_without_strides_are_refused(tiny):
    with pytest.raises(ConfigError, match=r"model\.network\.thesis.*3 filters, but 2 strides"):
        tiny("model.network.filters=[4, 4, 4]", family="thesis")


def test_neighbours_that_no_draw_would_lie_between_are_refused(tiny):
    with pytest.raises(ConfigError, match=r"sampling: .*needs a bandwidth below 1"):
        tiny("sampling.n_neighbours=6", "sampling.bandwidth=1.0")


def test_a_picture_that_the_thesis_network_cannot_give_back_is_refused(tiny):
    with pytest.raises(ConfigError, match=r"model\.network\.strides.*17 x 16.*spectrogram\.image_height"):
        tiny("spectrogram.image_height=17", family="thesis")


@pytest.mark.parametrize("term", ["bands", "structure"])
def test_auditory_bands_of_a_resized_picture_are_refused(tiny, term):
    with pytest.raises(ConfigError, match=rf"model\.loss\.{term}.*without image_height"):
        tiny("spectrogram.image_height=17", "model.loss.kind=loudness-weighted", f"model.loss.{term}=1.0")


@pytest.mark.parametrize(
    ("override", "read"),
    [
        ("seed=7", lambda c: c.seed == 7),
        ("fit.learning_rate=5e-4", lambda c: c.fit.learning_rate == 5e-4),
        ("model.conditional=false", lambda c: c.model.conditional is False),
        ("description=a bare sentence, with = in it", lambda c: c.description.endswith("with = in it")),
        ('description="quoted"', lambda c: c.description == "quoted"),
        ("model.network.strides=[4, 2, 2]", lambda c: c.model.network.strides == (4, 2, 2)),
        ('data.labels=["digit"]', lambda c: c.data.labels == ("digit",)),
        ("data.test={ fraction = 0.25 }", lambda c: c.data.test.fraction == 0.25),
        ("sampling.temperature=0.5", lambda c: c.sampling.temperature == 0.5),  # a section not in the file
        ("data.recordings=/some/where", lambda c: c.data.recordings == Path("/some/where")),
    ],
)
def test_an_override_is_read_as_toml(override, read, tiny_toml):
    assert read(load_config(tiny_toml, [override]))


@pytest.mark.parametrize("written", ["~/sounds", "~"])
def test_a_tilde_in_the_recordings_is_the_home_directory(written, tiny_toml, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    config = load_config(tiny_toml, [f"data.recordings={written}"])
    assert config.data.recordings == tmp_path / written[2:]


def test_the_home_directory_of_nobody_is_refused(tiny_toml):
    assert "~no-such-user/x: no such home directory" in refusal(tiny_toml, "data.recordings=~no-such-user/x")


def test_a_config_that_begins_with_a_byte_order_mark_is_read(tiny_toml, tmp_path):
    marked = tmp_path / "marked.toml"
    marked.write_bytes(b"\xef\xbb\xbf" + tiny_toml.read_bytes())
    assert load_config(marked) == load_config(tiny_toml)


def test_the_last_override_wins(tiny_toml):
    assert load_config(tiny_toml, ["seed=1", "seed=2"]).seed == 2


@pytest.mark.parametrize(
    ("override", "named"),
    [
        ("fit.epochs", "fit.epochs: write it as dotted.key=value"),
        ("=3", "=3: write it as dotted.key=value"),
        ("seed.deeper=1", "seed is not a section"),
        ("fit.epochs=many", "fit.epochs"),
        ("fit.epochs=0", "fit.epochs"),
        ("fit.speed=9", "fit.speed"),
        ("turbo=true", "turbo"),
        ("seed=2020-01-01", "seed"),
    ],
)
def test_a_bad_override_is_named(override, named, tiny_toml):
    assert named in refusal(tiny_toml, override)


def test_every_refused_setting_is_named_at_once(tiny_toml):
    message = refusal(tiny_toml, "fit.epochs=0", "model.latent_dim=0")
    assert "fit.epochs" in message
    assert "model.latent_dim" in message


def test_a_missing_file_and_a_file_that_is_not_toml_are_named(tmp_path):
    assert "nowhere.toml: cannot be read" in refusal(tmp_path / "nowhere.toml")
    broken = tmp_path / "broken.toml"
    broken.write_bytes(b"name = \n")
    assert "broken.toml: is not TOML" in refusal(broken)
    broken.write_bytes(b"\xff\xfe\x00")
    assert "broken.toml: is not TOML" in refusal(broken)
