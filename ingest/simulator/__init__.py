"""The simulator: a fleet of nodes that publish drawn kitchens, footage and readings as real nodes do."""
