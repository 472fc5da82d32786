"""`tonespace`, and `python -m tonespace`."""

import sys


def main() -> int:
    """The exit status of the command line."""
    try:
        from tonespace.cli import run
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"httpx", "rich", "typer"}:
            raise
        print(f"tonespace: {error.name} is missing: pip install 'tonespace[cli]'", file=sys.stderr)
        return 1
    return run()


if __name__ == "__main__":
    sys.exit(main())
