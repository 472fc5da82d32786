"""Every error a request can meet has a problem, and every problem is documented."""

import re
from pathlib import Path

import pytest

from audio import errors as audio_errors
from audio.errors import AudioError
from service import errors
from service.errors import ServiceError
from service.http import errors as http_errors
from service.http.openapi_document import STATUS_TEXTS
from service.http.problems import (
    INTERNAL_ERROR,
    INVALID_REQUEST,
    MALFORMED_REQUEST,
    PROBLEMS,
    REQUEST_TIMEOUT,
    ROUTER_PROBLEMS,
)

DOCUMENT = Path(__file__).parents[2] / "docs" / "problems.md"
ALL_PROBLEMS = [
    *PROBLEMS.values(),
    *ROUTER_PROBLEMS.values(),
    INVALID_REQUEST,
    MALFORMED_REQUEST,
    REQUEST_TIMEOUT,
    INTERNAL_ERROR,
]


def leaves(error):
    below = error.__subclasses__()
    return [leaf for child in below for leaf in leaves(child)] if below else [error]


@pytest.mark.parametrize("error", [*leaves(AudioError), *leaves(ServiceError)], ids=lambda e: e.__name__)
def test_every_error_of_a_request_is_mapped(error):
    assert error in PROBLEMS


def test_every_error_stands_in_the_tree_of_its_module():
    trees = "".join(module.__doc__ or "" for module in (audio_errors, errors, http_errors))
    for error in (*leaves(AudioError), *leaves(ServiceError), *leaves(errors.StoreError)):
        assert f"── {error.__name__} " in trees


def test_no_two_problems_share_a_slug():
    slugs = [problem.slug for problem in ALL_PROBLEMS]
    assert len(slugs) == len(set(slugs))


def test_every_problem_is_documented_with_its_status_and_nothing_else_is():
    headings = re.findall(r"^## (\S+) · (\d{3})$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted((p.slug, str(p.status)) for p in ALL_PROBLEMS)


def test_every_status_is_declared_in_openapi_or_is_the_routers():
    assert {p.status for p in ALL_PROBLEMS} - {405} <= set(STATUS_TEXTS)


def test_the_first_sentence_of_each_section_is_the_title_of_the_problem():
    sections = re.findall(
        r"^## (\S+) · \d{3}\n\n\*\*(.*)\.\*\*", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert dict(sections) == {p.slug: p.title for p in ALL_PROBLEMS}
