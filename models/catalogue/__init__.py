"""Terms of the field, codes of violations and sensors, and the catalogue of trained models."""
