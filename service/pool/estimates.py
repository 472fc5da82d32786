"""How long tasks take, learnt from those that were answered."""

from service.contract.tasks import GenerateTask, MorphTask, SampleTask, SegmentTask, Task

UNKNOWN_S = 0.02  # of a sound of a kind that was not computed yet
NEWEST_SHARE = 0.2  # of an estimate


class Estimates:
    """The seconds of a worker's time for one sound, by kind of task and model."""

    def __init__(self) -> None:
        self._seconds: dict[tuple[type, str], float] = {}

    def cost_s(self, task: Task) -> float:
        """The estimated seconds of a task."""
        return _n_sounds(task) * self._seconds.get(_kind(task), UNKNOWN_S)

    def learn(self, task: Task, seconds: float) -> None:
        """Takes into account how long a task took."""
        measured, kind = seconds / _n_sounds(task), _kind(task)
        known = self._seconds.get(kind, measured)
        self._seconds[kind] = known + NEWEST_SHARE * (measured - known)


def _kind(task: Task) -> tuple[type, str]:
    return type(task), task.model


def _n_sounds(task: Task) -> int:
    match task:
        case SampleTask():
            return task.query.n
        case GenerateTask():
            return len(task.body.z) if task.body.several else 1  # type: ignore[arg-type]  # then it is a list
        case MorphTask():
            return task.body.steps
        case SegmentTask():
            return max(1, len(task.notes))
    return 1
