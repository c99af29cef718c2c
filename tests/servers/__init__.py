"""Local servers that stand in for the real services, over real sockets."""

from tests.servers.base import RESET_ON_CLOSE, Answer, LocalServer, Request, json_answer
from tests.servers.plan import Fault, Faults, JsonObject, Keeper, Kind

__all__ = [
    "RESET_ON_CLOSE",
    "Answer",
    "Fault",
    "Faults",
    "JsonObject",
    "Keeper",
    "Kind",
    "LocalServer",
    "Request",
    "json_answer",
]
