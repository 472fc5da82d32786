"""The verbs that run the service and the training of the checkout, each in the environment that it needs."""

import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NamedTuple, NoReturn

import typer

from tonespace.errors import NotInstalledError
from tonespace.local import CHECKOUT, default_models_dir


class TrainingVerb(NamedTuple):
    """A verb of `python -m training`."""

    help: str
    make: str = ""  # the same for `make`, which makes the environment first; empty: it needs no Keras


TRAINING = {
    "sounds": TrainingVerb("Synthesise a folder of short sounds to try training on."),
    "prepare": TrainingVerb("Turn a folder of recordings into arrays for training."),
    "train": TrainingVerb("Train a model on a folder of recordings, and export it.", "train CONFIG=my.toml"),
    "adapt": TrainingVerb(
        "Adapt a model to a new speaker, or another new label, from a few clips.",
        "adapt CLIPS=my-clips LABEL=speaker:me",
    ),
    "evaluate": TrainingVerb("Measure a trained model.", "evaluate CONFIG=my.toml"),
    "export": TrainingVerb("Write a training run into models/.", "export RUN=runs/my"),
    "card": TrainingVerb("Write the card of a model again."),
}
KERAS = "keras"
PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
ENVIRONMENTS = CHECKOUT / ".venv"
CONFIG = CHECKOUT / "training" / "configs" / "digits-vae.toml"


def serve(
    port: Annotated[int | None, typer.Option(help="The port. [dim]Default: 8000.[/dim]")] = None,
    host: Annotated[
        str | None, typer.Option(help="The address. [dim]Default: 127.0.0.1, for this machine alone.[/dim]")
    ] = None,
    models: Annotated[Path | None, typer.Option(metavar="FOLDER", help="The folder of the models.")] = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", metavar="MODEL", help="The default model.")
    ] = None,
) -> None:
    """Serve the models over HTTP until Ctrl-C stops it."""
    models_dir = models or default_models_dir().get("models_dir")
    given = {"port": port, "host": host, "models_dir": models_dir, "default_model": model}
    settings = {f"TONESPACE_{name.upper()}": str(value) for name, value in given.items() if value is not None}
    _check_installed("service", "onnxruntime", "serve", "serve")
    _become(Path(sys.executable), "service", [], settings)


def register(app: typer.Typer) -> None:
    """Adds these verbs."""
    app.command(rich_help_panel="Serving and training")(serve)
    for name, verb in TRAINING.items():
        app.command(name, help=verb.help, rich_help_panel="Serving and training", context_settings=PASSED_ON)(
            _passing_on(name, verb)
        )


def _passing_on(name: str, verb: TrainingVerb) -> Callable[[typer.Context], None]:
    def pass_on(context: typer.Context) -> None:
        _check_installed("training", "soundfile", name, verb.make or "cli")
        python = Path(sys.executable)
        if verb.make and importlib.util.find_spec(KERAS) is None:
            named = ("adapt", "training") if name == "adapt" else ("training",)
            found = [ENVIRONMENTS / environment / "bin" / "python" for environment in named]
            python = next(filter(Path.exists, found), python)
            if python not in found:
                remedy = f"run `make {verb.make}` in {CHECKOUT}, which installs it first"
                raise NotInstalledError(f"The {named[0]} environment", remedy)
        _become(python, "training", [name, *_defaults(name), *context.args], {})

    return pass_on


def _defaults(name: str) -> list[str]:
    """The first arguments of `adapt`, which options of the user replace: the config and the models."""
    if name != "adapt":
        return []
    models_dir = default_models_dir().get("models_dir") or os.environ.get("TONESPACE_MODELS_DIR", "models")
    return ["--config", str(CONFIG), "--models", str(models_dir)]


def _check_installed(package: str, needed: str, verb: str, make: str) -> None:
    if not (CHECKOUT / package).is_dir() or importlib.util.find_spec(needed) is None:
        where = f"`tonespace {verb}` works in a clone of the repository"
        raise NotInstalledError(f"The {package}", f"{where}, where `make {make}` installs what it needs")


def _become(python: Path, package: str, arguments: list[str], settings: dict[str, str]) -> NoReturn:
    """Goes on as `python -m package`: signals and exit status are that process's own."""
    path = os.pathsep.join(filter(None, [str(CHECKOUT), os.environ.get("PYTHONPATH")]))
    command = [str(python), "-P", "-m", package, *arguments]  # -P: no module of the current folder
    os.execve(python, command, {**os.environ, **settings, "PYTHONPATH": path})
