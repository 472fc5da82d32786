"""What happens around epochs and steps and is not in Keras."""

import keras
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class BetaWarmup(keras.callbacks.Callback):
    """Raises beta from near 0 to its value over the first epochs."""

    def __init__(self, beta: float, n_epochs: int) -> None:
        super().__init__()
        self._beta, self._n_epochs = beta, n_epochs

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        del logs
        self.model.beta.assign(self._beta * min(1.0, (epoch + 1) / max(self._n_epochs, 1)))


class ProgressBar(keras.callbacks.Callback):
    """One bar over all steps, with the time that is left and the latest losses."""

    def __init__(self, n_epochs: int, n_steps: int) -> None:
        super().__init__()
        self._n_epochs, self._n_steps = n_epochs, n_steps
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[losses]}"),
        )
        self._task = self._bar.add_task("epochs", total=n_epochs * n_steps, losses="")

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        del logs
        self._bar.start()

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        del logs
        description = f"epoch {epoch + 1}/{self._n_epochs}"
        self._bar.update(self._task, description=description, completed=epoch * self._n_steps)

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        del batch, logs
        self._bar.advance(self._task)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        shown = "  ".join(f"{k} {float(v):.4g}" for k, v in (logs or {}).items() if "loss" in k)
        self._bar.update(self._task, losses=shown)
        if not self._bar.console.is_terminal:
            self._bar.console.print(f"epoch {epoch + 1}/{self._n_epochs}  {shown}")

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        del logs
        self._bar.stop()
