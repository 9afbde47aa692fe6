"""Two or more runs side by side: what they painted after every epoch, against each other and against the target.

``runs``: the runs that take part, refused where they cannot be compared. ``measure``: the figures of every picture
and epoch. ``compare``: the whole of it, with trends and intervals. ``words``: the result in sentences. ``figures``,
``strips``, ``page``, ``write``: the report.
"""
