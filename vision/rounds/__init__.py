"""Rounds: a second network looks over a share of the frames for what the detector has not learnt (cats, dogs, rats)."""
