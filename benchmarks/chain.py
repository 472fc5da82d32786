"""The signal chain without HTTP: z to waveform and audio to z, here and in another checkout.

    python -m benchmarks.chain --base ../tonespace-0.1.0

Each checkout runs its own code with its own default model, in a process of its own with one thread. The
processes take turns, so that other work on the machine affects all of them equally. Times are CPU times of
single calls.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import soundfile

from benchmarks.clips import read_recordings, recordings_folder, speech_like

REPOSITORY = Path(__file__).resolve().parents[1]
TASKS = {"waveform": "z to waveform", "z": "audio to z"}
N_CLIPS, N_SAMPLES, RATE = 32, 8192, 8000
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS")}

# Runs in a checkout. Answers each line of its input, a task and a number of calls, with their milliseconds.
WORKER = """
import importlib, json, sys, time
from pathlib import Path
import numpy as np
import audio.files

def module(name):  # of the service; 0.1.0 has no package `sound`
    package = "service.sound" if Path("service/sound").is_dir() else "service"
    return importlib.import_module(f"{package}.{name}")

points, synthesis = module("points"), module("synthesis")
model = module("store").Store.open(Path("models"), "digits-vae").default
encode = getattr(synthesis, "encode", synthesis.analyse)  # 0.1.0 does not measure familiarity
folder = Path("models") / model.manifest.name / str(model.manifest.version)
zs = np.load(folder / model.manifest.latents.file)["z_mean"].astype(np.float32)
clips = [path.read_bytes() for path in sorted(Path(sys.argv[1]).iterdir())]

def waveform(i):
    point = points.point_at(model, zs[i * 37 % len(zs)], {})
    sound = synthesis.decode(model, point, "griffin-lim")
    if not isinstance(sound, np.ndarray):  # work that waits to be computed, since sounds are decoded together
        sound = module("steps").computed_alone(sound)
    assert np.abs(sound).max() > 0

tasks = {
    "waveform": waveform,
    "z": lambda i: encode(model, clips[i % len(clips)], audio.files.AudioLimits()),
}
done = 0
for line in sys.stdin:
    task, count = line.split()
    times_ms = []
    for _ in range(int(count)):
        began = time.process_time()
        tasks[task](done)
        times_ms.append(1e3 * (time.process_time() - began))
        done += 1
    print(json.dumps(times_ms), flush=True)
"""


class Checkout:
    """A process that runs the chain of a checkout."""

    def __init__(self, folder: Path, clips: str) -> None:
        self.folder, self.times_ms = folder, dict[str, list[float]]({task: [] for task in TASKS})
        environment = os.environ | ONE_THREAD | {"PYTHONPATH": str(folder), "ORT_DISABLE_TELEMETRY": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-c", WORKER, clips],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, task: str, n_calls: int) -> list[float]:
        """The milliseconds of each call."""
        assert self._process.stdin
        assert self._process.stdout
        print(task, n_calls, file=self._process.stdin, flush=True)
        times_ms: list[float] = json.loads(self._process.stdout.readline())
        return times_ms

    def close(self) -> None:
        """Ends the process."""
        self._process.communicate()


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--base", type=Path, action="append", default=[], help="another checkout; repeatable")
    parser.add_argument("--rounds", type=int, default=40, help="turns of each checkout")
    arguments = parser.parse_args()
    recordings = recordings_folder()
    waveforms = (
        read_recordings(recordings, N_CLIPS, N_SAMPLES)
        if recordings
        else [speech_like(i) for i in range(N_CLIPS)]
    )
    with tempfile.TemporaryDirectory() as clips:
        for i, waveform in enumerate(waveforms):
            soundfile.write(Path(clips) / f"{i:03}.wav", waveform, RATE)
        checkouts = [Checkout(folder.resolve(), clips) for folder in (*arguments.base, REPOSITORY)]
        for turn in range(arguments.rounds + 1):
            for task in TASKS:
                for checkout in checkouts:
                    times_ms = checkout.run(task, 5)
                    if turn:  # the first warms caches
                        checkout.times_ms[task] += times_ms
        for checkout in checkouts:
            checkout.close()
    print(f"| | {' | '.join(c.folder.name for c in checkouts)}, ms | ratio |")
    print(f"|{'---|' * (len(checkouts) + 2)}")
    for task, name in TASKS.items():
        medians = [statistics.median(checkout.times_ms[task]) for checkout in checkouts]
        print(f"| {name} | {' | '.join(f'{m:.2f}' for m in medians)} | {medians[-1] / medians[0]:.2f} |")


if __name__ == "__main__":
    main()
