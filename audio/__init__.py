"""Waveforms, spectrograms, audio files and the contract of a model directory.

The leaf of the house: training and service both import it, it imports nothing of ours.
"""
