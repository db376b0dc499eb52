"""The commands of `reflexmat-dashboard`, a module each; none imports much before it runs."""
