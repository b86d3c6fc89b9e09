"""Actions as a table: name, text, keys, a sentence, and which menu they belong to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action.

    Attributes:
        name: objectName of the QAction.
        text: what the menu says.
        keys: shortcuts, portable text.
        tip: one sentence.
        menu: title of the menu, or "".
        icon: name of an icon, or "".
        checkable: whether it is on or off.
    """

    name: str
    text: str
    keys: tuple[str, ...]
    tip: str
    menu: str = ""
    icon: str = ""
    checkable: bool = False


DESKTOP: tuple[ActionSpec, ...] = (
    ActionSpec("open_model", "Open model…", ("Ctrl+O",), "Open a network from a .keras file.", "File"),
    ActionSpec(
        "open_data", "Open data…", ("Ctrl+D",),
        "Learn your own data: a CSV, NumPy or IDX file, or a folder of images by class.", "File",
    ),
    ActionSpec("save_model", "Save model…", ("Ctrl+S",), "Save your network as a .keras file.", "File"),
    ActionSpec(
        "open_run", "Open run…", ("Ctrl+Shift+O",), "Open data set, network and training from a .run.json file.", "File"
    ),
    ActionSpec(
        "save_run", "Save run…", ("Ctrl+Shift+S",), "Save data set, network and training, without the weights.", "File"
    ),
    ActionSpec("copy_run", "Copy run", ("Ctrl+Shift+C",), "Copy data set, network and training as text.", "File"),
    ActionSpec("paste_run", "Paste run", ("Ctrl+Shift+V",), "Open the run whose text is on the clipboard.", "File"),
    ActionSpec(
        "export_picture", "Export network…", ("Ctrl+E",),
        "Save the network as a picture (PNG, SVG, PDF) or its step as a film (GIF, MP4).", "File",
    ),
    ActionSpec("export_history", "Export history…", (), "Save the scalars of every step as CSV.", "File"),
    ActionSpec("export_drawing", "Export drawing…", (), "Save the drawn digit as PNG or as strokes.", "File"),
    ActionSpec("export_window", "Export window…", ("Ctrl+Shift+E",), "Save a picture of the whole window.", "File"),
    ActionSpec(
        "code", "As Keras code", ("Ctrl+K",), "Show network and training as a Keras script, to copy or save.", "File"
    ),
    ActionSpec("quit", "Quit", ("Ctrl+Q",), "Close the window; training ends cleanly.", "File"),
    ActionSpec(
        "undo", "Undo", ("Ctrl+Z",), "Undo the last edit of network and training, or the last stroke: what was used "
        "last.", "Edit", "undo",
    ),
    ActionSpec("redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Do again what was undone last.", "Edit", "redo"),
    ActionSpec("train", "Train", ("F5",), "Train your network to the end of all epochs.", "Training", "play"),
    ActionSpec("step", "Step", ("F6",), "Take one step: one batch, one update.", "Training", "step"),
    ActionSpec(
        "step_on_sample", "Step on this sample", ("Shift+F6",),
        "Take one step whose batch is the sample that is shown.", "Training",
    ),
    ActionSpec("epoch", "Epoch", ("F7",), "Train to the end of this epoch.", "Training", "epoch"),
    ActionSpec(
        "reset", "Reset", ("F8",), "Start again from the seed; the trained network is put aside.", "Training", "reset"
    ),
    ActionSpec("undo_reset", "Undo reset", ("Ctrl+Alt+Z",), "Bring the network put aside back.", "Training"),
    ActionSpec(
        "evaluate", "Test accuracy", ("F9",), "Measure loss and accuracy, or error, on the test set.", "Training"
    ),
    ActionSpec("next_sample", "Next sample", ("N",), "Show the next sample.", "Sample", "right"),
    ActionSpec("previous_sample", "Previous sample", ("P",), "Show the sample before.", "Sample", "left"),
    ActionSpec("random_sample", "Random sample", ("R",), "Show a sample by chance.", "Sample", "random"),
    ActionSpec(
        "only_wrong", "Only wrong ones", ("W",), "Next, previous and random stop only at samples that are "
        "classified wrongly.", "Sample", "", True,
    ),
    ActionSpec("draw", "Draw a digit", ("D",), "Draw a digit instead of a sample of the test set.", "Sample"),
    ActionSpec(
        "paste_picture", "Paste picture of a digit", ("Ctrl+V",), "Put the picture on the clipboard on the paper; "
        "it can be undone.", "Sample",
    ),
    ActionSpec("clear", "Clear drawing", ("Delete",), "Clear the drawing; it can be undone.", "Sample"),
    ActionSpec("play_step", "Play the step", ("Ctrl+Space",), "Play or pause the animation of a step.", "View"),
    ActionSpec("next_stage", "Next stage", ("Ctrl+Right",), "Go to the end of the next stage.", "View"),
    ActionSpec("previous_stage", "Previous stage", ("Ctrl+Left",), "Go back one stage.", "View"),
    ActionSpec(
        "show_all", "Show the whole pass", ("Escape",), "Leave the animation, then the comparison; follow training.",
        "View",
    ),
    ActionSpec(
        "loop_step", "Loop the step", ("L",),
        "Play the step again and again, while training the newest step each time.", "View", "", True,
    ),
    ActionSpec("fit", "Fit the network", ("Ctrl+0",), "Show the whole network.", "View"),
    ActionSpec("view_options", "How it is shown…", ("V",), "Open all choices of how the network is shown.", "View"),
    ActionSpec(
        "mean", "Sample or mean", ("B",), "Change between the chosen sample and the mean over 128 test samples.", "View"
    ),
    ActionSpec(
        "compare", "Compare with another sample", ("C",),
        "Pin what is shown in a second picture; then choose another sample.", "View",
    ),
    ActionSpec(
        "compare_moments", "Compare now with the marked moment", ("Shift+C",),
        "Show the sample in the network of the marked moment beside the present one.", "View",
    ),
    ActionSpec(
        "mark_moment", "Mark this moment", ("M",), "Mark the present weights; the change of w is measured from them.",
        "View",
    ),
    ActionSpec("forget_moment", "Forget the marked moment", (), "Unmark the moment that was marked.", "View"),
    ActionSpec("swap_pictures", "Swap the two pictures", ("X",), "Let the two pictures change places.", "View"),
    ActionSpec("end_comparison", "End the comparison", (), "Show a single picture again (Escape).", "View"),
    ActionSpec(
        "health", "Health of the training", ("Ctrl+H",), "Show what is wrong with the training, and how to mend it.",
        "View",
    ),
    ActionSpec(
        "inspector", "Inspector", ("Ctrl+I",), "Show the unit or edge that is selected, with its formula in numbers.",
        "View",
    ),
    ActionSpec(
        "check_gradients", "Check gradients", ("Ctrl+G",), "Compare the gradients on the screen with TensorFlow's "
        "tape, NumPy and finite differences.", "View",
    ),
    ActionSpec(
        "reduce_motion", "Reduce motion", (), "Show each stage of a step complete instead of moving; panels appear at "
        "once.", "View", "", True,
    ),
    ActionSpec(
        "reliability", "How sure is it?", (), "Show whether the probabilities mean what they say: the reliability "
        "diagram on the test set.", "View",
    ),
    ActionSpec("keys", "Keyboard and mouse", ("F1",), "List what keys and pointer do.", "Help"),
)


DIGITS: tuple[ActionSpec, ...] = (
    ActionSpec("undo", "Undo", ("Ctrl+Z",), "Undo the last stroke."),
    ActionSpec("redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Redo the stroke."),
    ActionSpec("clear", "Clear", ("Delete", "Backspace", "C"), "Clear the drawing; Undo brings it back."),
    ActionSpec("eraser", "Eraser", ("E",), "Erase instead of drawing, or draw again."),
    ActionSpec("pen", "Thick pen", ("P",), "Draw with a thick pen, or with the thin one again."),
    ActionSpec("replay", "Replay", ("R",), "Replay how the drawing runs through the network."),
    ActionSpec("full_screen", "Full screen", ("F11", "F"), "Fill the screen, or leave it."),
    ActionSpec("leave", "Leave full screen", ("Escape",), "Close the drawer, or leave full screen."),
    ActionSpec("theme", "Theme", ("T",), "Change between light and dark."),
    ActionSpec("sound", "Sound", ("M",), "Sound a beep when a stroke is read, or none.", checkable=True),
    ActionSpec("save", "Save picture…", ("Ctrl+S",), "Save a picture of drawing and answer."),
    ActionSpec("paste", "Paste picture", ("Ctrl+V",), "Put the picture on the clipboard on the paper."),
    ActionSpec("copy", "Copy picture", ("Ctrl+C",), "Put a picture of drawing and answer on the clipboard."),
    ActionSpec(
        "export", "Export the graph…", ("Ctrl+E",), "Save the graph as a picture (PNG, SVG, PDF) or its pass as a film."
    ),
    ActionSpec("keys", "Keys", ("F1",), "List what the keys do."),
    ActionSpec("quit", "Quit", ("Ctrl+Q",), "Close the window."),
)


def make_actions(
    specs: Iterable[ActionSpec], owner: QWidget, slots: dict[str, Callable[..., object]]
) -> dict[str, QAction]:
    """Make the actions of a table, connect them and add them to a window.

    Args:
        specs: the table.
        owner: the window; its actions work wherever the focus is in it.
        slots: bound method of each action by name.

    Raises:
        KeyError: an action has no slot.
    """
    made: dict[str, QAction] = {}
    for spec in specs:
        action = QAction(spec.text, owner)
        action.setObjectName(f"action_{spec.name}")
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
        keys = f" ({spec.keys[0]})" if spec.keys else ""
        action.setToolTip(f"{spec.tip.rstrip('.')}{keys}.")
        action.setStatusTip(spec.tip)
        action.setCheckable(spec.checkable)
        signal = action.toggled if spec.checkable else action.triggered
        signal.connect(slots[spec.name])
        owner.addAction(action)
        made[spec.name] = action
    return made
