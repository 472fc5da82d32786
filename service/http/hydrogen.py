"""An instrument as the drumkit.xml of Hydrogen.

Source: drumkit.xsd of Hydrogen 1.2.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from xml.etree import ElementTree

from service.http.mappings import Region

NAMESPACE = "http://www.hydrogen-music.org/drumkit"
RELEASE_SAMPLES = 1000
KIT: dict[str, str | int] = {"image": "", "imageLicense": "undefined license"}
PLAIN: dict[str, str | int] = {  # of every instrument
    "volume": 1,
    "isMuted": "false",
    "isSoloed": "false",
    "pan": 0,
    "pitchOffset": 0,
    "randomPitchFactor": 0,
    "gain": 1,
    "applyVelocity": "true",
    "filterActive": "false",
    "filterCutoff": 1,
    "filterResonance": 0,
    "Attack": 0,
    "Decay": 0,
    "Sustain": 1,
    "Release": RELEASE_SAMPLES,
    "muteGroup": -1,
    "midiOutChannel": -1,
}
AFTER_THE_KEY: dict[str, str | int] = {
    "isStopNote": "false",
    "sampleSelectionAlgo": "VELOCITY",
    "isHihat": -1,
    "lower_cc": 0,
    "higher_cc": 127,
    "FX1Level": 0,
    "FX2Level": 0,
    "FX3Level": 0,
    "FX4Level": 0,
}


def drumkit_xml(regions: Sequence[Region], name: str, author: str, info: str, licence: str) -> bytes:
    """The kit: an instrument for each key, with a layer for each velocity."""
    kit = ElementTree.Element("drumkit_info", {"xmlns": NAMESPACE})
    about: dict[str, str | int] = {"name": name, "author": author, "info": info, "license": licence, **KIT}
    _add(kit, about)
    components = ElementTree.SubElement(kit, "componentList")
    _add(ElementTree.SubElement(components, "drumkitComponent"), {"id": 0, "name": "Main", "volume": 1})
    instruments = ElementTree.SubElement(kit, "instrumentList")
    for number, (_, group) in enumerate(groupby(regions, key=lambda region: region.key.key)):
        _instrument(ElementTree.SubElement(instruments, "instrument"), number, list(group))
    ElementTree.indent(kit, " ")
    xml: bytes = ElementTree.tostring(kit, encoding="UTF-8", xml_declaration=True)
    return xml


def _instrument(element: ElementTree.Element, number: int, layers: Sequence[Region]) -> None:
    key = layers[0].key
    _add(element, {"id": number, "name": key.name, **PLAIN, "midiOutNote": key.key})
    _add(element, AFTER_THE_KEY)
    component = ElementTree.SubElement(element, "instrumentComponent")
    _add(component, {"component_id": 0, "gain": 1})
    for layer in layers:
        low, high = layer.velocities
        fields: dict[str, str | int] = {"filename": layer.file}
        fields |= {"min": f"{(low - 1) / 127:.4f}", "max": f"{high / 127:.4f}"}
        fields |= {"gain": f"{10 ** (layer.volume_db / 20):.4f}", "pitch": 0}
        _add(ElementTree.SubElement(component, "layer"), fields)


def _add(element: ElementTree.Element, fields: Mapping[str, str | int]) -> None:
    for name, value in fields.items():
        ElementTree.SubElement(element, name).text = str(value)
