"""The page of enterprises, kitchens and devices."""
