"""The dashboard: what the mat says, in a browser. Imports core only."""
