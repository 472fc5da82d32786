"""The same work on many files, several at a time; a bad file stops no other."""

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import TypeVar

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tonespace.cli.files import ThereAlreadyError
from tonespace.cli.output import errors, sentence, warn
from tonespace.errors import TonespaceError, UnreachableError

Task = TypeVar("Task")
Result = TypeVar("Result")


def run_all(
    tasks: Sequence[Task], work: Callable[[Task], Result], report: Callable[[Task, Result], None], jobs: int
) -> None:
    """Works on every task and reports each result as it comes; at the end what failed, and why.

    Args:
        tasks: printed by their `str`.
        work: runs in a thread.
        report: is called in this one.
        jobs: tasks at once.

    Raises:
        UnreachableError: no service answers, so the other tasks would fail as well.
        typer.Exit: some task failed; a single task raises its own error instead.
    """
    if len(tasks) == 1:
        report(tasks[0], work(tasks[0]))
        return
    failed: list[str] = []
    n_there = 0
    pool = ThreadPoolExecutor(jobs)
    try:
        future_of: dict[Future[Result], Task] = {pool.submit(work, task): task for task in tasks}
        with _bar() as bar:
            for future in bar.track(as_completed(future_of), total=len(tasks)):
                task = future_of[future]
                try:
                    result = future.result()
                except UnreachableError:
                    raise
                except ThereAlreadyError:
                    n_there += 1
                except (TonespaceError, OSError) as error:
                    failed.append(f"{task}: {sentence(error)}")
                else:
                    report(task, result)
    finally:
        pool.shutdown(cancel_futures=True)
    _sum_up(len(tasks), n_there, failed)


def _sum_up(n_tasks: int, n_there: int, failed: list[str]) -> None:
    if n_there:
        warn(f"{n_there} of {n_tasks} were already there and were not replaced; --force replaces them.")
    if failed:
        warn(f"{len(failed)} of {n_tasks} failed:")
        for reason in sorted(failed):
            warn(f"  {reason}")
        raise typer.Exit(1)


def _bar() -> Progress:
    """A bar for people who watch; nothing in a log or a pipe."""
    console = errors()
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("left"))
    return Progress(
        *columns,
        console=console,
        disable=not console.is_terminal,
        transient=True,
        redirect_stdout=sys.stdout.isatty(),  # results pass over the bar, but never from a pipe to its screen
    )
