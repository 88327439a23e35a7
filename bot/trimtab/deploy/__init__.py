"""Deployments and admin actions, sent through the executor and its journal."""
