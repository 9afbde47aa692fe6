"""A study's report.

``rows``: the finished trials in order, who is on the front, what matters. ``words``, ``figures``, ``page``, ``write``:
the same as sentences, figures, HTML and files.
"""
