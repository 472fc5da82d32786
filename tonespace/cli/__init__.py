"""The command line: each verb of the service and of the training.

Results go to standard output, everything else to standard error.
"""

from typing import Annotated

import typer

import tonespace
from tonespace.cli import checkout, clips, models, music, synthesis
from tonespace.cli.output import print_every_character, sentence, warn
from tonespace.errors import TonespaceError, UnreachableError

FAILED, UNREACHABLE = 1, 3  # 2 is Typer's, of a command that is written wrongly
EXIT_STATUSES = (
    "Exit status: 0 done; 1 refused or failed, for one file or more; 2 the command is written wrongly; "
    "3 no service answers; 4 `again` made other bytes; 130 interrupted."
)

REMEDY = "Start one with `tonespace serve`, name another with --server, or use --local."

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="rich", epilog=EXIT_STATUSES
)
clips.register(app)
synthesis.register(app)
music.register(app)
models.register(app)
checkout.register(app)


def _version(asked: bool) -> None:
    if asked:
        print(tonespace.__version__)
        raise typer.Exit


@app.callback()
def _tonespace(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Turn sounds into coordinates, and coordinates into sounds.

    Verbs for sounds and models ask a service, such as `tonespace serve`; with --local they need none.
    """


def run(arguments: list[str] | None = None) -> int:
    """Runs a command and returns its exit status; what goes wrong is a sentence on standard error."""
    print_every_character()
    try:
        return int(app(arguments, prog_name="tonespace", standalone_mode=False) or 0)
    except UnreachableError as error:
        return _failed(f"{sentence(error)} {REMEDY}", UNREACHABLE)
    except (TonespaceError, OSError) as error:
        return _failed(sentence(error), FAILED)
    except typer.TyperException as error:
        return _failed(error.format_message(), error.exit_code)


def _failed(text: str, status: int) -> int:
    if text:  # without a verb, the help was printed instead
        warn(f"tonespace: {text}")
    return status
