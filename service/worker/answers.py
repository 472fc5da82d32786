"""A task as the work that answers it."""

import gzip
from functools import lru_cache

from audio.formats import AudioLimits
from service.contract.tasks import (
    EncodeTask,
    Form,
    GenerateTask,
    InferTask,
    InstrumentTask,
    MapTask,
    MorphTask,
    NoteTask,
    PerformTask,
    ReconstructTask,
    Rendered,
    SampleTask,
    SegmentTask,
    Task,
)
from service.sound import instrument, performance, recipes
from service.sound.clip_map import clip_map
from service.sound.descriptions import encode_answer
from service.sound.inference import infer
from service.sound.rendering import render
from service.sound.steps import Steps, in_one_step
from service.sound.store import Model, Store
from service.sound.synthesis import encode

GZIP_LEVEL = 6
AS_STEPS: frozenset[Form] = frozenset({"archive", "json"})  # a morph in these forms is a list of sounds


def work_of(task: Task, store: Store, limits: AudioLimits) -> Steps[Rendered]:
    """The work that answers a task.

    Raises:
        ServiceError: the task cannot be answered.
    """
    model = store.get(task.model)
    match task:
        case EncodeTask():
            return in_one_step(lambda: _encoded(model, task, limits))
        case MapTask():
            return in_one_step(lambda: Rendered(_map_json(model, task.with_z, task.zipped)))
        case InferTask():
            return infer(model, task)
        case InstrumentTask():
            return in_one_step(lambda: instrument.plan(model, task, limits))
        case NoteTask():
            return in_one_step(lambda: instrument.note_file(model, task))
        case PerformTask():
            return in_one_step(lambda: performance.plan(model, task, limits))
        case SegmentTask():
            return performance.segment(model, task)
        case ReconstructTask():
            measured = task.form == "json"
            work = in_one_step(lambda: recipes.reconstruct(model, task.query, task.upload, limits, measured))
            return render(work, task.form)
        case GenerateTask():
            return render(recipes.generate(model, task.body, limits), task.form)
        case SampleTask():
            return render(recipes.sample(model, task.query), task.form)
        case MorphTask():
            return render(recipes.morph(model, task.body, limits, task.form in AS_STEPS), task.form)


def _encoded(model: Model, task: EncodeTask, limits: AudioLimits) -> Rendered:
    encoding = encode(model, task.upload, limits, task.start_s)
    return Rendered(encode_answer(model, encoding).model_dump_json().encode())


@lru_cache(maxsize=16)
def _map_json(model: Model, with_z: bool, zipped: bool) -> bytes:
    if zipped:
        return gzip.compress(_map_json(model, with_z, False), GZIP_LEVEL, mtime=0)
    return clip_map(model, with_z).model_dump_json().encode()
