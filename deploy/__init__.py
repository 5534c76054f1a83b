"""Run the platform: the `mingchu` command, the embedded one-machine stack, the doctor and the demo."""
