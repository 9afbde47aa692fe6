"""What is in a folder of photos, before anything is learnt from it."""
