"""`python -m deploy.cli`, which is how the supervisor starts a role."""

from deploy.cli import main

main()
