"""How soon is a window visible, and how soon does it answer to a stroke, from the start of the process?

Baseline: a process that shows an empty QMainWindow. Each round starts both, one after the other, so that a change of
the machine's pace meets both. TensorFlow is not imported before the first prediction.

    python benchmarks/bench_startup.py [--rounds 7] [--front-end desktop]

Targets: window visible within 1.0 s of the start of the process.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time

EMPTY = """
import time
from PySide6.QtWidgets import QApplication, QMainWindow
a = QApplication([]); w = QMainWindow(); w.resize(1440, 900); w.show()
while not w.isVisible(): a.processEvents()
a.processEvents(); print('visible', time.time())
"""
NNVIZ = """
import sys, time
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from app.application import AfterFirstPaint, create_application, create_window
from app.settings import Settings
from app.theme import ThemeManager
import tempfile, pathlib
a = create_application(); t = ThemeManager(a); t.set_choice('light')
w = create_window('FRONT_END', Settings(pathlib.Path(tempfile.mkdtemp()) / 's.ini'), t)
def shown():
    print('visible', time.time(), flush=True)
    w.start()
    c = w.canvas if hasattr(w, 'canvas') else w.input_panel.canvas
    if hasattr(w, 'input_panel'): w.actions_by_name['draw'].trigger()
    c.drawing_changed.connect(drawn)
    p = QPoint(c.width() // 2, c.height() // 3)
    QTest.mousePress(c, Qt.MouseButton.LeftButton, pos=p)
    QTest.mouseMove(c, p + QPoint(0, c.height() // 3))
    QTest.mouseRelease(c, Qt.MouseButton.LeftButton, pos=p + QPoint(0, c.height() // 3))
def drawn():
    if w.session.snapshot is None or w.session.sample.kind != 'drawing': return
    w.repaint()
    print('predicted', time.time(), 'tensorflow' in sys.modules, flush=True)
    QTimer.singleShot(0, w.close)
AfterFirstPaint(w, shown)
w.show(); a.exec()
"""


def run(code: str) -> dict[str, float]:
    start = time.time()
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120,
        env={"QT_QPA_PLATFORM": "offscreen", **os.environ},
    )
    times = {}
    for line in done.stdout.splitlines():
        name, at, *_ = line.split()
        times.setdefault(name, float(at) - start)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--front-end", choices=("desktop", "digits"), default="desktop")
    options = parser.parse_args()
    ours = NNVIZ.replace("FRONT_END", options.front_end)
    run(EMPTY)
    run(ours)
    pairs = [(run(EMPTY), run(ours)) for _ in range(options.rounds)]
    rows = {
        "empty window visible": [a["visible"] for a, _ in pairs],
        f"{options.front_end} visible": [b["visible"] for _, b in pairs],
        f"{options.front_end} first prediction": [b["predicted"] for _, b in pairs],
    }
    for name, values in rows.items():
        print(f"{name:28s} median {statistics.median(values):.2f} s   worst {max(values):.2f} s")
    ratio = statistics.median(b["visible"] / a["visible"] for a, b in pairs)
    print(f"ratio to an empty window: {ratio:.2f}")


if __name__ == "__main__":
    main()
