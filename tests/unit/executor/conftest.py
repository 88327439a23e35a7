"""Journals for the tests of sending: a new one is a copy, which costs less than its migrations."""

import shutil

import pytest
from trimtab.store.database import Database


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    path = tmp_path_factory.mktemp("template") / "journal.db"
    Database(path).close()
    return path


@pytest.fixture
def new_journal(template, tmp_path):
    """Makes an empty journal; returns its file."""

    def make(name="journal.db"):
        return shutil.copy(template, tmp_path / name)

    return make


@pytest.fixture
def database(new_journal):
    with Database(new_journal()) as opened:
        yield opened
