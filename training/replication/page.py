"""docs/replication.md: sentences from here, numbers and images from docs/replication/."""

import textwrap
from collections.abc import Callable
from pathlib import Path

from training.replication import network_sections, sound_sections
from training.replication.results import Results, load_results

SECTIONS: dict[str, tuple[str, Callable[[Results], list[str]]]] = {
    "stft": ("Figures 1 to 10: the short-time Fourier transform", sound_sections.stft),
    "images": ("Figures 15 to 18, 27 and 28: the spectrogram as an image", sound_sections.images),
    "mnist": ("Figures 17 and 20 to 26: the autoencoder on MNIST", network_sections.mnist),
    "spectrogram_autoencoder": (
        "Figures 29 to 41 and 51: the autoencoder on spectrograms",
        network_sections.spectrogram_autoencoder,
    ),
    "istft": ("Figures 42 to 45 and 52 to 55: back to sound", sound_sections.istft),
    "vae": ("Figures 46 to 50: the variational autoencoder", network_sections.vae),
    "cost": ("Figures 23 and 56: what it costs", network_sections.cost),
    "recommendations": ("Chapter 5: what the thesis recommends", network_sections.recommendations),
}
WIDTH = 118
SCHEMATIC = """\
Figures 5, 11 to 14 and 19 are schematic drawings: there is nothing to compute."""


def page_of(folder: Path) -> str:
    """The Markdown text of the page, of the results files in `folder`."""
    found = {name: load_results(folder, name) for name in SECTIONS}
    lines = [
        *sound_sections.beginning({name: results for name, results in found.items() if results}),
        SCHEMATIC,
        "",
    ]
    for name, (title, section_of) in SECTIONS.items():
        lines += [f"## {title}", "", f"`python -m training replicate {name}`", ""]
        results = found[name]
        if results is None:
            lines += ["Not run yet.", ""]
            continue
        file = f"[replication/{name}.json](replication/{name}.json)"
        try:
            section = section_of(results)
        except KeyError:
            lines += [
                f"These results are of another version: run `python -m training replicate {name} --again`.",
                "",
            ]
            continue
        took = f"This took {duration(results.seconds)}, without trainings that were finished before."
        lines += [*section, "", f"{took} Figures: {file}.", ""]
    return "\n".join(map(_wrapped, lines)).replace("](replication/", f"]({folder.name}/")


def _wrapped(line: str) -> str:
    """A paragraph wrapped to the width of our other pages; tables and images unchanged."""
    if line.startswith(("|", "!", "#", "`")):
        return line
    return textwrap.fill(line, WIDTH, break_long_words=False, break_on_hyphens=False)


def duration(seconds: float) -> str:
    """Seconds or minutes, in words."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"
