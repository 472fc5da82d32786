"""Folders of recordings, and sets anybody can make, as arrays through the one transform."""
