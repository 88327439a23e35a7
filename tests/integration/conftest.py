"""Where a journal of the tests may be: a file, or a PostgreSQL server of their own."""

import time

import psycopg
import pytest
from integration.postgres import server


@pytest.fixture(scope="session")
def postgres():
    """Address of a server, without the name of a database."""
    with server() as address:
        yield address


@pytest.fixture
def postgres_database(postgres):
    """Address of an empty database."""
    name = f"journal_{time.monotonic_ns()}"
    with psycopg.connect(f"{postgres}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{postgres}/{name}"


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """Where an empty journal can be."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgres_database")
    return tmp_path / "journal.db"
