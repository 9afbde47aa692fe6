"""What a picture file tells beside its pixels: read as bytes, cleaned of what no longer holds, put into the result."""
