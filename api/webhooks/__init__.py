"""Webhooks: endpoints, signing and delivery (Standard Webhooks 1.0)."""
