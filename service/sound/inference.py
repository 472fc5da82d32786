"""One network of a model by itself, in batches."""

from collections.abc import Iterator

import numpy as np

from service.contract.tasks import InferTask, Rendered
from service.sound.steps import Steps, in_steps
from service.sound.store import Model
from service.sound.tensors import Tensors, read_inference, write_inference

ROWS_PER_STEP = 8  # about as long as one sound; a larger batch is no faster on a CPU


def infer(model: Model, task: InferTask) -> Steps[Rendered]:
    """The outputs of a network, computed in batches of ROWS_PER_STEP.

    Raises:
        InferenceRequestError: the request does not match the network. Nothing is computed before.
    """
    inference = read_inference(task, model.autoencoder.networks[task.network])
    outputs = list(inference.outputs)
    batches = yield from in_steps(
        lambda feed: model.autoencoder.run(task.network, outputs, feed), _batches(inference.feed)
    )
    results = {name: np.concatenate([batch[name] for batch in batches]) for name in outputs}
    return write_inference(task, inference, results)


def _batches(feed: Tensors) -> Iterator[Tensors]:
    n_rows = len(next(iter(feed.values())))
    for start in range(0, n_rows, ROWS_PER_STEP):
        yield {name: array[start : start + ROWS_PER_STEP] for name, array in feed.items()}
