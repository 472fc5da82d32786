"""The model card: what a manifest says, for people."""

from collections.abc import Mapping

from audio.manifest import Manifest

SOUNDS = ("real", "inverted", "reconstruction", "sample", "literal", "noise")
TOLD = """\
`real` are recordings that the model was not trained on, `inverted` their true pictures through the same
inverse: the ceiling. `reconstruction` are the model's replicas of them, with the labels it heard itself,
`sample` its draws. `literal` takes the picture for a magnitude without phase, as the thesis did, and `noise`
is noise as loud: the floor. What each figure is: [docs/quality.md](../../../docs/quality.md)."""


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
        f"| picture | {height} x {width}, log magnitude over {-s.floor_db:g} dB under the clip's peak |",
        f"| sound | {s.duration_s:g} s at {s.sample_rate} Hz |",
        f"| spectrogram | n_fft {s.n_fft}, hop_length {s.hop_length}, win_length {s.win_length}, "
        f"{s.n_bins} bins x {s.n_frames} frames |",
        f"| labels | {labels} |",
        f"| draws | Gaussian mixture of {m.latent_distribution.n_components} components over the encoded "
        f"training clips, temperature {m.latent_distribution.temperature:g} |",
        f"| level of a draw | {m.level_db:g} dBFS |",
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
        "```",
        f"python -m training train --config training/configs/{m.name}.toml",
        f"python -m training evaluate --config training/configs/{m.name}.toml"
        + (f" --split {m.measured_on}" if m.measured_on else ""),
        "```",
        "",
        "## Limits",
        "",
        f"It knows the kind of sound it was trained on, {s.duration_s:g} s of it at a time; anything else",
        "comes back as the nearest thing it knows.",
    ]
    return "\n".join(lines) + "\n"


def metrics_table(metrics: Mapping[str, float]) -> list[str]:
    """The Markdown table of an evaluation: a column for each set of sounds, a row for each figure."""
    split = {name: name.partition("_") for name in metrics}
    columns = [what for what in SOUNDS if any(head == what for head, _, _ in split.values())]
    figures = list(dict.fromkeys(figure for head, _, figure in split.values() if head in columns))
    lines = [f"| | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for figure in figures:
        values = [metrics.get(f"{what}_{figure}") for what in columns]
        cells = ["" if value is None else f"{value:.4g}" for value in values]
        lines.append(f"| {figure.replace('_', ' ')} | {' | '.join(cells)} |")
    return lines


def _metrics(manifest: Manifest) -> list[str]:
    alone = [
        f"- {name.replace('_', ' ')}: {value:.4g}"
        for name, value in manifest.metrics.items()
        if name.partition("_")[0] not in SOUNDS
    ]
    read_on = f"Read on the {manifest.measured_on} clips."
    if manifest.measured_on == "validation":
        read_on = "Read on the validation clips, by which the best epoch of the training was chosen."
    return [read_on, "", TOLD, "", *metrics_table(manifest.metrics), "", *alone]
