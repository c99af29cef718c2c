"""`python -m bot` is `nashir`, from a checkout."""

from bot.cli import main

main()
