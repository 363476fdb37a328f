"""Models to ONNX: exported with their KV cache, fitted for decoding, stored in 8 or 4 bits, each with what it lost."""
