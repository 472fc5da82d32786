"""docs/quality.md: every committed model's table, and what its figures are."""

from pathlib import Path

from audio.manifest import Manifest, load_manifest
from training.measure.card import TOLD, metrics_table

ABOUT = """\
# Quality

What the models' sounds are worth, measured by `python -m training evaluate` and written by
`python -m training quality` from the manifests; every figure also stands in its model's card.

{told}

Sets (inception score, distances, spread) are compared at equal size: draws and spots of the map in rounds of
as many as there are clips, and the mean of the rounds is told.

- **accuracy**: share of sounds whose likeliest value is the true one, or the one that was asked for.
- **confidence**: mean probability of the likeliest value.
- **inception score**: clear and evenly spread values; at most their number.
- **frechet distance**, **kernel distance**: between the features of the row and of all training clips;
  `real` says how far real sounds are from each other.
- **nearest training distance**: median distance to the nearest training clip, in the features.
- **spread**: mean distance to the middle of the sounds of the same labels, in the features; best like `real`.

These are read by our own recogniser. It was trained on real training clips alone, never met a model, and its
network is of another kind than theirs.

- **log spectral distance db**: root mean square difference of the bins, mean over the frames within 40 dB of
  the loudest; levels and all that is 80 dB under the peak are left out. What the service says of a replica
  is over all cells of its picture, silence too, and so is less.
- **mel cepstral distortion db**: cepstra 1 to 13 of 40 mel bands, over the same frames.
- **stoi**: short-time objective intelligibility; most clips are too short for it, so five in a row are one.
- **pesq**: perceptual quality, narrow band, over the **clips with pesq**: in the others it finds no speech.
- **timbre frechet distance**: in the means and deviations of the mel cepstra of the heard frames in dB: no
  training has a part in them, and they need no labels.
- **timbre spread db**: mean distance to the middle of all sounds of the row, in the same; best like `real`.
- **nearest clip distortion db**: mel cepstral distortion to the training clip whose picture is nearest.
  `real` says how far apart two recordings of a word in a voice are, `remembered` how near a copy comes.
- **share of copies**: of the sounds that are nearer to a training clip than half of the `remembered` are;
  it tells something where those are near.
- **pocketsphinx**, **resemblyzer accuracy**: words and voices, read by outside judges, to whom all sounds
  come equally loud. Of n sounds, an accuracy p is known to about the root of p (1 - p) / n.
- **active dimensions**: those of z whose mean has a variance above 0.01.
"""


def quality_page(models: Path) -> str:
    """The Markdown text, the newest version of each model in order of name."""
    models_here = [[*folder.glob("*/manifest.json")] for folder in sorted(models.iterdir())]
    newest = [max(versions, key=_version) for versions in models_here if versions]
    sections = [_section(load_manifest(path.parent)) for path in newest]
    return "\n".join([ABOUT.format(told=TOLD.partition(" What\n")[0]), *sections])


def _version(path: Path) -> int:
    return int(path.parent.name)


def _section(manifest: Manifest) -> str:
    alone = [
        f"{manifest.data.n_training_clips} training clips, read on the {manifest.measured_on} clips: "
        f"{manifest.metrics.get('n_clips', 0):g}. Active dimensions: "
        f"{manifest.metrics.get('active_dimensions', 0):g} of {manifest.latent_dim}."
    ]
    card = f"../models/{manifest.name}/{manifest.version}/card.md"
    title = f"## [{manifest.name}, version {manifest.version}]({card})"
    return "\n".join([title, "", *alone, "", *metrics_table(manifest.metrics), ""])
