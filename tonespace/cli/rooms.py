"""The verbs of the checkout's other rooms: serving and training, each in the environment it needs."""

import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from tonespace.errors import NotInstalledError
from tonespace.local import CHECKOUT, told_models_dir

TRAINING = {
    "sounds": "Synthesise a folder of short sounds to try training on.",
    "prepare": "Make arrays of a folder of recordings.",
    "train": "Train a model on a folder of recordings, and export it.",
    "evaluate": "Measure a trained model.",
    "export": "Write a run into models/.",
    "card": "Write a model's card anew.",
}
KERAS = "keras"
WITH_KERAS = {"train", "evaluate", "export"}
PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
TRAINING_PYTHON = CHECKOUT / ".venv" / "training" / "bin" / "python"


def serve(
    port: Annotated[int | None, typer.Option(help="Default 8000.")] = None,
    host: Annotated[str | None, typer.Option(help="Default 127.0.0.1, this machine alone.")] = None,
    models: Annotated[Path | None, typer.Option(help="The folder of models.")] = None,
    model: Annotated[str | None, typer.Option("--model", "-m", help="The default model.")] = None,
) -> None:
    """Serve the models over HTTP until told to stop."""
    models_dir = models or told_models_dir().get("models_dir")
    told = {"port": port, "host": host, "models_dir": models_dir, "default_model": model}
    settings = {f"TONESPACE_{name.upper()}": str(value) for name, value in told.items() if value is not None}
    _check_room("service", "onnxruntime", "`tonespace serve` works in a checkout, after `make cli`")
    _become(Path(sys.executable), "service", [], settings)


def register(app: typer.Typer) -> None:
    """Adds these verbs."""
    app.command(rich_help_panel="Rooms")(serve)
    for verb, what in TRAINING.items():
        app.command(verb, help=what, rich_help_panel="Rooms", context_settings=PASSED_ON)(_passing_on(verb))


def _passing_on(verb: str) -> Callable[[typer.Context], None]:
    def pass_on(context: typer.Context) -> None:
        _check_room("training", "soundfile", "`tonespace train` works in a checkout, after `make cli`")
        python = Path(sys.executable)
        if verb in WITH_KERAS and importlib.util.find_spec(KERAS) is None:
            python = TRAINING_PYTHON
            if not python.exists():
                raise NotInstalledError("The training environment", "`make train` makes it")
        _become(python, "training", [verb, *context.args], {})

    return pass_on


def _check_room(room: str, needed: str, remedy: str) -> None:
    if not (CHECKOUT / room).is_dir() or importlib.util.find_spec(needed) is None:
        raise NotInstalledError(f"The {room}", remedy)


def _become(python: Path, room: str, arguments: list[str], settings: dict[str, str]) -> NoReturn:
    """Goes on as `python -m room`: signals and exit status are that process's own."""
    path = os.pathsep.join(filter(None, [str(CHECKOUT), os.environ.get("PYTHONPATH")]))
    command = [str(python), "-P", "-m", room, *arguments]  # -P: no module of the current folder
    os.execve(python, command, {**os.environ, **settings, "PYTHONPATH": path})
