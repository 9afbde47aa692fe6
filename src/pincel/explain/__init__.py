"""What a network looks at, and what its label changes.

``explain``: the whole of it; ``options``: what it may be told. ``report.write``: `explain.json` and one HTML page.
"""
