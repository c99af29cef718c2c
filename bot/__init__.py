"""nashir: the publishing bot of an Arabic newsroom."""

__version__ = "0.1.0"
