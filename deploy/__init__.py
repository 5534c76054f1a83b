"""How the platform is run: the `mingchu` command, the embedded one-machine stack, the demo."""
