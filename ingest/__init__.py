"""The broker's door: topics, payload contracts, intake into storage, the node client, the simulator.

Acknowledges nothing before the commit that holds it, and judges nothing.
"""
