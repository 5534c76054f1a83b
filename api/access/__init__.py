"""Who is asking, how they prove it, and how guessing is slowed down."""
