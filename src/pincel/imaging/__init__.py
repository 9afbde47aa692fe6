"""Pictures as files and as arrays: reading, writing, colour spaces, resizing, guided upsampling. No torch."""
