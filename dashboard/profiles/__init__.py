"""Profiles of people: how they are changed, and how they come to the mat; no web in it."""
