"""A SoundFont that a test writes: one sine of a second, looped."""

import struct

import numpy as np

RATE, ROOT_KEY = 44_100, 69


def chunk(name, content):
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def soundfont(program, bank=0):
    """The bytes of the smallest SoundFont with one preset: 440 Hz at key 69."""
    tone = (0.5 * 32767 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)).astype("<i2").tobytes()

    def text(content):
        return content.encode().ljust(20, b"\0")

    def preset(name, number, bag):
        return text(name) + struct.pack("<HHHIII", number, bank, bag, 0, 0, 0)

    nothing = struct.pack("<HHhHH", 0, 0, 0, 0, 0)
    header = struct.pack("<IIIIIBbHH", 0, RATE, 100, RATE - 100, RATE, ROOT_KEY, 0, 0, 1)
    end = struct.pack("<IIIIIBbHH", 0, 0, 0, 0, 0, 0, 0, 0, 0)
    pdta = (
        chunk(b"phdr", preset("Tone", program, 0) + preset("EOP", 0, 1))
        + chunk(b"pbag", struct.pack("<HHHH", 0, 0, 1, 0))
        + chunk(b"pmod", nothing)
        + chunk(b"pgen", struct.pack("<HHHH", 41, 0, 0, 0))
        + chunk(b"inst", text("Tone") + struct.pack("<H", 0) + text("EOI") + struct.pack("<H", 1))
        + chunk(b"ibag", struct.pack("<HHHH", 0, 0, 2, 0))
        + chunk(b"imod", nothing)
        + chunk(b"igen", struct.pack("<HHHHHH", 54, 1, 53, 0, 0, 0))
        + chunk(b"shdr", text("Tone") + header + text("EOS") + end)
    )
    info = (
        chunk(b"ifil", struct.pack("<HH", 2, 1)) + chunk(b"isng", b"EMU8000\0") + chunk(b"INAM", b"Tone\0\0")
    )
    lists = [b"INFO" + info, b"sdta" + chunk(b"smpl", tone + bytes(92)), b"pdta" + pdta]
    return chunk(b"RIFF", b"sfbk" + b"".join(chunk(b"LIST", content) for content in lists))
