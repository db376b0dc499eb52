"""The mat's own programs: the daemon, its link to the broker, the demo, the command line."""
