"""Duties of enterprises (两个责任): records of the day, and the forms they are made of."""
