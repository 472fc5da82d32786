"""What the environment sets, what it cannot set, and what is said of it."""

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsError

from service.settings import Settings, ignored_variables, invalid_settings

# What Kubernetes sets in every container for a Service of the name `tonespace` with the port 8000.
KUBERNETES = {
    "TONESPACE_SERVICE_HOST": "10.0.0.1",
    "TONESPACE_SERVICE_PORT": "8000",
    "TONESPACE_SERVICE_PORT_HTTP": "8000",
    "TONESPACE_PORT": "tcp://10.0.0.1:8000",
    "TONESPACE_PORT_8000_TCP": "tcp://10.0.0.1:8000",
    "TONESPACE_PORT_8000_TCP_PROTO": "tcp",
    "TONESPACE_PORT_8000_TCP_PORT": "8000",
    "TONESPACE_PORT_8000_TCP_ADDR": "10.0.0.1",
}


@pytest.fixture
def environment(monkeypatch):
    def set_all(variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return variables

    return set_all


def test_variables_of_kubernetes_set_nothing_and_are_one_sentence(environment):
    variables = environment(KUBERNETES)
    assert Settings().port == 8000
    (sentence,) = ignored_variables(variables)
    assert (
        sentence
        == "TONESPACE_PORT=tcp://10.0.0.1:8000 is set by Kubernetes and is ignored: the port is 8000."
    )


def test_a_port_beside_the_variables_of_kubernetes_is_the_port(environment):
    variables = environment(KUBERNETES | {"TONESPACE_PORT": "8123"})
    assert Settings().port == 8123
    assert ignored_variables(variables) == []


@pytest.mark.parametrize(
    ("misspelt", "nearest"),
    [
        ("TONESPACE_PROT", "TONESPACE_PORT"),
        ("TONESPACE_DRAINS_S", "TONESPACE_DRAIN_S"),
        ("TONESPACE_MODEL_DIR", "TONESPACE_MODELS_DIR"),
        ("TONESPACE_AUDIO__MAX_DURATON_S", "TONESPACE_AUDIO__MAX_DURATION_S"),
    ],
)
def test_a_misspelt_setting_is_ignored_and_the_nearest_is_named(environment, misspelt, nearest):
    variables = environment({misspelt: "1"})
    assert Settings()
    assert ignored_variables(variables) == [
        f"{misspelt} is no setting and is ignored: did you mean {nearest}?"
    ]


def test_a_name_near_to_none_is_ignored_without_a_guess():
    assert ignored_variables({"TONESPACE_XYZZY": "1"}) == ["TONESPACE_XYZZY is no setting and is ignored."]


def test_settings_and_what_other_programs_read_are_not_reported(environment):
    variables = environment(
        {
            "TONESPACE_AUDIO__MAX_DURATION_S": "3",
            "tonespace_queue_limit": "5",
            "TONESPACE_SERVER": "http://127.0.0.1:8000",
            "TONESPACE_RECORDINGS": "/recordings",
            "PORT": "8123",
        }
    )
    settings = Settings()
    assert (settings.audio.max_duration_s, settings.queue_limit) == (3, 5)
    assert ignored_variables(variables) == []


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"TONESPACE_PORT": "0"}, "TONESPACE_PORT: Input should be greater than or equal to 1"),
        (
            {"TONESPACE_AUDIO__MAX_CHANNELS": "x"},
            "TONESPACE_AUDIO__MAX_CHANNELS: Input should be a valid integer",
        ),
        ({"TONESPACE_AUDIO": "{"}, 'error parsing value for field "audio"'),
    ],
)
def test_a_bad_value_is_one_line_that_names_the_setting(environment, variables, sentence):
    environment(variables)
    with pytest.raises((SettingsError, ValidationError)) as caught:
        Settings()
    (line,) = invalid_settings(caught.value)
    assert line.startswith(sentence)


@pytest.mark.parametrize(
    ("files", "n_workers"),
    [
        ({"cpu.max": "150000 100000\n"}, 1),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu.max": "300000 100000\n"}, 3),
        ({"cpu.max": "max 100000\n"}, 8),
        ({"cpu/cpu.cfs_quota_us": "200000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 2),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 8),
        ({"cpu.max": "nonsense"}, 8),
        ({}, 8),
    ],
)
def test_there_are_as_many_workers_as_cores_that_may_be_used(tmp_path, monkeypatch, files, n_workers):
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    monkeypatch.setattr("service.settings.CONTROL_GROUP", tmp_path)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)))
    assert Settings().workers == n_workers


@pytest.mark.parametrize(("n_cores", "n_workers"), [(2, 2), (16, 4)])
def test_few_workers_share_a_gpu_unless_more_are_asked_for(tmp_path, monkeypatch, n_cores, n_workers):
    monkeypatch.setattr("service.settings.CONTROL_GROUP", tmp_path)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(n_cores)))
    monkeypatch.setattr("service.settings.distribution", lambda name: name)
    assert Settings().workers == n_workers
    assert Settings(workers=12).workers == 12
