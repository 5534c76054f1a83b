"""Prints `mingchu bench vision`: frames per second and the ratios to ultralytics, where that is installed."""

import importlib.util
import subprocess
import sys

if __name__ == "__main__":
    if importlib.util.find_spec("ultralytics") is None:
        print("not run: the peers need torch (6 GB); install it with `make setup-train`")
        sys.exit(0)
    sys.exit(subprocess.run([sys.executable, "-m", "deploy.cli", "bench", "vision", "--json"], check=False).returncode)
