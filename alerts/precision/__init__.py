"""How often a rule is right at a camera, by people's verdicts, and what would make it right more often."""
