"""The model card: what a manifest says, for people."""

from audio.manifest import Manifest


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
        f"python -m training evaluate --config training/configs/{m.name}.toml",
        "```",
        "",
        "## Limits",
        "",
        f"It knows the kind of sound it was trained on, {s.duration_s:g} s of it at a time; anything else",
        "comes back as the nearest thing it knows.",
    ]
    return "\n".join(lines) + "\n"


def _metrics(manifest: Manifest) -> list[str]:
    rows = [f"| {name.replace('_', ' ')} | {value:.4g} |" for name, value in manifest.metrics.items()]
    told = [
        "Read by a recogniser that was trained on real training clips alone and never met the model;",
        "`real` are the recordings, `inverted` their true pictures through the same inverse,",
        "`reconstruction` the model's replicas of clips it was not trained on, with the labels it heard",
        "itself, `sample` its draws.",
        "",
    ]
    return [
        *(told if any(name.startswith("real_") for name in manifest.metrics) else []),
        "| measure | value |",
        "|---|---|",
        *rows,
    ]
