"""The worker processes: they hold the models and turn tasks into bytes."""
