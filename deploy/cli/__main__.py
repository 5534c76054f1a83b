"""Entry point of `python -m deploy.cli`; the supervisor starts every role through it."""

from deploy.cli import main

main()
