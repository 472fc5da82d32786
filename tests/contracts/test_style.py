"""Tests are written alike: the type checker reads the packages, not the tests."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize("path", sorted(TESTS.rglob("*.py")), ids=lambda path: str(path.relative_to(TESTS)))
def test_functions_of_tests_have_no_annotations(path):
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    annotated = [
        f.name
        for f in functions
        if f.returns or any(a.annotation for a in ast.walk(f.args) if isinstance(a, ast.arg))
    ]
    assert annotated == []
