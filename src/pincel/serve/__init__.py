"""The page and the HTTP API of `pincel serve`.

``server``: run it. ``app``, ``api``: the routes. ``guard``: what is around them. ``desk``: places and request names.
``uploads``: bodies, counted while they are read. ``workers``: processes that work, ``worker``: the inside of one;
``painting``, ``explaining``: what they do. Nothing is kept on disk.
"""
