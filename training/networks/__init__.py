"""Encoders, decoders and refiners: how they are built, what they minimise, how they are restored."""
