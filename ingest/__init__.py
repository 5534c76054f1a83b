"""The broker's door: topics, payload contracts, intake into storage, the node client, the agent, the simulator.

Acknowledges a message only after the commit that holds it, and decides nothing about its meaning.
"""
