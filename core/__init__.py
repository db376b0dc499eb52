"""What the mat computes: counts to pressure, maps, alarms. No I/O, no clock, no logging."""
