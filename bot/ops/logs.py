"""The log: JSON lines for machines, plain lines in a terminal; no secret in either."""

import logging
import sys
from collections.abc import Callable
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

# their lines hold addresses with tokens, or nothing that anybody needs
NOISY = ("httpx", "httpcore", "apscheduler", "uvicorn", "trafilatura", "htmldate", "alembic")


def set_up(redact: Callable[[str], str], *, as_json: bool) -> None:
    """Send what is logged to standard error: as JSON from INFO on, else as lines from WARNING on."""

    def without_secrets(_logger: Any, _method: str, event: EventDict) -> EventDict:
        return {key: redact(value) if isinstance(value, str) else value for key, value in event.items()}

    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=as_json),
        structlog.processors.format_exc_info,
        without_secrets,
    ]
    last: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    logging.basicConfig(level=logging.INFO if as_json else logging.WARNING, handlers=[handler], force=True)
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.ERROR)
