"""Where the layers of a network stand in a view: the room that captions, names, scales and the answer need."""

from __future__ import annotations

from app.widgets.caption_plan import furniture_of
from app.widgets.network_outputs import room_for_answer
from app.widgets.network_scene import BOTTOM_ROOM, input_names_width
from app.widgets.view_text import USUAL_TEXT_PX, usual_text
from nnviz.picture.answers import OutputMeaning
from nnviz.picture.layout import Layout, arrange
from nnviz.picture.look import Look
from nnviz.spec import NetworkSpec

#: Scales of edges and of units stand in two rows where there are more layers than two, this far apart.
SECOND_ROW = 1.4
#: Room below the layers where the view is too low for scales: that of the legend, in multiples of the text size.
LEGEND_ROOM = 3.6


def second_row(spec: NetworkSpec, _width: float, text: float) -> float:
    """Return the height of a second row of scales, 0 where one row holds them all, logical pixels."""
    return SECOND_ROW * text if len(spec.sizes) > 2 else 0.0


def places(
    spec: NetworkSpec, width: float, height: float, text: float, *, meaning: OutputMeaning,
    feature_names: tuple[str, ...], look: Look, output_room: float | None,
) -> Layout:
    """Return the places of all layers at zoom 1, in logical pixels.

    Args:
        spec: the network.
        width, height: size of the view.
        text: base text size.
        meaning: what the output stands for; its words stand right of it.
        feature_names: names of inputs that are no image; they stand left of them.
        look: says how wide layers and what units are shown.
        output_room: room for the answer, None for what suits the width.
    """
    furniture = furniture_of(spec, width, height, text)
    bottom = BOTTOM_ROOM * text + second_row(spec, width, text) if furniture.scales else LEGEND_ROOM * text
    return arrange(
        spec, width, height, fold_of=look.fold_of, top=furniture.top, bottom=bottom,
        right=output_room or room_for_answer(meaning, spec, width, text),
        left=input_names_width(feature_names, text, width), scale=usual_text(width, height) / USUAL_TEXT_PX,
        bias=look.bias, images_in=1 if look.units == "weights" and len(spec.input_shape) == 2 else None,
    )
