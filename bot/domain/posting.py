"""What a process needs to send shards of one edition; it travels to it as JSON, on its standard input."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Job:
    """An edition, the mail server, and the keys: it holds secrets, and is written to no file and no log."""

    database_url: str
    edition: int
    shard: int | None  # None: any of the edition, one after the other
    server: Mapping[str, Any] = field(repr=False)  # of bot/mail/wire.py
    public_url: str
    return_domain: str
    key: str = field(repr=False)  # of links and return paths
    dkim_domain: str = ""
    dkim_selector: str = ""
    dkim_key: str = field(default="", repr=False)  # PEM
    connections: int = 2
    again: bool = False
    retry_hours: float = 24.0
    total_per_minute: int = 0
    domain_per_minute: int = 0
    domains: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))

    @classmethod
    def of_json(cls, line: str) -> "Job":
        """The job that a line holds."""
        return cls(**json.loads(line))
