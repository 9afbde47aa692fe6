"""What is in a folder of photos, before anything is learnt from it: `pincel data explore`.

``explore``: the whole of it, from ``file`` (one photo), ``folder`` (what lies around them) and ``summary`` (many).
``findings``: the result in sentences. ``table``, ``figures``, ``pictures``, ``page``, ``write``: the report.
"""
