"""The thesis, replicated figure by figure: an experiment is a file, its figures are a results file.

`python -m training replicate` runs them, and `page` renders docs/replication.md from what they wrote.
"""
