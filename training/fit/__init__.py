"""Training: the fit loop, what a batch holds, and teaching a finished model a new label value."""
