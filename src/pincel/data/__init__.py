"""Folders of pictures on their way into training: looked at, dealt, prepared, paired.

``scan``: what is in a folder. ``duplicates``, ``split``: who is learnt from. ``prepare``, ``make_pairs``: folders made
of folders. ``cache``, ``views``, ``passes``: what training sees of a photo, and when. ``augment``, ``film``, ``pairs``:
with torch, examples of it.
``exploration``: `pincel data explore` and its page.
"""
