"""An order as bytes: an audio file, a ZIP of files, a spectrogram as PNG, or JSON."""

import base64
import io
import zipfile
from collections.abc import Mapping
from functools import partial

from audio.files import file_rate, write_audio
from audio.formats import AudioFormat
from service.contract.answers import QualityAnswer, SoundAnswer, SoundsAnswer
from service.contract.tasks import Facts, Form, Rendered
from service.sound.recipes import Order, Sound
from service.sound.spectrogram_image import spectrogram_png
from service.sound.steps import Steps, in_steps
from service.stages import stage

EXTENSIONS: Mapping[AudioFormat, str] = {"wav-float": "wav"}  # of the others: the format itself
ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest there is: the same sounds are the same archive


def render(work: Steps[Order], form: Form) -> Steps[Rendered]:
    """The order that the work gives, in a form; `file` and `spectrogram` show its first sound."""
    order = yield from work
    stem = f"{order.model.manifest.name}-{order.name}"
    if form == "json":
        return Rendered((yield from _json(order)), _facts(order, None))
    if form == "archive":
        return Rendered((yield from _archive(order)), _facts(order, f"{stem}.zip"))
    sound = order.sounds[0]
    if form == "spectrogram":
        image = spectrogram_png(sound.waveform, order.model, _title(order))
        return Rendered(image, _facts(order, f"{stem}.png"))
    return Rendered(_file(order, sound), _facts(order, f"{stem}.{_extension(order)}"))


def _facts(order: Order, file_name: str | None) -> Facts:
    """What the answer says beside the sounds; z and labels only where there is one point, a path has many."""
    first = order.sounds[0]
    facts = Facts(order.model.reference, _rate_of(order), file_name, first.seed, first.upload)
    if first.point is None or order.several:
        return facts
    point = first.point
    return facts._replace(z_text=point.z_text, labels=point.asked_labels, nearest=point.nearest)


def _rate_of(order: Order) -> int:
    """The sample rate of the order's files in Hz."""
    return file_rate(order.model.manifest.spectrogram.sample_rate, order.audio_format)


def _json(order: Order) -> Steps[bytes]:
    sounds = yield from in_steps(partial(_sound_answer, order), order.sounds)
    return (SoundsAnswer(sounds=sounds) if order.several else sounds[0]).model_dump_json().encode()


def _sound_answer(order: Order, sound: Sound) -> SoundAnswer:
    assert sound.point is not None, "a path as JSON is the list of its steps"
    quality, upload = sound.quality, sound.upload
    return SoundAnswer(
        model=order.model.reference,
        seed=sound.seed,
        z=sound.point.z,
        labels=sound.point.labels,
        nearest=sound.point.nearest and dict(sound.point.nearest),
        level_db=round(sound.point.level_db, 3),
        sample_rate=_rate_of(order),
        duration_s=round(sound.waveform.size / order.model.manifest.spectrogram.sample_rate, 6),
        format=order.audio_format,
        audio=base64.b64encode(_file(order, sound)).decode("ascii"),
        offset_s=upload and round(upload.offset_s, 6),
        truncated=upload and upload.truncated,
        complete=upload and upload.complete,
        channel=upload and upload.channel,
        quality=quality and QualityAnswer(**{k: round(v, 4) for k, v in quality._asdict().items()}),
    )


def _archive(order: Order) -> Steps[bytes]:
    """The files in order: 01-name-seed-7.wav, 02-..."""
    files = yield from in_steps(partial(_file, order), order.sounds)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for number, (sound, file) in enumerate(zip(order.sounds, files, strict=True), 1):
            name = f"{number:02d}-{order.model.manifest.name}-{sound.name}.{_extension(order)}"
            archive.writestr(zipfile.ZipInfo(name, ZIP_TIME), file)
    return buffer.getvalue()


def _file(order: Order, sound: Sound) -> bytes:
    sample_rate = order.model.manifest.spectrogram.sample_rate
    with stage("write"):
        return write_audio(sound.waveform, sample_rate, order.audio_format, sound.recipe)


def _title(order: Order) -> str:
    """The heading of a spectrogram: model, request and the value of most weight of each label."""
    words = [order.model.reference, order.name.replace("-", " ")]
    if point := order.sounds[0].point:
        numbers = order.model.manifest.numbers
        words += [f"{name} {_written(weights, name in numbers)}" for name, weights in point.labels.items()]
    return " · ".join(words)


def _written(weights: Mapping[str, float], is_number: bool) -> str:
    """The value of most weight, or the number that the weights of its values mean."""
    if is_number:
        return f"{sum(weight * float(value) for value, weight in weights.items()):.4g}"
    return max(weights, key=weights.__getitem__)


def _extension(order: Order) -> str:
    return EXTENSIONS.get(order.audio_format, order.audio_format)
