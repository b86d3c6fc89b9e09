"""The plan in force: which network is trained and how, what of it was asked for, and what was only recommended."""

from __future__ import annotations

from dataclasses import replace

from nnviz.data.dataset import Dataset
from nnviz.spec import (
    MAX_EPOCHS,
    TASK_OUTPUT,
    LayerSpec,
    NetworkSpec,
    Plan,
    TrainingConfig,
    classifier,
    output_layer,
    recommended_plan,
)


class PlanInForce:
    """Holds a plan and remembers which of its epochs the person asked for. Mutable; emits nothing."""

    def __init__(self) -> None:
        self._plan = Plan(classifier(), TrainingConfig())
        self._recommended = self._plan
        # After the last of them Train goes on for as many again; a reset goes back to them.
        self._asked_epochs = self._plan.config.epochs

    @property
    def plan(self) -> Plan:
        """Network and training."""
        return self._plan

    @property
    def spec(self) -> NetworkSpec:
        """The network that training builds."""
        return self._plan.spec

    @property
    def config(self) -> TrainingConfig:
        """How it is trained."""
        return self._plan.config

    @property
    def asked_epochs(self) -> int:
        """Epochs that the person asked for, without those that Train added after the last."""
        return self._asked_epochs

    def ask(self, plan: Plan) -> None:
        """Put a plan into force in place; its epochs are what was asked for."""
        self._plan, self._asked_epochs = plan, plan.config.epochs

    def put(self, plan: Plan) -> None:
        """Put a plan into force in place; the epochs that were asked for stay."""
        self._plan = plan

    def take_over(self, spec: NetworkSpec) -> bool:
        """Put another network into force in place of one that nobody asked for.

        Returns:
            Whether that network is in force now; where another one was asked for, it stays.
        """
        if spec != self.spec:
            if not self.is_recommended:
                return False
            self.put(Plan(spec, self.config))
        return True

    def suit(self, dataset: Dataset) -> None:
        """Fit the plan to other data in place: what is recommended, or, if it was edited, its input and output."""
        if self.is_recommended:
            shape, count = dataset.input_shape, len(dataset.train)
            self._recommended = recommended_plan(shape, dataset.output_count, count, dataset.task)
            self.ask(self._recommended)
        else:
            output = output_layer(dataset.task, dataset.output_count)
            spec = NetworkSpec(dataset.input_shape, (*self.spec.layers[:-1], output))
            self._plan = Plan(spec, replace(self.config, loss=TASK_OUTPUT[dataset.task][1]))

    def set_output(self, output: LayerSpec) -> None:
        """Set another output layer in place; a plan that nobody has edited still counts as recommended."""
        was_recommended = self.is_recommended
        spec = NetworkSpec(self.spec.input_shape, (*self.spec.layers[:-1], output))
        self._plan = Plan(spec, self.config)
        if was_recommended:
            self._recommended = self._as_asked

    def add_epochs(self, more: int) -> None:
        """Raise the epochs in place, to ``MAX_EPOCHS`` at most; the epochs that were asked for stay."""
        self._plan = Plan(self.spec, replace(self.config, epochs=min(MAX_EPOCHS, self.config.epochs + more)))

    def forget_added_epochs(self) -> bool:
        """Go back in place to the epochs that were asked for; whether they were others."""
        changed = self.config.epochs != self._asked_epochs
        self._plan = self._as_asked
        return changed

    @property
    def _as_asked(self) -> Plan:
        return Plan(self.spec, replace(self.config, epochs=self._asked_epochs))

    @property
    def is_recommended(self) -> bool:
        """Whether nobody has asked for another plan than the one recommended for the data."""
        return self._as_asked == self._recommended
