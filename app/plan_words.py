"""What people read of a plan: names of activations, initializers, optimizers, losses and schedules, a sentence each."""

from __future__ import annotations

from nnviz.spec import ACTIVATIONS


def brief(value: float) -> str:
    """Return a number with all the digits it has and no more: ``32``, ``0.001``, ``1e-5``."""
    return f"{value:.10g}".replace("e-0", "e-").replace("e+0", "e+")


ACTIVATION_NAMES = {
    "relu": "ReLU", "tanh": "tanh", "sigmoid": "sigmoid", "linear": "linear", "leaky_relu": "leaky ReLU",
    "prelu": "PReLU", "elu": "ELU", "selu": "SELU", "gelu": "GELU", "softplus": "softplus", "step": "step",
    "softmax": "softmax",
}  # fmt: skip
ACTIVATION_TIPS = {
    "relu": "max(0, z): quick and seldom saturated; a unit whose z is always negative is dead.",
    "tanh": "From −1 to 1, centred on 0; saturates where |z| is large.",
    "sigmoid": "From 0 to 1, a probability; saturates where |z| is large, and gradients fade in deep networks.",
    "linear": "a = z: without another activation, all layers together are one linear map.",
    "leaky_relu": "ReLU that lets part of a negative z through, so that no unit is dead.",
    "prelu": "Leaky ReLU whose slope below 0 is learnt, for each unit.",
    "elu": "ReLU with a smooth bend to −1: the mean activation is nearer to 0.",
    "selu": "ELU scaled so that deep plain networks keep mean 0 and variance 1; wants a LeCun normal start.",
    "gelu": "z weighted by the normal distribution: a smooth ReLU, usual in transformers.",
    "softplus": "log(1 + exp z): a smooth ReLU that is never 0.",
    "step": "1 or 0 by the sign of z, as in the first perceptrons; it has no gradient, so nothing before it learns.",
    "softmax": "Probabilities of the classes, which add up to 1.",
}
#: Softmax is for the output only.
HIDDEN_ACTIVATIONS = {key: name for key, name in ACTIVATION_NAMES.items() if key != "softmax"}
assert set(ACTIVATION_NAMES) == set(ACTIVATIONS)

#: Groups of (key, name, sentence).
INITIALIZERS: tuple[tuple[tuple[str, str, str], ...], ...] = (
    (
        ("glorot_uniform", "Glorot uniform", "Variance 2/(inputs + units), evenly spread: for tanh and sigmoid."),
        ("glorot_normal", "Glorot normal", "Variance 2/(inputs + units), bell-shaped: for tanh and sigmoid."),
    ),
    (
        ("he_uniform", "He uniform", "Variance 2/inputs, evenly spread: for ReLU and its kin."),
        ("he_normal", "He normal", "Variance 2/inputs, bell-shaped: for ReLU and its kin."),
    ),
    (
        ("lecun_uniform", "LeCun uniform", "Variance 1/inputs, evenly spread."),
        ("lecun_normal", "LeCun normal", "Variance 1/inputs, bell-shaped: what SELU needs."),
    ),
    (
        ("random_normal", "normal", "Standard deviation 0.05 whatever the size of the layer."),
        ("random_uniform", "uniform", "Evenly from −0.05 to 0.05 whatever the size of the layer."),
        ("zeros", "zeros", "All weights 0: every unit gets the same gradient, so they stay alike; to see why not."),
    ),
)
INITIALIZER_NAMES = {key: name for group in INITIALIZERS for key, name, _ in group}

OPTIMIZER_NAMES = {
    "sgd": "SGD", "momentum": "SGD with momentum", "nesterov": "Nesterov", "adagrad": "Adagrad", "rmsprop": "RMSprop",
    "adam": "Adam", "adamw": "AdamW", "nadam": "Nadam",
}  # fmt: skip
OPTIMIZER_TIPS = {
    "sgd": "Goes against the gradient of each batch.",
    "momentum": "Keeps a share of the last update, so that it gathers speed along a valley.",
    "nesterov": "Momentum that takes the gradient a little ahead, and so overshoots less.",
    "adagrad": "Divides each weight's step by all its gradients so far: steps get smaller and smaller.",
    "rmsprop": "Divides each weight's step by the size of its recent gradients.",
    "adam": "RMSprop with momentum: a good first choice.",
    "adamw": "Adam with weight decay, which pulls all weights towards 0.",
    "nadam": "Adam with Nesterov's momentum.",
}

LOSS_NAMES = {
    "sparse_categorical_crossentropy": "cross-entropy", "binary_crossentropy": "binary cross-entropy",
    "mean_squared_error": "mean squared error", "mean_absolute_error": "mean absolute error", "huber": "Huber",
}  # fmt: skip
LOSS_TIPS = {
    "sparse_categorical_crossentropy": "−log of the probability of the right class: for one class of several.",
    "binary_crossentropy": "Cross-entropy of each output by itself: for yes or no, and for labels.",
    "mean_squared_error": "Mean of the squared errors: for numbers; large errors count most.",
    "mean_absolute_error": "Mean of the absolute errors: for numbers; outliers pull less.",
    "huber": "Squared for errors below 1, straight beyond: for numbers with outliers.",
}

SCHEDULE_NAMES = {"constant": "constant", "exponential": "exponential", "step": "in steps", "cosine": "cosine"}
SCHEDULE_TIPS = {
    "constant": "The learning rate stays as it is.",
    "exponential": "Falls evenly: by the decay factor every so many epochs.",
    "step": "Falls at once by the decay factor, every so many epochs.",
    "cosine": "Falls along half a cosine to the decay factor of the first rate, then stays there.",
}
