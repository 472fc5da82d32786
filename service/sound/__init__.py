"""What is computed for a request: audio files, z and labels in; audio files, images and maps out; no HTTP."""
