"""Model files and painting with them. onnxruntime only; no torch.

``card``: what a model file says of itself. ``model_file``: load one. ``painter``: paint one picture.
``folder``: paint many, resumably.
"""
