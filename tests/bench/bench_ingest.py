"""Prints `mingchu bench ingest`: readings per second and the ratio to a bare paho consumer."""

import subprocess
import sys

if __name__ == "__main__":
    sys.exit(subprocess.run([sys.executable, "-m", "deploy.cli", "bench", "ingest", "--json"], check=False).returncode)
