"""What people read uses the field's terms, and none of the private ones that stood for them."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TERMS = {  # private term -> the field's
    r"draws?|drawn": "sample, sampled; plot or show what is graphic",
    r"heard as|is heard|are heard": "recognised as",
    r"said otherwise|carried": "converted, conversion",
    r"judges?|judged": "evaluator, evaluated",
    r"never heard|unheard": "unseen",
    r"tells?|told|telling": "returns, reports, shows",
    r"makings?": "recipe, provenance",
    r"walks?": "path, morph",
    r"rooms?": "package",
    r"islands?": "cluster",
    r"taught|teach|teaches|lessons?": "adapt",
    r"by heart": "memorised",
    r"pictures?": "spectrogram, image, figure",
    r"passes only": "raise unless",
    r"as long as it came": "of the same duration",
    r"ceiling|floor row": "upper reference, lower reference",
}
PRIVATE = re.compile(rf"\b(?:{'|'.join(TERMS)})\b", re.IGNORECASE)
# Other uses of these words: graphics, and names of libraries.
OTHER_USES = re.compile(r"ImageDraw\.\w+|#?\bdraw[.:(]|\bDraws (?:the|both)\b|os\.walk|\.tell\(")
CODE = re.compile(
    r"```.*?```|`[^`]*`|\]\([^)]*\)", re.DOTALL
)  # names of code and addresses are checked there
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
CARDS = sorted((ROOT / "models").glob("*/*/card.md"))
SOURCES = sorted(
    path
    for folder in ("audio", "service", "tonespace", "training", "benchmarks")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".py", ".js", ".html", ".toml"} and "vendor" not in path.parts
)


def private_terms(text):
    """Every private term with its line number."""
    return [f"{text[: m.start()].count(chr(10)) + 1}: {m[0]}" for m in PRIVATE.finditer(text)]


def texts_in(value):
    """Every text of a JSON value."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from texts_in(each)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("path", [*PAGES, *CARDS], ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_has_no_private_term(path):
    text = CODE.sub(lambda match: "\n" * match[0].count("\n"), path.read_text(encoding="utf-8"))
    assert private_terms(text) == []


def test_the_openapi_document_has_no_private_term():
    document = json.loads((ROOT / "openapi" / "openapi.json").read_text(encoding="utf-8"))
    assert [text for text in texts_in(document) if PRIVATE.search(text)] == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_source_has_no_private_term(path):
    assert private_terms(OTHER_USES.sub("", path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "It is heard as a seven.",
        "Draws lie between two clips.",
        "said otherwise",
        "The file tells its making.",
    ],
)
def test_a_private_term_is_found(sentence):
    assert private_terms(sentence)
