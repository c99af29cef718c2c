"""The nouns: frozen, keyword-only, without any dependency."""
