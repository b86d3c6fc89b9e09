"""Where the layers of a network stand in a view: the room that captions, names, scales and the answer need."""

from __future__ import annotations

from app.widgets.network_captions import EXTRA_ROW, has_extra_row
from app.widgets.network_outputs import room_for_answer
from app.widgets.network_scene import BOTTOM_ROOM, USUAL_TEXT_PX, names_width
from nnviz.picture.answers import OutputMeaning
from nnviz.picture.layout import MARGIN_TOP, Layout, arrange
from nnviz.picture.look import Look
from nnviz.spec import NetworkSpec

#: Where layers have less room than this, in multiples of the text size, the scales need two rows.
ROOMY = 18.0
SECOND_ROW = 1.4


def second_row(spec: NetworkSpec, width: float, text: float) -> float:
    """Return the height of a second row of scales, 0 where layers stand far enough apart, logical pixels."""
    return SECOND_ROW * text if width / len(spec.sizes) < ROOMY * text else 0.0


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
        look: says how wide layers are shown.
        output_room: room for the answer, None for what suits the width.
    """
    extra = EXTRA_ROW * text if has_extra_row(spec, width, text) else 0.0
    return arrange(
        spec, width, height, fold_of=look.fold_of, top=MARGIN_TOP * text / USUAL_TEXT_PX + extra,
        bottom=BOTTOM_ROOM * text + second_row(spec, width, text),
        right=output_room or room_for_answer(meaning, spec, width, text),
        left=names_width(feature_names, text),
    )
