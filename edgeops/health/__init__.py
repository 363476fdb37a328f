"""Whether this machine and our own files are as they should be; `edgeops doctor` and the app show it."""
