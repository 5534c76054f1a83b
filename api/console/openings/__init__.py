"""The own calendar of enterprises, which the pages of day records and of the working calendar show."""
