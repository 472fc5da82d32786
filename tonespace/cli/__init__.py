"""The command line: each verb of the service, the training and the service itself.

Results go to standard output, everything else to standard error.
"""

from typing import Annotated

import typer

import tonespace
from tonespace.cli import clips, draws, rooms, spaces
from tonespace.cli.telling import sentence, warn
from tonespace.errors import TonespaceError, UnreachableError

FAILED, UNREACHABLE = 1, 3  # 2 is Typer's, of a command that is written wrongly
EXIT_STATUSES = (
    "Exit status: 0 done; 1 refused or failed, of several files any; 2 a command written wrongly; "
    "3 no service answers; 4 `again` made other bytes; 130 interrupted."
)

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="rich", epilog=EXIT_STATUSES
)
clips.register(app)
draws.register(app)
spaces.register(app)
rooms.register(app)


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
    """Put sounds in, get coordinates; put coordinates in, get sounds."""


def run(arguments: list[str] | None = None) -> int:
    """The exit status of a command; what goes wrong is a sentence on standard error."""
    try:
        return int(app(arguments, prog_name="tonespace", standalone_mode=False) or 0)
    except UnreachableError as error:
        return _told(sentence(error), UNREACHABLE)
    except (TonespaceError, OSError) as error:
        return _told(sentence(error), FAILED)
    except typer.TyperException as error:
        return _told(error.format_message(), error.exit_code)


def _told(text: str, status: int) -> int:
    if text:  # without a verb, the help has been told
        warn(f"tonespace: {text}")
    return status
