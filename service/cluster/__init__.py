"""Workers on many machines: Ray Serve in the place of the processes of this one."""
