"""The page about a search: one HTML file with its style sheet and its pictures.

`_page` fills the template. A module a chart says where its marks stand; `_axes` turns numbers into pixels,
`_marks` draws each kind of mark (in a chart and in its legend), `_svg` writes the elements.
"""
