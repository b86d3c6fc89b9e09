"""Which edges are drawn and how strongly, held against a sort in NumPy; what is drawn again, and what meanwhile."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.widgets.edge_drawer import EdgeDrawer
from app.widgets.edge_pictures import DENSE, FEW, EdgeJob, EdgePicture, EdgePictures, draw, is_little
from nnviz.maths.parameters import LayerParameters
from nnviz.picture import raster
from nnviz.picture.layout import arrange
from nnviz.picture.look import Look
from nnviz.picture.refs import EdgeRef, Ref, UnitRef
from nnviz.picture.scale_words import how_words, least_share, range_words, ticks, title_words
from nnviz.spec import classifier
from nnviz.training.records import Reference, Snapshot
from tests.snapshots import snapshot_of


@pytest.fixture
def snapshot() -> Snapshot:
    """A network of three layers whose weights differ by orders of magnitude from layer to layer."""
    made = snapshot_of(classifier((6, 6), (20, 15), 4))
    parameters = tuple(
        LayerParameters(np.asarray(p.kernel * scale, np.float32), p.bias)
        for p, scale in zip(made.parameters, (1.0, 0.1, 10.0), strict=True)
    )
    return replace(made, parameters=parameters, reference=Reference("step 300", 300, made.parameters))


def job_of(snapshot: Snapshot, look: Look, focus: frozenset[Ref] = frozenset()) -> EdgeJob:
    return EdgeJob(snapshot, arrange(snapshot.spec, 700, 500), 700, 500, 1.0, False, look, (look.edges,), focus)


def pictures_of(snapshot: Snapshot, look: Look, focus: frozenset[Ref] = frozenset()) -> list[EdgePicture]:
    made = draw(job_of(snapshot, look, focus))
    return [made.pictures[layer, look.edges] for layer in range(3) if (layer, look.edges) in made.pictures]


def drawn(picture: EdgePicture) -> set[tuple[int, int]]:
    return set(zip(picture.sources.tolist(), picture.units.tolist(), strict=True))


def strongest(kernel: np.ndarray, k: int) -> set[tuple[int, int]]:
    order = np.argsort(-np.abs(kernel), axis=None)[:k]
    return {(int(i), int(j)) for i, j in zip(*np.unravel_index(order, kernel.shape), strict=True)}


@pytest.mark.parametrize("scale", ["layer", "global"])
@pytest.mark.parametrize("threshold", [0.05, 0.4])
def test_threshold_draws_what_reaches_its_share_of_the_scale(
    snapshot: Snapshot, threshold: float, scale: str
) -> None:
    look = Look(edges="weight", top_k=None, threshold=threshold, scale=scale)
    largest = [float(np.abs(p.kernel).max()) for p in snapshot.parameters]
    for layer, picture in enumerate(pictures_of(snapshot, look)):
        end = max(largest) if scale == "global" else largest[layer]
        kernel = np.abs(snapshot.parameters[layer].kernel)
        assert drawn(picture) == set(zip(*np.nonzero(kernel >= threshold * end), strict=True))
        assert picture.least == pytest.approx(threshold * end)


def test_one_scale_makes_equal_weights_of_two_layers_look_equal(snapshot: Snapshot) -> None:
    by_layer, together = (
        pictures_of(snapshot, Look(edges="weight", scale=scale)) for scale in ("layer", "global")
    )
    largest = max(float(np.abs(p.kernel).max()) for p in snapshot.parameters)
    assert [picture.scale for picture in together] == pytest.approx([largest] * 3)
    assert len({round(picture.scale, 6) for picture in by_layer}) == 3
    same = np.array([0.3 * largest])
    assert len({float(picture.shares(same)[0]) for picture in together}) == 1

    def ink(picture: EdgePicture) -> float:
        image = picture.image
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
        return float(pixels[..., 3].mean())

    # The layer of small weights becomes faint beside the others; that of the largest stays as it is.
    assert ink(together[1]) < 0.5 * ink(by_layer[1])
    assert ink(together[2]) == pytest.approx(ink(by_layer[2]))


def test_logarithm_keeps_the_order_and_shows_the_small(snapshot: Snapshot) -> None:
    linear, log = (
        pictures_of(snapshot, Look(edges="weight", top_k=None, scale="global", mapping=mapping))
        for mapping in ("linear", "log")
    )
    for one, other in zip(linear, log, strict=True):
        shares = other.shares(other.values)
        assert np.all(np.diff(shares[np.argsort(np.abs(other.values))]) >= 0)
        assert np.all(shares >= one.shares(other.values) - 1e-6)
        assert np.abs(other.values).min() >= other.scale * 1e-4


@pytest.mark.parametrize("top_k", [None, 7])
def test_focus_draws_only_its_edges(snapshot: Snapshot, top_k: int | None) -> None:
    focus = frozenset({UnitRef(1, 3), EdgeRef(3, 2, 1)})
    look = Look(edges="weight", top_k=top_k)
    first, second, third = pictures_of(snapshot, look, focus)
    kernels = [p.kernel for p in snapshot.parameters]
    into, out = np.zeros_like(kernels[0]), np.zeros_like(kernels[1])
    into[:, 3], out[3] = kernels[0][:, 3], kernels[1][3]
    assert drawn(first) == strongest(into, top_k or 36)
    assert drawn(second) == strongest(out, top_k or 15)
    assert drawn(third) == {(2, 1)}
    whole = pictures_of(snapshot, look)
    # Colours keep their meaning.
    assert [first.scale, second.scale, third.scale] == [picture.scale for picture in whole]
    assert len(pictures_of(snapshot, look, frozenset({UnitRef(0, 5)}))) == 1


def test_change_is_measured_from_the_reference(snapshot: Snapshot) -> None:
    assert snapshot.reference is not None
    picture = pictures_of(snapshot, Look(edges="change", top_k=5))[2]
    difference = snapshot.parameters[2].kernel - snapshot.reference.parameters[2].kernel
    assert drawn(picture) == strongest(difference, 5)
    assert title_words(snapshot, "change").endswith("since step 300")


def test_an_edge_is_found_where_it_is_drawn(snapshot: Snapshot) -> None:
    picture = pictures_of(snapshot, Look(edges="weight", top_k=None))[0]
    for index in (0, 40, len(picture.lines) - 1):
        ax, ay, bx, by = picture.lines[index].tolist()
        # Near the source, where the lines of one unit part: what is found must pass as near as this one.
        found = picture.nearest(ax + 0.4 * (bx - ax), ay + 0.4 * (by - ay), 5.0)
        assert found is not None
        assert found[1] < 0.01
    assert picture.nearest(-500.0, -500.0, 5.0) is None


def test_only_what_changed_is_drawn_again(snapshot: Snapshot) -> None:
    look = Look(edges="weight")
    before = draw(job_of(snapshot, look))
    kernel = snapshot.parameters[1].kernel.copy()
    kernel[3, 4] *= -1
    changed = (snapshot.parameters[0], LayerParameters(kernel, snapshot.parameters[1].bias), snapshot.parameters[2])
    after = draw(job_of(replace(snapshot, parameters=changed), look), before)
    reused = [after.get(layer, "weight") is before.get(layer, "weight") for layer in range(3)]
    assert reused == [True, False, True]
    for other in (replace(look, threshold=0.2), replace(look, mapping="log"), replace(look, top_k=9)):
        fresh = draw(job_of(snapshot, other), before)
        assert fresh.get(0, "weight") is not before.get(0, "weight")


def test_legend_tells_the_scale_in_numbers(snapshot: Snapshot) -> None:
    assert range_words(snapshot, "weight", 0.31) == "|w| ≤ 0.310"
    assert range_words(snapshot, "update", 0.31, 0.031) == "0.0310 ≤ |Δw| ≤ 0.310"
    assert ticks(Look(), None) == ()
    assert how_words(Look(), None) == []
    log = ticks(Look(mapping="log"), None)
    assert [tick.share for tick in log] == pytest.approx([0, 0.25, 0.5, 0.75, 1])
    assert [tick.label for tick in log if tick.label] == ["10⁻⁴", "10⁻²", "max"]
    common = ticks(Look(threshold=0.1, scale="global"), 2.0)
    assert [(tick.share, tick.label) for tick in common] == [(pytest.approx(0.1), "0.200"), (1.0, "2.00")]
    assert least_share(Look(threshold=0.01, mapping="log")) == pytest.approx(0.5)
    words = how_words(Look(threshold=0.1, scale="global", mapping="log"), 2.0)
    assert [part in "; ".join(words) for part in ("0.200", "4 decades", "all layers")] == [True] * 3


def test_few_edges_are_drawn_until_the_rasteriser_is_ready(qtbot: QtBot) -> None:
    snapshot = snapshot_of(classifier((28, 28), (8,), 3))
    job = job_of(snapshot, Look(edges="weight", top_k=None))
    ready, compiled = threading.Event(), threading.Event()
    drawer = EdgeDrawer(is_ready=ready.is_set, prepare=lambda: (compiled.wait(20), ready.set())[1])
    try:
        with qtbot.waitSignal(drawer.drawn, timeout=20_000) as first:
            drawer.request(job)
        picture = first.args[0].get(0, "weight")
        assert first.args[0].is_provisional
        assert drawn(picture) == strongest(snapshot.parameters[0].kernel, FEW)
        with qtbot.waitSignal(drawer.drawn, timeout=20_000) as second:
            compiled.set()
        assert not second.args[0].is_provisional
        assert second.args[0].job is job
        assert len(second.args[0].get(0, "weight").values) == 784 * 8
        qtbot.waitUntil(lambda: not drawer.is_busy)
    finally:
        compiled.set()
        drawer.close()


def test_a_rasteriser_that_cannot_be_made_is_said_once(qtbot: QtBot) -> None:
    def broken() -> None:
        raise RuntimeError("no compiler")

    drawer = EdgeDrawer(is_ready=lambda: False, prepare=broken)
    said: list[str] = []
    drawer.failed.connect(said.append)
    job = job_of(snapshot_of(), Look(edges="weight"))
    try:
        for _ in range(2):
            with qtbot.waitSignal(drawer.drawn, timeout=20_000):
                drawer.request(job)
            qtbot.waitUntil(lambda: not drawer.is_busy)
        assert len(said) == 1
        assert "no compiler" in said[0]
    finally:
        drawer.close()


@pytest.fixture
def compiled() -> None:
    """Let the rasteriser be ready, as it is in a window that has shown a network for a while."""
    raster.warm_up()


def pixels(pictures: EdgePictures | None) -> list[bytes]:
    assert pictures is not None
    return [bytes(picture.image.constBits()) for _, picture in sorted(pictures.pictures.items())]


def test_a_little_job_is_drawn_at_once_by_who_asks(compiled: None, snapshot: Snapshot, qtbot: QtBot) -> None:
    drawer = EdgeDrawer()
    job = job_of(snapshot, Look(edges="weight"))
    try:
        with qtbot.assertNotEmitted(drawer.drawn, wait=50):
            here = drawer.draw_here(job)
        with qtbot.waitSignal(drawer.drawn, timeout=20_000) as told:
            drawer.request(replace(job, ratio=2.0))
        assert pixels(here) == pixels(draw(job))
        assert len(pixels(told.args[0])[0]) > 3 * len(pixels(here)[0])
    finally:
        drawer.close()
    assert drawer.draw_here(job) is None


def test_nothing_is_drawn_here_while_something_is_in_hand(compiled: None, snapshot: Snapshot, qtbot: QtBot) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(job: EdgeJob, previous: EdgePictures | None, is_ready: bool) -> EdgePictures:
        begun.set()
        go_on.wait(20)
        return draw(job, previous, is_ready)

    drawer = EdgeDrawer(work=slow)
    job = job_of(snapshot, Look(edges="weight"))
    try:
        with qtbot.waitSignal(drawer.drawn, timeout=20_000):
            drawer.request(job)
            assert begun.wait(20)
            assert drawer.draw_here(job) is None
            go_on.set()
        qtbot.waitUntil(lambda: not drawer.is_busy)
        assert drawer.draw_here(job) is not None
    finally:
        go_on.set()
        drawer.close()


def test_what_goes_wrong_here_is_told_by_the_thread(compiled: None, snapshot: Snapshot, qtbot: QtBot) -> None:
    def broken(job: EdgeJob, previous: EdgePictures | None, is_ready: bool) -> EdgePictures:
        raise RuntimeError("no memory")

    drawer = EdgeDrawer(work=broken)
    job = job_of(snapshot, Look(edges="weight"))
    try:
        with qtbot.assertNotEmitted(drawer.failed, wait=50):
            assert drawer.draw_here(job) is None
        with qtbot.waitSignal(drawer.failed, timeout=20_000) as said:
            drawer.request(job)
        assert "no memory" in said.args[0]
    finally:
        drawer.close()


def test_what_takes_long_is_no_little_job(snapshot: Snapshot) -> None:
    job = job_of(snapshot, Look(edges="weight"))
    assert is_little(job)
    for other in (
        replace(job, look=replace(job.look, top_k=None)), replace(job, look=replace(job.look, top_k=DENSE + 1)),
        replace(job, focus=frozenset({UnitRef(1, 3)})), replace(job, peer=snapshot),
        replace(job, quantities=("weight", "gradient")), replace(job, width=4000, ratio=2.0),
    ):
        assert not is_little(other)
    wide = snapshot_of(classifier((28, 28), (512,), 10), x=np.zeros(784, np.float32))
    assert not is_little(job_of(wide, Look(edges="weight")))
    # Of an empty paper no edge into the first layer carries anything.
    assert is_little(job_of(wide, Look(edges="contribution")))
