"""Pure functions on Arabic text, string to string."""
