"""The errors of requests and of the models; `audio.errors` has those of audio files.

ServiceError                  the request cannot be answered
├── UnknownModelError         no such model or version
├── LatentShapeError          z has another number of coordinates than the model
├── LatentRangeError          a weighted sum is beyond the limits of z
├── MorphTooLongError         a morph of so many steps is more than is computed at once
├── LabelError                the model does not accept the labels
│   ├── UnlabelledModelError      it has no labels
│   ├── UnknownLabelError         it has labels, but none of this name
│   ├── UnknownLabelValueError    the label has no such value
│   ├── LabelNumberError          the label is a number, and the value is not on its scale
│   ├── LabelSyntaxError          `label` is not name:value, or names one label twice
│   └── LabelWeightError          a weight of a mixture is negative or not finite, or all are 0
├── UnpitchedModelError       the model has no label for the pitch, and the request is for notes
├── MidiError                 the MIDI file cannot be read
├── NoNotesError              there is no note in the melody
├── MelodyTooLongError        the melody has more notes, or lasts longer, than is played
├── SilentWindowError         the upload is silent within the model's window
├── InferenceRequestError     a request for one network is not as its protocol or the network demands
├── QueueFullError            the queue of waiting requests is full
├── DeadlineError             the deadline passed before the last of the work began
├── ReloadError               the models cannot be opened anew; the old models stay in use
├── WorkerLostError           the workers that computed the request have ended
└── NotReadyError             the models are not open, or the service is shutting down
StoreError                    the service cannot start with these models
├── NoModelsError             there is no model, or the default one is missing
├── MisplacedModelError       the name of a model's directory differs from its manifest
├── BrokenModelError          a network does not load or does not match its manifest
├── NoGpuError                a GPU is demanded, and the model does not run on one
└── WorkersEndedError         a worker ended before its models were open
CannotListenError             the address of the service cannot be opened

The exceptions carry facts and know no HTTP; `service.http.errors` has those of headers and bodies.
"""

from collections.abc import Sequence
from pathlib import Path


class ServiceError(Exception):
    """The request cannot be answered."""


class UnknownModelError(ServiceError):
    """No such model or version."""

    def __init__(self, asked: str, known: Sequence[str]) -> None:
        super().__init__(f"There is no model {asked!r}; there are {_listed(known)}.")
        self.asked, self.known = asked, known


class LatentShapeError(ServiceError):
    """z has another number of coordinates than the model."""

    def __init__(self, model: str, actual: int, expected: int) -> None:
        super().__init__(f"z has {actual} coordinates, {model} has {expected}.")
        self.model, self.actual, self.expected = model, actual, expected


class LatentRangeError(ServiceError):
    """A weighted sum is beyond the limits of z."""

    def __init__(self, limit: float) -> None:
        super().__init__(f"A coordinate of the weighted sum is beyond {limit:g} on either side of 0.")
        self.limit = limit


class MorphTooLongError(ServiceError):
    """A morph of so many steps is more than is computed at once."""

    def __init__(self, steps: int, limit: int) -> None:
        super().__init__(f"A morph of {steps} steps is too long for this model: at most {limit}.")
        self.steps, self.limit = steps, limit


class LabelError(ServiceError):
    """The model does not accept the labels."""


class UnlabelledModelError(LabelError):
    """The model has no labels."""

    def __init__(self, model: str) -> None:
        super().__init__(f"{model} has no labels, so none can be asked for.")
        self.model = model


class UnknownLabelError(LabelError):
    """The model has labels, but none of this name."""

    def __init__(self, model: str, name: str, known: Sequence[str]) -> None:
        super().__init__(f"{model} has no label {name!r}; its labels are {_listed(known)}.")
        self.model, self.name, self.known = model, name, known


class UnknownLabelValueError(LabelError):
    """The label has no such value."""

    def __init__(self, name: str, value: str, known: Sequence[str]) -> None:
        super().__init__(f"Label {name!r} has no value {value!r}; its values are {_listed(known)}.")
        self.name, self.value, self.known = name, value, known


class LabelNumberError(LabelError):
    """The label is a number, and the value that was asked for is none of its scale."""

    def __init__(self, name: str, value: str, unit: str, lowest: str, highest: str) -> None:
        super().__init__(
            f"Label {name!r} is a number from {lowest} to {highest} ({unit}), and {value!r} is none of them."
        )
        self.name, self.value, self.unit = name, value, unit
        self.lowest, self.highest = lowest, highest


class LabelSyntaxError(LabelError):
    """`label` is not name:value, or names one label twice."""

    def __init__(self, pair: str, reason: str) -> None:
        super().__init__(f"label={pair!r} {reason}.")
        self.pair, self.reason = pair, reason


class LabelWeightError(LabelError):
    """A weight of a mixture is negative or not finite, or all are 0."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The weights of label {name!r} must be finite, not negative, and not all zero.")
        self.name = name


class SilentWindowError(ServiceError):
    """The upload is silent within the model's window."""

    def __init__(self, offset_s: float, window_s: float, duration_s: float) -> None:
        super().__init__(
            f"The audio is silent in the model's window, {window_s:g} s from {offset_s:g} s on."
            if offset_s < duration_s
            else f"start_s={offset_s:g} is after the end of the audio, which is {duration_s:.3f} s long."
        )
        self.offset_s, self.window_s, self.duration_s = offset_s, window_s, duration_s


class UnpitchedModelError(ServiceError):
    """The model has no label for the pitch, and the request is for notes."""

    def __init__(self, model: str, labels: Sequence[str]) -> None:
        pads = f"; /instrument makes pads of its labels: {_listed(labels)}" if labels else ""
        super().__init__(f"{model} has no label in the unit 'MIDI note', so it plays no notes{pads}.")
        self.model, self.labels = model, labels


class MidiError(ServiceError):
    """The MIDI file cannot be read."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The MIDI file cannot be read: {reason}.")
        self.reason = reason


class NoNotesError(ServiceError):
    """There is no note in the melody."""

    def __init__(self, n_left_out: int = 0) -> None:
        drums = f" but for {n_left_out} notes of percussion, which are left out" if n_left_out else ""
        super().__init__(f"There is no note in the melody{drums}.")
        self.n_left_out = n_left_out


class MelodyTooLongError(ServiceError):
    """The melody has more notes, or lasts longer, than is played."""

    def __init__(self, actual: float, limit: float, unit: str) -> None:
        super().__init__(f"The melody has {actual:g} {unit}; at most {limit:g} are played.")
        self.actual, self.limit, self.unit = actual, limit, unit


class InferenceRequestError(ServiceError):
    """A request for one network is not as its protocol or the network demands."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The inference request cannot be used: {reason}.")
        self.reason = reason


class QueueFullError(ServiceError):
    """The queue of waiting requests is full."""

    def __init__(self, n_waiting: int, wait_s: float) -> None:
        super().__init__(f"{n_waiting} requests are waiting already, for about {wait_s:.1f} s.")
        self.n_waiting, self.wait_s = n_waiting, wait_s


class DeadlineError(ServiceError):
    """The deadline passed before the last of the work began."""

    def __init__(self, deadline_s: float, begun: bool) -> None:
        super().__init__(
            f"Not all sounds were computed within {deadline_s:g} s, and the rest was dropped; ask for fewer."
            if begun
            else f"The request waited {deadline_s:g} s for its turn and was dropped."
        )
        self.deadline_s, self.begun = deadline_s, begun


class WorkerLostError(ServiceError):
    """The workers that computed the request have ended."""

    def __init__(self, n_losses: int) -> None:
        super().__init__(f"The request was begun {n_losses} times, and each time the worker ended.")
        self.n_losses = n_losses


class ReloadError(ServiceError):
    """The models cannot be opened anew; the old models stay in use."""


class NotReadyError(ServiceError):
    """The models are not open, or the service is shutting down."""

    def __init__(self, state: str) -> None:
        super().__init__(f"The service is {state}.")
        self.state = state


class StoreError(Exception):
    """The service cannot start with these models."""


class CannotListenError(Exception):
    """The address of the service cannot be opened."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"Cannot serve on {address}: {reason}.")
        self.address, self.reason = address, reason


class NoModelsError(StoreError):
    """There is no model, or the default one is missing."""

    def __init__(self, directory: Path, reason: str) -> None:
        super().__init__(f"{directory}: {reason}")
        self.directory, self.reason = directory, reason


class MisplacedModelError(StoreError):
    """The name of a model's directory differs from its manifest."""

    def __init__(self, directory: Path, name: str, version: int) -> None:
        super().__init__(f"{directory}: its manifest is the one of {name}/{version}")
        self.directory, self.name, self.version = directory, name, version


class BrokenModelError(StoreError):
    """A network does not load or does not match its manifest."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = path, reason


class NoGpuError(StoreError):
    """A GPU is demanded, and the model does not run on one."""

    def __init__(self, model: str) -> None:
        super().__init__(
            f"the setting provider is cuda, and {model} runs on the CPU: "
            "there is no NVIDIA GPU, or this ONNX Runtime is without CUDA"
        )
        self.model = model


class WorkersEndedError(StoreError):
    """A worker ended before its models were open."""

    def __init__(self) -> None:
        super().__init__("a worker ended while it opened the models; its own lines in the log say why")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
