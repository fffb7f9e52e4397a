"""A picture and the cell that shows it → the picture on a sheet, in the middle of that cell."""

from __future__ import annotations

import io

from xlsxwriter.worksheet import Worksheet

from ptxl.model.form import Picture
from ptxl.model.layout import Place, SheetLayout
from ptxl.write.form_book import done

#: pixels of a program's screen: of a character, and beside those of a column; of a point
_CHARACTER, _BESIDE, _POINT = 7, 5, 96 / 72
#: pixels that are left free at each side, since programs round the sizes of cells
_MARGIN = 2


def insert_picture(sheet: Worksheet, layout: SheetLayout, place: Place, picture: Picture) -> None:
    """Put a picture on a sheet, as large as its cell allows; it moves with the cell."""
    columns = layout.sheet.columns[place.column : place.column + place.across]
    rows = range(place.row, place.row + place.down)
    width = sum(int(one * _CHARACTER + _BESIDE) for one in columns) - 2 * _MARGIN
    heights = (layout.heights.get(row, layout.sheet.row_height) for row in rows)
    height = sum(int(one * _POINT) for one in heights) - 2 * _MARGIN
    share = min(width / picture.width, height / picture.height)
    options = {
        "x_offset": _MARGIN + (width - picture.width * share) / 2,
        "y_offset": _MARGIN + (height - picture.height * share) / 2,
        "x_scale": share,
        "y_scale": share,
        "object_position": 1,
        "description": picture.label,
        "decorative": not picture.label,
        "image_data": io.BytesIO(picture.data),
    }
    done(sheet.insert_image(place.row, place.column, "picture", options))
