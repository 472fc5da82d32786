"""An instrument as SFZ text.

Source: the opcodes of version 1 and the envelopes of its players, https://sfzformat.com/opcodes/.
"""

from collections.abc import Sequence

from service.http.mappings import Region

RELEASE_S = 0.5
SILENT_AFTER_DB = 90.0  # an envelope that decays has decayed


def sfz_text(regions: Sequence[Region], folder: str, comment: str) -> str:
    """The .sfz file that maps keys and velocities to the files of a folder.

    The level follows the velocity with the curve that players use by default; the volume of each layer is
    such that it has the model's level at its own velocity.
    """
    lines = [f"// {line}" for line in comment.splitlines()]
    lines += ["", "<global>", f"ampeg_release={RELEASE_S:g}", ""]
    return "\n".join([*lines, *(_region(region, folder) for region in regions), ""])


def _region(region: Region, folder: str) -> str:
    opcodes = {
        "sample": f"{folder}/{region.file}",
        "lokey": region.keys[0],
        "hikey": region.keys[1],
        "pitch_keycenter": region.key.key,
        "lovel": region.velocities[0],
        "hivel": region.velocities[1],
        "volume": f"{region.volume_db:.2f}",
        **_loop(region),
    }
    return "<region> " + " ".join(f"{name}={value}" for name, value in opcodes.items())


def _loop(region: Region) -> dict[str, str | int]:
    note = region.facts
    if not region.key.pitched:
        return {"pitch_keytrack": 0, "loop_mode": "one_shot"}
    if note.loop is None:
        return {"loop_mode": "no_loop"}
    first, end = note.loop
    looped: dict[str, str | int] = {"loop_mode": "loop_sustain", "loop_start": first, "loop_end": end - 1}
    if not note.decay_db_s:
        return looped
    hold_s, decay_s = end / note.sample_rate, SILENT_AFTER_DB / note.decay_db_s
    return {**looped, "ampeg_hold": f"{hold_s:.3f}", "ampeg_decay": f"{decay_s:.3f}", "ampeg_sustain": 0}
