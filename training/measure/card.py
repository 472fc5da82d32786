"""The model card: what a manifest says, for people."""

from collections.abc import Iterable, Mapping

from audio.manifest import Manifest
from training.measure.disturbed import DISTURBANCES
from training.measure.results import Results, by_row, of_the_model, table, titled

A_NOTE_FIGURE = "real.attack_ms"  # which models of notes and hits alone have
SOUNDS = ("real", "inverted", "reconstruction", "remembered", "learned", "sample", "map", "literal", "noise")
ABOUT_ROWS = """\
`real` are recordings that the model was not trained on, `inverted` their true spectrograms through the same
inverse: the upper reference. `reconstruction` are the model's replicas of them, with the labels it recognises
itself, `remembered` those of training clips. `learned` are training recordings that no evaluator has met: the
upper reference of samples. `sample` are samples, four times as many as clips and of the same labels, `map` as
many random spots on the map, with the labels of the nearest clip. `nearest clip` is the training clip whose
spectrogram is nearest to each recording: what a replica has to beat. `literal` takes the spectrogram for a
magnitude without phase, as the thesis did, and `noise` is noise as loud: the lower reference.
`other ...` are clips converted to another value of that label, and have to sound like it."""
ABOUT_ROWS_OF_NOTES = """\
`real` are recordings that the model was not trained on, `inverted` their true spectrograms through the same
inverse: the upper reference. `reconstruction` are the model's replicas of them, with the labels it recognises
itself. `nearest clip` is the training clip whose spectrogram is nearest to each recording: what a replica has
to beat. `noise` is noise as loud: the lower reference. `sample` are samples, one with the labels of each
recording, and `quarter tones` are asked for a quarter tone beside its pitch. `other ...` are the recordings
converted to another value of that label, which training clips have together with their other labels. Of other
sets, which took no part in training, `real ...` are recordings, the name alone stands for their replicas, and
`sample ...` are samples with their labels."""
FIGURES_LINK = "What each figure is: [docs/quality.md](../../../docs/quality.md)."
ABOUT_ROBUSTNESS = """\
Disturbed clips: how often the label heads, our recogniser on the clip, and our recogniser
on the replica find the true label."""

FIGURES = (
    "## Seen",
    "",
    "Originals, and under each its replica:",
    "",
    "![originals and replicas](replicas.png)",
    "",
    "Samples by label:",
    "",
    "![samples](samples.png)",
    "",
    "The training clips in z:",
    "",
    "![map](map.png)",
)
MORPHS = ("", "From one sample to another, in a straight line:", "", "![morphs](morphs.png)")


def card_of(manifest: Manifest) -> str:
    """The Markdown text of card.md."""
    m, s = manifest, manifest.spectrogram
    height, width = s.image_shape
    labels = "; ".join(f"{name}: {', '.join(values)}" for name, values in m.labels.items()) or "none"
    lines = [
        f"# {m.name}, version {m.version}",
        "",
        m.description + ".",
        "",
        "| | |",
        "|---|---|",
        f"| kind | {m.kind.replace('-', ' ')}, {m.latent_dim} latent dimensions |",
        f"| image | {height} x {width}, log magnitude over {-s.floor_db:g} dB under the clip's peak |",
        f"| sound | {s.duration_s:g} s at {s.sample_rate} Hz |",
        f"| spectrogram | n_fft {s.n_fft}, hop_length {s.hop_length}, win_length {s.win_length}, "
        f"{s.n_bins} bins x {s.n_frames} frames{_high_pass(m)} |",
        f"| labels | {labels} |",
        f"| z of a clip | the encoder's mean{_refinement(m)} |",
        f"| samples | Gaussian mixture of {m.latent_distribution.n_components} components over the encoded "
        f"training clips, {_nearness(m)}"
        f"temperature {m.latent_distribution.temperature:g} |",
        f"| level of a sample | {m.level_db:g} dBFS |",
        f"| data | {m.data.name}, {m.data.source} |",
        f"| licence of the data | {m.data.licence} |",
        f"| clips | {m.data.n_training_clips} training, {m.data.n_validation_clips} validation |",
        f"| splits | {m.data.splits} |",
        "",
        "## Measured",
        "",
        *(_metrics(m) if m.metrics else ["Not evaluated yet: `python -m training evaluate`."]),
        "",
        "## Reproduce",
        "",
        *_reproduce(m),
        "",
        "## Limits",
        "",
        f"It knows the kind of sound it was trained on, {s.duration_s:g} s of it at a time; anything else",
        "comes back as the nearest thing it knows.",
    ]
    return "\n".join(lines) + "\n"


def _high_pass(manifest: Manifest) -> str:
    cutoff_hz = manifest.spectrogram.high_pass_hz
    return f", after a high-pass at {cutoff_hz:g} Hz" if cutoff_hz else ""


def _refinement(manifest: Manifest) -> str:
    return f", refined in {manifest.refiner.n_steps} steps" if manifest.refiner else ""


def _nearness(manifest: Manifest) -> str:
    how = manifest.latent_distribution
    between = f"between a clip and one of its {how.n_neighbours} nearest, " if how.n_neighbours else ""
    return f"{between}bandwidth {how.bandwidth:g}, "


def _reproduce(manifest: Manifest) -> list[str]:
    if manifest.adapted_from:
        base, model = manifest.adapted_from.partition("@")[0], f"models/{manifest.name}/{manifest.version}"
        return [
            f"`python -m training adapt` with the same clips and {manifest.adapted_from}. To measure it,",
            "with recordings that have all values of its labels:",
            "",
            "```",
            f"python -m training evaluate --config training/configs/{base}.toml --model {model} "
            "--set data.recordings=FOLDER",
            "```",
        ]
    config = f"--config training/configs/{manifest.name}.toml"
    split = f" --split {manifest.measured_on}" if manifest.measured_on else ""
    commands = [f"python -m training train {config}", f"python -m training evaluate {config}{split}"]
    return ["```", *commands, "```"]


def figures_of_sounds(metrics: Mapping[str, float], labels: Iterable[str]) -> Results:
    """The figures of the sets of sounds, in their order."""
    known = [*SOUNDS, *(f"other {name}" for name in labels)]
    found = dict.fromkeys(name.partition(".")[0] for name in metrics if "." in name)
    return by_row(metrics, [*known, *(row for row in found if row not in {*known, *DISTURBANCES})])


def robustness_table(metrics: Mapping[str, float]) -> list[str]:
    """The Markdown table of disturbed clips: a line for each disturbance; empty where none was measured."""
    rows = by_row(metrics, [*DISTURBANCES])
    figures = list(dict.fromkeys(figure for found in rows.values() for figure in found))
    turned = {titled(figure): {row: found[figure] for row, found in rows.items()} for figure in figures}
    return table(turned) if turned else []


def _metrics(manifest: Manifest) -> list[str]:
    metrics = manifest.metrics
    alone = [f"- {titled(name)}: {value:.4g}" for name, value in of_the_model(metrics).items()]
    measured_on = f"Measured on the {manifest.measured_on} clips."
    if manifest.measured_on == "validation":
        measured_on = "Measured on the validation clips, by which the best epoch of the training was chosen."
    disturbed = robustness_table(metrics)
    about_disturbed = ["", ABOUT_ROBUSTNESS, "", *disturbed] if disturbed else []
    about = ABOUT_ROWS_OF_NOTES if A_NOTE_FIGURE in metrics else ABOUT_ROWS
    sets = [f"{about} {FIGURES_LINK}", "", *table(figures_of_sounds(metrics, manifest.labels))]
    seen = [*FIGURES, *(MORPHS if manifest.numbers else ())]
    return [measured_on, "", *sets, *about_disturbed, "", *alone, "", *seen]
