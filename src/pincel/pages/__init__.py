"""The kit that every report's page is made with; it knows nothing of what the reports are about.

``template``: a page as one HTML file, all of them with one frame and one style sheet. ``canvas``: how a figure looks.
``figures``: a figure inside a page, in the page's two themes. ``tables``: numbers for readers. ``write``: a report's
files, written whole or not at all.
"""
