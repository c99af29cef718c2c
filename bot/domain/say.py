"""A sentence for an editor, in both languages of the house."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["ar", "en"]


@dataclass(frozen=True)
class Say:
    """One sentence in English and in Arabic."""

    en: str
    ar: str

    def to(self, language: Language) -> str:
        """The sentence in the reader's language."""
        return self.ar if language == "ar" else self.en

    def __str__(self) -> str:
        return self.en
