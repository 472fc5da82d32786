"""What is computed for a request: bytes, z and labels in; waveforms, pictures and maps out; no HTTP."""
