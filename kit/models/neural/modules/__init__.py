"""The architectures as torch modules. Import torch: imported inside functions only."""
