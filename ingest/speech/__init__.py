"""Messages on the loudspeakers of kitchens."""
