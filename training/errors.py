"""What can go wrong before, during and after a training run.

TrainingError
├── ConfigError            a config file or an override cannot be understood
├── RecordingsError        the folder of recordings cannot be used
├── RunError               the run directory does not fit what is asked of it
├── ExportError            the exported networks are not what Keras computed
└── AdaptationError        the model cannot be adapted to the clips
"""


class TrainingError(Exception):
    """Something a person has to decide or mend; the message says what."""


class ConfigError(TrainingError):
    """A config file or an override cannot be understood."""


class RecordingsError(TrainingError):
    """The folder of recordings cannot be used."""


class RunError(TrainingError):
    """The run directory does not fit what is asked of it."""


class ExportError(TrainingError):
    """The exported networks are not what Keras computed."""


class AdaptationError(TrainingError):
    """The model cannot be adapted to the clips."""
