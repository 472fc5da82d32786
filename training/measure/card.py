"""The model card: what a manifest says, for people."""

from collections.abc import Mapping, Sequence

from audio.manifest import Manifest

SOUNDS = ("real", "inverted", "reconstruction", "remembered", "learned", "sample", "map", "literal", "noise")
TOLD = """\
`real` are recordings that the model was not trained on, `inverted` their true pictures through the same
inverse: the ceiling. `reconstruction` are the model's replicas of them, with the labels it heard itself,
`remembered` those of clips it was trained on. `learned` are recordings it was trained on, which judges have
not met: the ceiling of draws. `sample` are draws, four times as many as clips and of the same labels, `map`
as many spots anywhere on the map, with the labels of the nearest clip. `literal` takes the picture for a
magnitude without phase, as the thesis did, and `noise` is noise as loud: the floor.
`other ...` are replicas with another value of that label than their own, and have to sound like it. What
each figure is: [docs/quality.md](../../../docs/quality.md)."""

PICTURES = (
    "## Seen",
    "",
    "Originals, and under each its replica:",
    "",
    "![originals and replicas](replicas.png)",
    "",
    "Draws by label:",
    "",
    "![draws](samples.png)",
    "",
    "The training clips in z:",
    "",
    "![map](map.png)",
)


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
        f"| z of a clip | what the encoder says{_refinement(m)} |",
        f"| draws | Gaussian mixture of {m.latent_distribution.n_components} components over the encoded "
        f"training clips, {_nearness(m)}"
        f"temperature {m.latent_distribution.temperature:g} |",
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
        *_reproduce(m),
        "",
        "## Limits",
        "",
        f"It knows the kind of sound it was trained on, {s.duration_s:g} s of it at a time; anything else",
        "comes back as the nearest thing it knows.",
    ]
    return "\n".join(lines) + "\n"


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


def metrics_table(metrics: Mapping[str, float]) -> list[str]:
    """The Markdown table of an evaluation: a column for each set of sounds, a row for each figure."""
    return table(metrics, _columns(metrics))


def table(metrics: Mapping[str, float], columns: Sequence[str]) -> list[str]:
    """The Markdown table of the figures that are named after one of the columns."""
    split = {name: name.partition("_") for name in metrics}
    figures = list(dict.fromkeys(figure for head, _, figure in split.values() if head in columns))
    lines = [f"| | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for figure in figures:
        values = [metrics.get(f"{what}_{figure}") for what in columns]
        cells = ["" if value is None else f"{value:.4g}" for value in values]
        lines.append(f"| {figure.replace('_', ' ')} | {' | '.join(cells)} |")
    return lines


def _columns(metrics: Mapping[str, float]) -> list[str]:
    heads = list(dict.fromkeys(name.partition("_")[0] for name in metrics))
    return [what for what in SOUNDS if what in heads] + [what for what in heads if _is_other(what)]


def _is_other(what: str) -> bool:
    return what.startswith("other ")


def _metrics(manifest: Manifest) -> list[str]:
    alone = [
        f"- {name.replace('_', ' ')}: {value:.4g}"
        for name, value in manifest.metrics.items()
        if name.partition("_")[0] not in SOUNDS and not _is_other(name)
    ]
    read_on = f"Read on the {manifest.measured_on} clips."
    if manifest.measured_on == "validation":
        read_on = "Read on the validation clips, by which the best epoch of the training was chosen."
    return [read_on, "", TOLD, "", *metrics_table(manifest.metrics), "", *alone, "", *PICTURES]
