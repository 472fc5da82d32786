"""Instruments and melodies of `tones`: time, fairness, memory, onsets, loops and pitch.

    python -m benchmarks.music [--soundfont FluidR3_GM.sf2]

It starts a service of its own. Pitches are read by swift-f0. With a General MIDI SoundFont and FluidSynth,
they are counted only at keys where swift-f0 reads the recorded note within 10 cents, too.
"""

import argparse
import asyncio
import io
import statistics
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import mido
import numpy as np
import soundfile
from numpy.typing import NDArray
from swift_f0 import SwiftF0

from audio.loop import level_step_db
from benchmarks.serving.contenders import contenders, running
from benchmarks.serving.load import memory_bytes
from service.sound.exact_point import ExactPoint
from service.sound.store import Model, Store
from service.sound.timbre import Sample, note_at, timbre

Float32 = NDArray[np.float32]

MODEL = "tones"
PROGRAMS = {  # of General MIDI
    "acoustic-grand-piano": 0,
    "church-organ": 19,
    "acoustic-guitar-nylon": 24,
    "violin": 40,
    "cello": 42,
    "string-ensemble-1": 48,
    "trumpet": 56,
    "french-horn": 60,
    "alto-sax": 65,
    "oboe": 68,
    "clarinet": 71,
    "flute": 73,
}
KEYS = range(36, 85)
N_RUNS, N_TIMBRES, N_NOTES = 5, 100, 360
NOTE_S, GAP_S = 0.25, 0.25
SPAN_S = 0.05  # over which a step of the level is measured
ONSET_DB = -30.0  # under the peak of a note: there it begins
CENTS = 10.0
READ_S = (0.05, 1.2)


async def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.music", description=__doc__)
    parser.add_argument("--soundfont", type=Path, help="a General MIDI SoundFont")
    options = parser.parse_args()
    model = Store.open(Path("models"), MODEL, "cpu", (MODEL,)).get(MODEL)
    print(f"{model.reference}")
    print_loops(model)
    print_pitches(model, options.soundfont)
    ours = contenders(None, "", "", "")[0]
    with running(ours, 2) as (address, group):
        async with httpx.AsyncClient(base_url=address, timeout=120) as client:
            await print_instrument(client)
            await print_melody(client, group)


async def print_instrument(client: httpx.AsyncClient) -> None:
    """How long 49 keys in 3 layers take, and what somebody else waits meanwhile."""
    body = {"model": MODEL, "seed": 7, "labels": {"instrument": "flute"}}
    alone = [await _sample_ms(client) for _ in range(20)]
    times, beside = [], []
    for _ in range(N_RUNS):
        began = time.perf_counter()
        order = asyncio.ensure_future(client.post("/instrument", json=body))
        while not order.done():
            beside.append(await _sample_ms(client))
        order.result().raise_for_status()
        times.append(time.perf_counter() - began)
    quiet = []
    for _ in range(N_RUNS):
        began = time.perf_counter()
        await client.post("/instrument", json=body)
        quiet.append(time.perf_counter() - began)
    print(f"49 keys x 3 velocities: median {statistics.median(quiet):.1f} s, best {min(quiet):.1f} s;")
    print(f"  beside another client {statistics.median(times):.1f} s, whose /sample takes")
    print(f"  {statistics.median(beside):.0f} ms at the median instead of {statistics.median(alone):.0f} ms")


async def _sample_ms(client: httpx.AsyncClient) -> float:
    began = time.perf_counter()
    await client.get("/sample?model=tones&seed=1")
    return 1000 * (time.perf_counter() - began)


async def print_melody(client: httpx.AsyncClient, group: int) -> None:
    """Time, memory and onsets of a melody of three minutes."""
    query = {"model": MODEL, "label": "instrument:marimba", "seed": "7", "format": "pcm"}
    pcm = b"".join([part async for part in _parts(client, query)])
    found = onsets_s(np.frombuffer(pcm, "<i2").astype(np.float32), 44_100)
    expected = GAP_S + (NOTE_S + GAP_S) * np.arange(N_NOTES)
    errors = 1000 * np.abs(found - expected)
    middle, most_ms = np.median(errors), errors.max()
    print(f"onsets of {N_NOTES} notes: error {middle:.1f} ms at the median, {most_ms:.1f} at most")
    del pcm
    before, most, began = memory_bytes(group), 0, time.perf_counter()
    async for _ in _parts(client, {**query, "label": "instrument:flute"}):
        most = max(most, memory_bytes(group))
    took = time.perf_counter() - began
    grown_mib = (most - before) / 2**20
    print(f"a melody of 3 minutes: {took:.1f} s, {grown_mib:+.0f} MiB at most, after one before it")


async def _parts(client: httpx.AsyncClient, query: dict[str, str]) -> AsyncIterator[bytes]:
    async with client.stream("POST", "/perform", params=query, content=melody()) as response:
        response.raise_for_status()
        async for part in response.aiter_raw():
            yield part


def melody() -> bytes:
    """Notes over two octaves with a rest after each."""
    file = mido.MidiFile(ticks_per_beat=480)
    track = mido.MidiTrack()
    for i in range(N_NOTES):
        key, velocity = 60 + 7 * i % 24, 50 + 10 * (i % 6)
        track.append(mido.Message("note_on", note=key, velocity=velocity, time=round(960 * GAP_S)))
        track.append(mido.Message("note_off", note=key, time=round(960 * NOTE_S)))
    file.tracks.append(track)
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def onsets_s(waveform: Float32, rate: int) -> NDArray[np.float64]:
    """Where each note begins: in its half second, the first sample near its own peak."""
    step = round((NOTE_S + GAP_S) * rate)
    shift = round(GAP_S * rate / 2)
    found = []
    for i in range(N_NOTES):
        part = np.abs(waveform[shift + i * step :][: round(step * 0.6)])
        tail = part[: round(0.1 * rate)].max()
        above = part > max(part.max() * 10 ** (ONSET_DB / 20), 1.5 * tail)
        found.append((shift + i * step + int(np.argmax(above))) / rate)
    return np.array(found)


def print_loops(model: Model) -> None:
    """The steps of the level where loops join."""
    steps, n_notes = [], 0
    for seed in range(N_TIMBRES):
        point = ExactPoint.of(model.manifest, timbre(model, {}, None, Sample(seed, 1.0)))
        for key in (43, 60, 76):
            note = note_at(
                model, point.z, {**point.asked_labels, "pitch": str(key), "velocity": "80"}, pitched=True
            )
            n_notes += 1
            if note.loop:
                steps.append(abs(level_step_db(note.waveform, note.loop, round(SPAN_S * note.sample_rate))))
    middle, high, most = np.median(steps), np.quantile(steps, 0.95), max(steps)
    print(f"loops of {N_TIMBRES} timbres: {len(steps)} of {n_notes} notes have one;")
    print(f"  step {middle:.2f} dB at the median, {high:.2f} at 95 %, {most:.2f} at most")


def print_pitches(model: Model, soundfont: Path | None) -> None:
    """How many keys are in tune."""
    detector = SwiftF0(threads=1)
    ours, real = [], []
    for name, program in PROGRAMS.items():
        point = ExactPoint.of(model.manifest, timbre(model, {"instrument": name}, None, Sample(7, 1.0)))
        recorded = list(_recorded(soundfont, program)) if soundfont else None
        for i, key in enumerate(KEYS):
            labels = {**point.asked_labels, "instrument": name, "pitch": str(key), "velocity": "80"}
            note = note_at(model, point.z, labels, pitched=True)
            ours.append(abs(_cents(detector, note.waveform, note.sample_rate, key)))
            real.append(abs(_cents(detector, recorded[i], 44_100, key)) if recorded else 0.0)
    right, counted = np.array(ours) < CENTS, np.array(real) < CENTS
    print(
        f"keys of {len(PROGRAMS)} instruments within {CENTS:g} cents: {right.mean():.1%} of all {len(ours)};"
    )
    print(f"  {right[counted].mean():.1%} of the {counted.sum()} where the recorded note is")


def _recorded(soundfont: Path, program: int) -> Iterator[Float32]:
    """The keys as FluidSynth plays them."""
    file = mido.MidiFile(ticks_per_beat=480)
    track = mido.MidiTrack([mido.Message("program_change", program=program)])
    for key in KEYS:
        track += [
            mido.Message("note_on", note=key, velocity=80),
            mido.Message("note_off", note=key, time=1440),
        ]
        track.append(mido.MetaMessage("text", text="", time=480))
    file.tracks.append(track)
    with tempfile.TemporaryDirectory() as folder:
        notes, sound = Path(folder) / "notes.mid", Path(folder) / "notes.wav"
        file.save(notes)
        dry = ["-ni", "-R", "0", "-C", "0", "-r", "44100", "-F", str(sound)]
        subprocess.run(["fluidsynth", *dry, str(soundfont), str(notes)], check=True, capture_output=True)
        waveform, rate = soundfile.read(sound, dtype="float32", always_2d=True)
    for i in range(len(KEYS)):
        yield waveform[2 * i * rate :][: round(1.5 * rate)].mean(axis=1)


def _cents(detector: SwiftF0, waveform: Float32, rate: int, key: int) -> float:
    part = waveform[round(READ_S[0] * rate) : round(READ_S[1] * rate)]
    found = detector.detect(part / max(float(np.abs(part).max()), 1e-6), rate)
    sure = found.confidence >= min(0.9, float(np.quantile(found.confidence, 0.75)))
    return 100 * (69 + 12 * float(np.log2(np.median(found.pitch_hz[sure]) / 440)) - key)


if __name__ == "__main__":
    asyncio.run(main())
