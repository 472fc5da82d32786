"""Figures 29 to 41 and 51: the autoencoder on 800 spectrograms, and when it stopped learning."""

from training.replication.thesis_network import Trained, train
from training.replication.workshop import Workshop

SHOWN = {1400: (0, 1, 2), 1600: (1, 2, 3), 1700: (2, 3, 4), 2000: (5, 6, 7), 2100: (12, 13, 14), 2500: (15, 16, 17)}
INVERTED = (1400, 1700, 1900, 2500)


def stages(workshop: Workshop) -> list[int]:
    """Our epochs for those that the thesis names."""
    return sorted({workshop.epochs(epoch) for epoch in (*SHOWN, *INVERTED)})


def trained(workshop: Workshop) -> Trained:
    """The run, finished; goes on with one that was killed."""
    held_out = workshop.splits["validation"]
    return train(workshop.config, workshop.learned, held_out, stages(workshop), workshop.runs)
