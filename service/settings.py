"""What can be set about the service, read from TONESPACE_* environment variables."""

import difflib
import importlib.util
import ipaddress
import math
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from audio.formats import AudioLimits
from service.keys import KeyFile, Listed, check_keys, keys_in
from service.worker_settings import Provider, WorkerSettings

PREFIX = "TONESPACE_"
READ_ELSEWHERE = frozenset(
    {"TONESPACE_KEY", "TONESPACE_SERVER", "TONESPACE_RECORDINGS"}
)  # by clients, benchmarks
SERVICE_LINK = re.compile(
    r"TONESPACE_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_PROTO|_PORT|_ADDR)?)"
)  # Source: the Kubernetes documentation, "Accessing the Service", environment variables


CONTROL_GROUP = Path("/sys/fs/cgroup")  # of a container
MOST_ON_GPU = 4  # workers by default: each opens the models there itself, two of them in 0.6 GiB


def _n_workers() -> int:
    """One for each usable core, but at most MOST_ON_GPU where ONNX Runtime is the one for GPUs."""
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    n_workers = max(1, int(min(n_cores, _cpu_quota())))
    with suppress(PackageNotFoundError):
        distribution("onnxruntime-gpu")
        return min(n_workers, MOST_ON_GPU)
    return n_workers


def _cpu_quota() -> float:
    """The cores that the control group of this process may use; infinity without a limit.

    Source: "Control Group v2" and "CFS Bandwidth Control" of the Linux kernel's documentation.
    """
    for files in (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us")):
        with suppress(OSError, ValueError):
            quota, period = " ".join((CONTROL_GROUP / file).read_text() for file in files).split()
            return int(quota) / int(period) if quota not in {"max", "-1"} else math.inf
    return math.inf


def _check_traces(endpoint: str) -> str:
    """The address of a collector, if what sends traces to it is installed.

    Raises:
        ValueError: it is not.
    """
    if endpoint and importlib.util.find_spec("opentelemetry.exporter") is None:
        raise ValueError("traces need `pip install -r requirements/service-traces.txt`")
    return endpoint


class RaySettings(BaseModel):
    """What replicas on a Ray cluster are; only `python -m service.cluster` reads it."""

    model_config = ConfigDict(frozen=True)

    address: str = Field("", description="of the cluster, or `auto`; without it, one starts on this machine")
    min_replicas: int = Field(1, ge=1, description="that stay when nothing is asked; `workers` is the most")
    num_cpus: float = Field(1.0, ge=0, description="cores of a replica")
    num_gpus: float = Field(0.0, ge=0, description="GPUs of a replica; replicas share one by fractions")


class Settings(BaseSettings):
    """The settings of one service; nested ones are written TONESPACE_AUDIO__MAX_DURATION_S."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", frozen=True)

    host: str = Field("127.0.0.1", description="`0.0.0.0` for every IPv4 address, `::` for the IPv6 ones too")
    port: int = Field(8000, ge=1, le=65_535)
    root_path: str = Field(
        "", pattern="^(/[A-Za-z0-9._~-]+)*$", description="the prefix of a proxy, such as /tonespace"
    )
    models_dir: Path = Path("models")
    models: Listed = Field((), description="to open, as `name` or `name@version`; none means all")
    watch: bool = Field(False, description="whether the models are opened anew when their directory changes")
    default_model: str = Field("digits-vae", description="`name` or `name@version`")
    max_body_bytes: int = Field(10 * 2**20, ge=1)
    audio: AudioLimits = AudioLimits()
    ray: RaySettings = RaySettings()
    provider: Provider = Field("auto", description="`cuda` demands a GPU, `auto` takes one where it is")
    workers: int = Field(default_factory=_n_workers, ge=1, description="processes that compute")
    queue_limit: int = Field(512, ge=0, description="requests that may wait for a worker")
    queue_wait_s: float = Field(3.0, ge=0, description="the longest estimated wait of a new request")
    deadline_s: float = Field(10.0, gt=0, description="after which no further step of a request begins")
    max_connections: int = Field(512, ge=1, description="at once; a new one replaces the most idle")
    stall_timeout_s: float = Field(10.0, gt=0, description="without a byte from the client in a request")
    min_upload_bytes_per_s: int = Field(1024, ge=1, description="of a request, on average")
    keep_alive_s: int = Field(5, ge=1, description="between two requests of one connection")
    drain_s: float = Field(1.0, ge=0, description="from SIGTERM (/health/ready: 503) to the last accept")
    api_keys: Annotated[Listed, AfterValidator(check_keys)] = Field(
        (), repr=False, description="any of which a request needs, if there are some"
    )
    api_keys_file: KeyFile | None = Field(None, description="with more keys, one a line")
    cors_origins: Listed = Field((), description="whose pages may use the service; `*` for any")
    busy_status: Annotated[Literal[429, 503], BeforeValidator(int)] = Field(
        503, description="of the answer when the queue is full"
    )
    traces_endpoint: Annotated[str, AfterValidator(_check_traces)] = Field(
        "", description="of an OpenTelemetry collector, such as http://collector:4318"
    )
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine reaches the service."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:  # a name
            return self.host == "localhost"

    @property
    def keys(self) -> tuple[str, ...]:
        """Every API key; without one, everybody may use the service."""
        return self.api_keys + (keys_in(self.api_keys_file) if self.api_keys_file else ())

    @property
    def of_workers(self) -> WorkerSettings:
        """What the processes that have the models need."""
        return WorkerSettings(*(getattr(self, name) for name in WorkerSettings._fields))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment variables that are settings."""
        return init_settings, _KnownVariables(settings_cls)


class _KnownVariables(EnvSettingsSource):
    """The environment without the variables that `ignored_variables` reports."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        super().__init__(settings_cls)
        names = [name.lower() for name in variables()]
        self.env_vars = {
            name: value
            for name, value in self.env_vars.items()
            if name in names and not _is_service_link(name.upper(), value or "")
        }


def variables() -> list[str]:
    """The environment variable of every setting."""
    names = []
    for name, field in Settings.model_fields.items():
        names.append(f"{PREFIX}{name}".upper())
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            names += [f"{PREFIX}{name}__{nested}".upper() for nested in field.annotation.model_fields]
    return names


def ignored_variables(environment: Mapping[str, str]) -> list[str]:
    """A sentence for each TONESPACE_* variable that is no setting, with the setting nearest to its name.

    Kubernetes sets such variables for a Service of the name `tonespace`. They have one sentence together,
    and only where they hide the port.
    """
    sentences = []
    for name, value in environment.items():
        if name == f"{PREFIX}PORT" and _is_service_link(name, value):
            port = Settings.model_fields["port"].default
            sentences.append(f"{name}={value} is set by Kubernetes and is ignored: the port is {port}.")
        elif name.startswith(PREFIX) and not _is_known(name, value):
            settings = [known.removeprefix(PREFIX) for known in variables()]
            near = difflib.get_close_matches(name.removeprefix(PREFIX), settings, n=1)
            hint = f": did you mean {PREFIX}{near[0]}?" if near else "."
            sentences.append(f"{name} is no setting and is ignored{hint}")
    return sentences


def invalid_settings(error: ValidationError | SettingsError) -> list[str]:
    """What is wrong with each setting, named as its environment variable."""
    if isinstance(error, SettingsError):
        return [str(error)]
    return [
        f"{PREFIX}{'__'.join(map(str, problem['loc'])).upper()}: "
        + problem["msg"].removeprefix("Value error, ")
        for problem in error.errors(include_url=False, include_input=False)
    ]


def _is_known(name: str, value: str) -> bool:
    return name in READ_ELSEWHERE or name.upper() in variables() or _is_service_link(name, value)


def _is_service_link(name: str, value: str) -> bool:
    """Whether Kubernetes sets this variable for a Service."""
    return bool(SERVICE_LINK.fullmatch(name)) or (name.endswith("_PORT") and "://" in value)
