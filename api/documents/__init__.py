"""Documents for paper: bulletins, notice boards, and records with their signatures."""
