"""What a session becomes once it is whole: figures, and less room. Runs in a process of its own."""
