"""Tokens for the tests. The service is started with these clients."""

import pytest

from tests.integration import client


@pytest.fixture(scope="session")
def tester():
    """A token of the client that most tests use."""
    return client.token("tester", "tester-secret")


@pytest.fixture(scope="session")
def other():
    """A token of a client that must not see the tester's notes."""
    return client.token("other", "other-secret")
