"""What there is to say about a search, in plain text: for the command line and for the page alike.

`_board` puts the candidates in their order, `_summary` says what that means, `_names` spells settings, scores
and times. Nothing here knows of HTML; a page adds its own typography.
"""
