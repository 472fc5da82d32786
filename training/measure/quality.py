"""docs/quality.md: every committed model's table, and what its figures are."""

from pathlib import Path

from audio.manifest import Manifest
from audio.model_directory import load_manifest, versions_of
from training.measure.card import (
    ABOUT_ROBUSTNESS,
    ABOUT_ROWS,
    ABOUT_ROWS_OF_NOTES,
    figures_of_sounds,
    robustness_table,
)
from training.measure.envelope import BLOCK_S, LONGEST_S
from training.measure.results import table

ABOUT = f"""\
# Quality

What the models' sounds are worth, measured by `python -m training evaluate` and written by
`python -m training quality` from the manifests; every figure is also in its model's card.

{ABOUT_ROWS}

Sets (inception score, distances, spread) are compared at equal size: samples and spots of the map in rounds
of as many as there are clips, and the mean of the rounds is reported.

- **accuracy**: share of sounds whose likeliest value is the true one, or the one that was asked for.
- **confidence**: mean probability of the likeliest value.
- **inception score**: clear and evenly spread values; at most their number.
- **frechet distance**, **kernel distance**: between the features of the set and of all training clips;
  `real` shows how far real sounds are from each other.
- **nearest training distance**: median distance to the nearest training clip, in the features.
- **spread**: mean distance to the mean of the sounds of the same labels, in the features; best like `real`.

These are measured by our own recogniser. It was trained on real training clips alone, disturbed as recordings
are; it was not trained on any model's sounds, and its network is of another kind than theirs.

- **log spectral distance db**: root mean square difference of the bins in dB, as the mean over the audible
  frames, those of the recording within 40 dB of its loudest one. Each sound counts down from its own peak to
  the floor of the model's transform. The service computes its figure for a reconstruction in the same way.
- **mel cepstral distortion db**: cepstra 1 to 13 of 40 mel bands, over the same frames.
- **stoi**: short-time objective intelligibility; most clips are too short for it, so five in a row are one.
- **pesq**: perceptual quality, narrow band, over the **clips with pesq**: in the others it finds no speech.
- **timbre frechet distance**: in the means and deviations of the mel cepstra of the audible frames in dB: no
  training has a part in them, and they need no labels.
- **timbre spread db**: mean distance to the mean of all sounds of the set, in the same; best like `real`.
- **nearest clip distortion db**: mel cepstral distortion to the training clip whose spectrogram is nearest.
  `real` shows how far apart two recordings of a word by a speaker are, `remembered` how near a copy comes.
- **share of copies**: of the sounds that are nearer to a training clip than half of the `remembered` are;
  it means something where those are near.
- **pocketsphinx**, **resemblyzer accuracy**: words and speakers, by external evaluators, which get all sounds
  equally loud. Of n sounds, an accuracy p is known to about the root of p (1 - p) / n.
- **active dimensions**: those of z whose mean has a variance above 0.01.

{ABOUT_ROBUSTNESS} They are stored as 16-bit WAV and read as an upload is. `offset`: 1 % of full scale.
`rumble`: 8 Hz, amplitude 0.02. `hum`: 50 Hz and seven harmonics, 20 dB under the clip. `background noise`:
white, 20 dB under the clip. `telephone band`: 300 to 3400 Hz. `louder`, `softer`: by 12 dB, clipped at full
scale. `resampled`: to 16 kHz and back. `late`: 1 s of silence first.

## Notes and hits

Models with a pitch, and those that are measured on unseen sets, have other rows and figures.

{ABOUT_ROWS_OF_NOTES}

`unseen pitch` and `unseen instrument` are notes of the same SoundFont that were left out of training,
`other soundfont` (TimGM6mb) and `musescore soundfont` notes of others, `unseen kits` hits of Hydrogen's
kits.

Here the recogniser is the nearest clip: its labels are those of the training clips that are nearest in mel
cepstra, of three of which the nearest counts most. Nothing is trained for it. Sets are compared with all
training clips at once, not in rounds.

- **pitch within 50 cents**, **within 20 cents**, **error cents** (the median): read by swift-f0; **basic
  pitch ...**: the same, read by basic-pitch. The pitch of a recording counts its cents, where known.
- **accuracy**, **inception score**: by the nearest clips. They are left out where a set has values that no
  training clip has.
- **both right**: share of sounds with the pitch within 50 cents, by swift-f0, and the first label that is a
  name (the instrument) recognised.
- **frechet distance**, **kernel distance**, **different bins**: between the set and the training clips, in
  these cepstra, each with mean 0 and deviation 1 over the training clips. Different bins are the share of
  20 clusters of training clips that hold another share of the set.
- **attack ms**: the time in which the envelope (root mean square of {1000 * BLOCK_S:g} ms) goes from a
  tenth to nine tenths of its largest value. **decay s**: the time in which it would fall by 60 dB (T60),
  {LONGEST_S:g} s at most. Medians over the sounds.
- **attack error ms**, **decay error octaves**: how far those of a replica are from its original's; medians.
  An octave is a factor of 2, with 10 ms added to both decays.
- **log spectral distance db**: as above. **unfloored log spectral distance db**: over all frames and
  without a floor; an STFT of 2048 samples with hops of 512, and 1e-10 added to the power. It is meant to be
  the distance of DrumGAN VST, whose definition is recalled, not checked.
- **multi resolution stft distance**: spectral convergence plus mean absolute difference of log magnitudes,
  mean over STFTs of 512, 1024 and 2048 samples (Yamamoto et al. 2020). Unlike our log spectral distance,
  these two compare levels as well.
- **visqol**: how like its original a replica sounds, 1 to 4.75, as ViSQOL predicts in audio mode; the mean
  over 240 sounds of a set, evenly spread, or over all where there are fewer.
- **velocity louder in order**: of the labels of 240 recordings, or of all, the share whose samples grow
  louder from each trained velocity to the next.
"""


def quality_page(models: Path) -> str:
    """The Markdown text, the newest version of each model in order of name."""
    versions = [versions_of(model) for model in sorted(models.iterdir())]
    sections = [_section(load_manifest(found[-1])) for found in versions if found]
    return "\n".join([ABOUT, *sections])


def _section(manifest: Manifest) -> str:
    n_clips, n_active = (manifest.metrics.get(name, 0) for name in ("n_clips", "active_dimensions"))
    summary = (
        f"{manifest.data.n_training_clips} training clips, measured on {n_clips:g} "
        f"{manifest.measured_on} clips. Active dimensions: {n_active:g} of {manifest.latent_dim}."
    )
    card = f"../models/{manifest.name}/{manifest.version}/card.md"
    title = f"## [{manifest.name}, version {manifest.version}]({card})"
    lines = [title, "", summary, "", *table(figures_of_sounds(manifest.metrics, manifest.labels)), ""]
    if disturbed := robustness_table(manifest.metrics):
        lines += ["Disturbed clips:", "", *disturbed, ""]
    return "\n".join(lines)
