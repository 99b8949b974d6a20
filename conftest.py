"""Brings the plumbing in; fixtures of the product's own tests live in tests/conftest.py."""

pytest_plugins = [
    "tests.plumbing.databases",
    "tests.plumbing.servers",
    "tests.plumbing.browsers",
    "tests.plumbing.templates",
]
